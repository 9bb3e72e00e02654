"""Bodies pass as they come, both ways, whatever their size; and who leaves is let go upstream."""

import asyncio
import hashlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from services.gateway.tests.conftest import (
    HMAC_KEY,
    Gateway,
    Upstream,
    answer,
    gateway_with,
    settings_for,
)
from starlette.types import Receive, Scope, Send

from gateway_service.rules import Service
from gateway_service.settings import Settings
from waymark.testing.databases import MigratedDatabase
from waymark.testing.tokens import Keyset

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTORS = Service.CONNECTORS
IMPORT = "/v1/import/kintell-sessions"
MIB = 1024 * 1024
BIG = 50 * MIB
START = {"type": "http.response.start", "status": 200}


@pytest.fixture(scope="module")
def settings(
    database: MigratedDatabase, keyset: Keyset, upstreams: dict[Service, Upstream]
) -> Settings:
    """Timeouts so long that only the client's leaving can end a request in time."""
    patient = {"upstream_read_timeout": "2m", "upstream_stream_timeout": "2m"}
    return settings_for(database, keyset, upstreams, **patient)


async def pieces(total: int, size: int = 256 * 1024) -> AsyncIterator[bytes]:
    for number in range(total // size):
        yield bytes([number % 251]) * size


async def digest_of(chunks: AsyncIterator[bytes]) -> str:
    digest = hashlib.sha256()
    async for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


async def received(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        yield message.get("body", b"")
        more = message.get("more_body", False)


@asynccontextmanager
async def gateway_process(
    database: MigratedDatabase, keyset: Keyset, upstreams: dict[Service, Upstream]
) -> AsyncIterator[tuple[httpx.AsyncClient, int]]:
    """`python -m gateway_service` as a process of its own; a client as admin, and its pid."""
    environment = {
        **os.environ,
        "WAYMARK_DATABASE_URL": database.url("gateway_worker"),
        "WAYMARK_NATS_URL": "nats://127.0.0.1:1",
        "WAYMARK_JWKS_URL": keyset.jwks_url,
        "WAYMARK_HMAC_KEY": HMAC_KEY,
        "WAYMARK_JWT_PRIVATE_KEYS": str(keyset.path),
        **{f"WAYMARK_UPSTREAM_{s.value.upper()}": u.url for s, u in upstreams.items()},
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway_service", env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        url = await listening_at(process)
        bearer = {"Authorization": f"Bearer {keyset.token('admin')}"}
        async with httpx.AsyncClient(base_url=url, headers=bearer, timeout=60) as client:
            yield client, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


async def listening_at(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(60):
        async for line in process.stdout:
            said = json.loads(line)
            if said["event"] == "listening":
                return f"http://127.0.0.1:{said['port']}"
    raise AssertionError("the gateway never listened")


def peak_kib(pid: int) -> int:
    """The most resident memory the process ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


async def test_fifty_megabytes_pass_both_ways_in_little_memory(
    database: MigratedDatabase, keyset: Keyset, upstreams: dict[Service, Upstream]
) -> None:
    async def behaves(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            await answer(send, (await digest_of(received(receive))).encode())
            return
        await send({**START, "headers": [(b"content-type", b"text/csv")]})
        async for chunk in pieces(BIG):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    upstreams[CONNECTORS].behaves = behaves
    expected = await digest_of(pieces(BIG))
    async with gateway_process(database, keyset, upstreams) as (admin, pid):
        await admin.get("/v1/me")
        before = peak_kib(pid)

        sent = await admin.post(IMPORT, content=pieces(BIG))
        async with admin.stream("GET", f"/v1/imports/{uuid4()}/errors.csv") as fetched:
            came = await digest_of(fetched.aiter_raw())
        grown = peak_kib(pid) - before

    assert sent.text == expected
    assert came == expected
    assert grown < 16 * 1024


async def test_events_pass_one_by_one(
    admin: httpx.AsyncClient, upstreams: dict[Service, Upstream]
) -> None:
    read = asyncio.Queue[None]()

    async def behaves(scope: Scope, receive: Receive, send: Send) -> None:
        await send({**START, "headers": [(b"content-type", b"text/event-stream")]})
        for number in range(3):
            event = b"data: %d\n\n" % number
            await send({"type": "http.response.body", "body": event, "more_body": True})
            await read.get()
        await send({"type": "http.response.body", "body": b""})

    upstreams[CONNECTORS].behaves = behaves
    events = []
    async with asyncio.timeout(10), admin.stream("GET", progress()) as stream:
        async for chunk in stream.aiter_raw():
            events.append(chunk)
            read.put_nowait(None)

    assert events == [b"data: 0\n\n", b"data: 1\n\n", b"data: 2\n\n"]
    assert stream.headers["content-type"] == "text/event-stream"


def progress() -> str:
    return f"/v1/imports/{uuid4()}/progress"


async def test_who_stops_reading_is_let_go_upstream(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    gone = asyncio.Event()

    async def behaves(scope: Scope, receive: Receive, send: Send) -> None:
        await send({**START, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"data: 0\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()

    upstreams[CONNECTORS].behaves = behaves
    async with gateway.as_("admin") as leaving, leaving.stream("GET", progress()) as stream:
        await anext(stream.aiter_raw())
        assert not gone.is_set()

    async with asyncio.timeout(5):
        await gone.wait()


async def test_who_leaves_before_the_answer_is_let_go_upstream(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    asked, gone = asyncio.Event(), asyncio.Event()

    async def behaves(scope: Scope, receive: Receive, send: Send) -> None:
        await digest_of(received(receive))
        asked.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()

    upstreams[CONNECTORS].behaves = behaves
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(head("GET", "/v1/imports", gateway.keyset))
    async with asyncio.timeout(5):
        await asked.wait()
        writer.close()
        await gone.wait()


async def test_half_an_upload_does_not_arrive_as_a_whole(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    started, broken = asyncio.Event(), asyncio.Event()

    async def behaves(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async for _ in received(receive):
                started.set()
        except ConnectionError:
            broken.set()

    upstreams[CONNECTORS].behaves = behaves
    for framing in ("Content-Length: 1000", "Transfer-Encoding: chunked"):
        started.clear()
        broken.clear()
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(head("POST", IMPORT, gateway.keyset, framing) + b"a\r\n0123456789\r\n")
        async with asyncio.timeout(5):
            await started.wait()
            writer.close()
            await broken.wait()


def head(method: str, path: str, keyset: Keyset, *more: str) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: gateway",
        f"Authorization: Bearer {keyset.token('admin')}",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def test_a_service_that_refuses_an_upload_early_is_heard(
    admin: httpx.AsyncClient, upstreams: dict[Service, Upstream]
) -> None:
    async def behaves(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await answer(send, b'{"status": 413}', 413, {"connection": "close"})

    upstreams[CONNECTORS].behaves = behaves

    answered = await admin.post(IMPORT, content=pieces(8 * MIB))

    assert (answered.status_code, answered.json()) == (413, {"status": 413})


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_the_limit_is_refused_and_the_limit_told(
    admin: httpx.AsyncClient, upstreams: dict[Service, Upstream], chunked: bool
) -> None:
    body = pieces(4 * MIB) if chunked else b"x" * (4 * MIB)

    refused = await admin.post("/v1/safety/screen", content=body)

    assert refused.status_code == 413
    assert refused.json()["limit_bytes"] == MIB
    assert upstreams[Service.SAFETY].seen == []


async def test_an_import_has_its_own_limit(
    database: MigratedDatabase, keyset: Keyset, upstreams: dict[Service, Upstream]
) -> None:
    settings = settings_for(database, keyset, upstreams, import_max_bytes=4 * MIB)
    async with gateway_with(settings, database, keyset) as gateway, gateway.as_("admin") as admin:
        passed = await admin.post(IMPORT, content=pieces(5 * MIB))
        refused = await admin.post(IMPORT, content=pieces(6 * MIB))

    assert (passed.status_code, refused.status_code) == (200, 413)
    assert [len(seen.body) for seen in upstreams[CONNECTORS].seen] == [5 * MIB]


async def test_who_may_not_upload_is_told_before_the_body_is_sent(gateway: Gateway) -> None:
    request = (
        f"POST {IMPORT} HTTP/1.1\r\nHost: g\r\nContent-Length: {BIG}\r\n"
        "Expect: 100-continue\r\n\r\n"
    )

    answered = await gateway.raw(request.encode())

    assert answered.startswith(b"HTTP/1.1 401 ")
    assert b"100 Continue" not in answered


async def test_a_body_announced_too_large_is_refused_before_it_is_sent(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    more = (f"Content-Length: {BIG}", "Expect: 100-continue")

    answered = await gateway.raw(head("POST", "/v1/safety/screen", gateway.keyset, *more))

    assert answered.startswith(b"HTTP/1.1 413 ")
    assert upstreams[Service.SAFETY].seen == []


async def test_a_json_list_for_an_import_is_not_gathered_nor_cut(
    admin: httpx.AsyncClient, upstreams: dict[Service, Upstream]
) -> None:
    body = b"[" + b'"x",' * MIB + b'"x"]'

    answered = await admin.post(
        "/v1/import/buddy-events", content=body, headers={"Content-Type": "application/json"}
    )

    assert answered.status_code == 200
    assert upstreams[CONNECTORS].seen[0].body == body
