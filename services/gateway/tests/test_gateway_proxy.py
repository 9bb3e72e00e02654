"""What goes to a service and back: the target, the headers, and how failures are told."""

import asyncio
import time
from uuid import uuid4

import httpx
import pytest
from services.gateway.tests.conftest import (
    Gateway,
    Upstream,
    answer,
    gateway_with,
    settings_for,
    whole_body,
)
from starlette.types import Receive, Scope, Send

from gateway_service.rules import Service
from waymark.testing.databases import MigratedDatabase
from waymark.testing.tokens import Keyset

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROBLEM = "urn:waymark:problem:"
CONNECTORS = Service.CONNECTORS


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/v1/imports", Service.CONNECTORS),
        ("/v1/profile/duplicates", Service.PROFILE),
        ("/v1/q2q/taxonomy", Service.Q2Q_AI),
        ("/v1/safety/reviews", Service.SAFETY),
    ],
)
async def test_a_route_goes_to_its_service_byte_for_byte(
    admin: httpx.AsyncClient, upstreams: dict[Service, Upstream], path: str, service: Service
) -> None:
    answered = await admin.get(path, params={"cursor": "a/b", "x": "é", "y": ".."})

    target = f"{path}?cursor=a%2Fb&x=%C3%A9&y=.."
    assert answered.json() == {"answered_by": service.value}
    assert [seen.target for seen in upstreams[service].seen] == [target]


async def test_a_service_gets_the_bearer_and_nothing_that_was_made_up(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    token = gateway.keyset.token("admin")
    sent = {
        "Authorization": f"Bearer {token}",
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=10.0.0.1",
        "X-Real-IP": "10.0.0.1",
        "X-Waymark-Role": "admin",
        "X-Original-URL": "/v1/users",
        "Cookie": "a=b",
        "Connection": "keep-alive, Idempotency-Key",
        "Idempotency-Key": "k",
        "TE": "trailers",
        "Upgrade": "websocket",
        "Content-Type": "application/json",
    }

    await gateway.anyone.post("/v1/q2q/score", content=b"{}", headers=sent)

    (seen,) = upstreams[Service.Q2Q_AI].seen
    names = {name for name, _ in seen.headers}
    assert seen.header("authorization") == f"Bearer {token}"
    assert seen.body == b"{}"
    assert names == {
        "host",
        "accept",
        "accept-encoding",
        "user-agent",
        "content-type",
        "content-length",
        "authorization",
        "x-correlation-id",
    }


async def test_the_correlation_id_goes_through_and_comes_back(
    admin: httpx.AsyncClient, upstreams: dict[Service, Upstream]
) -> None:
    named = await admin.get("/v1/imports", headers={"X-Correlation-ID": "case-7"})
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    traced = await admin.get("/v1/imports", headers={"traceparent": trace})
    nameless = await admin.get("/v1/imports", headers={"X-Correlation-ID": "a b\tc"})

    sent = [seen.header("x-correlation-id") for seen in upstreams[CONNECTORS].seen]
    told = [found.headers.get_list("x-correlation-id") for found in (named, traced, nameless)]
    assert sent[:2] == ["case-7", "4bf92f3577b34da6a3ce929d0e0e4736"]
    assert sent[2] not in (None, "a b\tc")
    assert told == [[value] for value in sent]
    assert upstreams[CONNECTORS].seen[1].header("traceparent") == trace


async def test_an_answer_comes_back_as_it_is(
    admin: httpx.AsyncClient, upstreams: dict[Service, Upstream]
) -> None:
    async def behaves(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {
            "content-type": "application/problem+json",
            "content-encoding": "identity",
            "etag": '"7"',
            "location": "/v1/imports/7",
            "set-cookie": "a=b",
            "server": "secret/1.0",
            "x-correlation-id": "another",
        }
        await answer(send, b'{"status": 409}', 409, headers)

    upstreams[CONNECTORS].behaves = behaves

    answered = await admin.get("/v1/imports")

    assert (answered.status_code, answered.json()) == (409, {"status": 409})
    assert answered.headers["etag"] == '"7"'
    assert answered.headers["location"] == "/v1/imports/7"
    assert "set-cookie" not in answered.headers
    assert "secret" not in str(answered.headers)
    assert answered.headers.get_list("x-correlation-id") != ["another"]


async def test_a_redirect_is_passed_on_not_followed(
    admin: httpx.AsyncClient, upstreams: dict[Service, Upstream]
) -> None:
    async def behaves(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"", 307, {"location": "http://127.0.0.1:1/elsewhere"})

    upstreams[CONNECTORS].behaves = behaves

    assert (await admin.get("/v1/imports")).status_code == 307


async def test_an_empty_answer_stays_empty(
    admin: httpx.AsyncClient, upstreams: dict[Service, Upstream]
) -> None:
    async def behaves(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    upstreams[CONNECTORS].behaves = behaves

    answered = await admin.post(f"/v1/imports/{uuid4()}/cancel")

    assert (answered.status_code, answered.content) == (204, b"")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_service_that_is_down_is_told_with_when_to_come_again(
    database: MigratedDatabase,
    keyset: Keyset,
    upstreams: dict[Service, Upstream],
    method: str,
) -> None:
    upstreams[Service.SAFETY].url = "http://127.0.0.1:1"
    settings = settings_for(database, keyset, upstreams)
    async with gateway_with(settings, database, keyset) as gateway, gateway.as_("admin") as admin:
        path = {"GET": "/v1/safety/reviews", "POST": "/v1/safety/screen"}[method]
        down = await admin.request(method, path)
        up = await admin.get("/v1/imports")

    assert (down.status_code, down.json()["type"]) == (503, PROBLEM + "service-down")
    assert int(down.headers["retry-after"]) > 0
    assert "127.0.0.1" not in down.text
    assert up.status_code == 200


async def test_a_service_that_is_slow_is_a_timeout(
    admin: httpx.AsyncClient, upstreams: dict[Service, Upstream]
) -> None:
    async def behaves(scope: Scope, receive: Receive, send: Send) -> None:
        await whole_body(receive)
        while (await receive())["type"] != "http.disconnect":
            pass

    upstreams[CONNECTORS].behaves = behaves
    started = time.monotonic()

    answered = await admin.get("/v1/imports")

    assert (answered.status_code, answered.json()["type"]) == (504, PROBLEM + "service-too-slow")
    assert time.monotonic() - started < 5


async def test_a_post_that_broke_off_is_told_and_not_repeated(
    database: MigratedDatabase, keyset: Keyset, upstreams: dict[Service, Upstream]
) -> None:
    calls = []

    async def abort(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(await reader.readuntil(b"\r\n\r\n"))
        writer.transport.abort()

    server = await asyncio.start_server(abort, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    upstreams[CONNECTORS].url = f"http://127.0.0.1:{port}"
    settings = settings_for(database, keyset, upstreams)
    async with (
        server,
        gateway_with(settings, database, keyset) as gateway,
        gateway.as_("admin") as admin,
    ):
        broken = await admin.post(f"/v1/imports/{uuid4()}/undo")

    assert (broken.status_code, broken.json()["type"]) == (502, PROBLEM + "service-broke-off")
    assert len(calls) == 1


async def test_a_get_waits_out_a_service_that_is_just_restarting(
    database: MigratedDatabase, keyset: Keyset, upstreams: dict[Service, Upstream]
) -> None:
    async def hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(hello, "127.0.0.1", 0, start_serving=False)
    port = server.sockets[0].getsockname()[1]
    upstreams[CONNECTORS].url = f"http://127.0.0.1:{port}"
    settings = settings_for(database, keyset, upstreams)
    async with (
        server,
        gateway_with(settings, database, keyset) as gateway,
        gateway.as_("admin") as admin,
    ):
        asking = asyncio.create_task(admin.get("/v1/imports"))
        await asyncio.sleep(0.02)
        await server.start_serving()
        answered = await asking

    assert answered.status_code == 200


@pytest.mark.parametrize(
    "head", [b"content-length: 100\r\n\r\n0123", b"transfer-encoding: chunked\r\n\r\n4\r\n0123\r\n"]
)
async def test_an_answer_cut_short_is_not_taken_for_whole(
    database: MigratedDatabase, keyset: Keyset, upstreams: dict[Service, Upstream], head: bytes
) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n" + head)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    upstreams[CONNECTORS].url = f"http://127.0.0.1:{port}"
    settings = settings_for(database, keyset, upstreams)
    async with (
        server,
        gateway_with(settings, database, keyset) as gateway,
        gateway.as_("admin") as admin,
    ):
        with pytest.raises(httpx.RemoteProtocolError):
            await admin.get("/v1/imports")
