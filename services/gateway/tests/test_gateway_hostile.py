"""Requests that mean one thing here and another there are refused, and reach no service."""

import pytest
from services.gateway.tests.conftest import Gateway, Upstream

from gateway_service.rules import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")

ID = "018f0000-0000-7000-8000-000000000000"


def reached(upstreams: dict[Service, Upstream]) -> int:
    return sum(len(upstream.seen) for upstream in upstreams.values())


def with_token(gateway: Gateway, request: str) -> bytes:
    token = gateway.keyset.token("admin")
    return request.replace("\n", "\r\n").replace("TOKEN", token).encode("latin-1")


@pytest.mark.parametrize(
    "target",
    [
        "/v1/imports%2f..%2fusers",
        "/v1/imports/../users",
        "/v1/imports/./x",
        "/v1/imports/%2e%2e/users",
        "/v1/imports/%252e%252e/users",
        "/v1/imports/..%5cusers",
        "/v1/imports/..\\users",
        "/v1/imports;a=b",
        "/v1/imports/",
        "//v1/imports",
        "/v1//imports",
        "/V1/imports",
        "/v1/IMPORTS",
        "/v1/%69mports",
        "/v1/imports%00",
        "/v1/imports%20",
        f"/v1/companies/{ID}/metrics/../../{ID}/metrics",
        f"/v1/companies/{ID}%2fmetrics",
        "/v1/imports?x=\x7f",
    ],
)
async def test_a_target_with_two_readings_is_refused(
    gateway: Gateway, upstreams: dict[Service, Upstream], target: str
) -> None:
    request = f"GET {target} HTTP/1.1\nHost: g\nAuthorization: Bearer TOKEN\n\n"

    answered = await gateway.raw(with_token(gateway, request))

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert reached(upstreams) == 0


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://elsewhere.example/v1/imports", b"200"),
        ("/v1/imports#/v1/users", b"200"),
        ("/v1/imports?next=/v1/users/../x", b"200"),
        ("*", b"400"),
        ("elsewhere.example:80", b"400"),
        ("/metrics/../v1/imports", b"400"),
        ("/v1/nothing", b"404"),
        ("/v2/imports", b"404"),
        ("/imports", b"404"),
        ("/", b"404"),
    ],
)
async def test_an_odd_target_goes_where_it_was_decided_to_or_nowhere(
    gateway: Gateway, upstreams: dict[Service, Upstream], target: str, status: bytes
) -> None:
    request = f"GET {target} HTTP/1.1\nHost: g\nAuthorization: Bearer TOKEN\n\n"

    answered = await gateway.raw(with_token(gateway, request))

    assert answered.split(b" ", 2)[1] == status
    assert reached(upstreams) == (1 if status == b"200" else 0)
    for seen in upstreams[Service.CONNECTORS].seen:
        assert seen.target.partition("?")[0] == "/v1/imports"


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 4\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\nContent-Length: 4",
        "Content-Length: 4\nContent-Length: 4",
        "Content-Length: 4\nContent-Length: 11",
        "Content-Length: 4, 4",
        "Content-Length: +4",
        "Content-Length: 0x4",
        "Content-Length : 4",
        " Content-Length: 4",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked\nTransfer-Encoding: identity",
        "Transfer-Encoding: \x0bchunked",
        "Transfer_Encoding: chunked\nContent-Length: 4\nContent-Length: 5",
    ],
)
async def test_a_body_with_two_ends_is_refused_with_all_that_follows(
    gateway: Gateway, upstreams: dict[Service, Upstream], framing: str
) -> None:
    smuggled = "GET /v1/imports HTTP/1.1\nHost: g\nAuthorization: Bearer TOKEN\n\n"
    request = (
        f"POST /v1/safety/screen HTTP/1.1\nHost: g\nAuthorization: Bearer TOKEN\n{framing}\n\n"
        f"0\n\n{smuggled}"
    )

    answered = await gateway.raw(with_token(gateway, request))

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in answered.lower()
    assert reached(upstreams) == 0


@pytest.mark.parametrize(
    "headers",
    [
        "Authorization: Bearer TOKEN\nAuthorization: Bearer TOKEN",
        "X-API-Key: wmk_a\nX-API-Key: wmk_b",
        "Authorization: Bearer TOKEN\nX-API-Key: wmk_a",
    ],
)
async def test_two_proofs_are_refused_whoever_would_win(
    gateway: Gateway, upstreams: dict[Service, Upstream], headers: str
) -> None:
    request = f"GET /v1/imports HTTP/1.1\nHost: g\n{headers}\n\n"

    answered = await gateway.raw(with_token(gateway, request))

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert reached(upstreams) == 0


async def test_a_pipelined_second_request_is_decided_on_its_own(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    first = "GET /v1/imports HTTP/1.1\nHost: g\nAuthorization: Bearer TOKEN\n\n"
    second = "GET /v1/imports HTTP/1.1\nHost: g\nConnection: close\n\n"

    await gateway.raw(with_token(gateway, first + second))

    assert reached(upstreams) == 1


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"])
async def test_a_method_that_is_not_in_the_table_goes_nowhere(
    gateway: Gateway, upstreams: dict[Service, Upstream], method: str
) -> None:
    async with gateway.as_("admin") as admin:
        answered = await admin.request(method, "/v1/safety/screen")

    assert (answered.status_code, answered.headers["allow"]) == (405, "POST")
    assert reached(upstreams) == 0


async def test_a_websocket_is_just_a_request(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    request = (
        "GET /v1/imports HTTP/1.1\nHost: g\nAuthorization: Bearer TOKEN\nConnection: Upgrade\n"
        "Upgrade: websocket\nSec-WebSocket-Key: x\nSec-WebSocket-Version: 13\n\n"
    )

    answered = await gateway.raw(with_token(gateway, request))

    assert answered.startswith(b"HTTP/1.1 200 ")
    assert reached(upstreams) == 1
    assert upstreams[Service.CONNECTORS].seen[0].header("upgrade") is None


@pytest.mark.parametrize(
    "forwarded", ["X-Forwarded-For: 127.0.0.1", "Via: 1.1 proxy", "Forwarded: for=1.2.3.4"]
)
async def test_the_metrics_are_for_this_machine_only(gateway: Gateway, forwarded: str) -> None:
    plain = await gateway.raw(b"GET /metrics HTTP/1.1\r\nHost: g\r\n\r\n")
    through = await gateway.raw(f"GET /metrics HTTP/1.1\r\nHost: g\r\n{forwarded}\r\n\r\n".encode())

    assert plain.startswith(b"HTTP/1.1 200 ")
    assert through.startswith(b"HTTP/1.1 404 ")


async def test_a_refusal_is_a_problem_that_repeats_nothing(gateway: Gateway) -> None:
    answered = await gateway.anyone.get("/v1/someone@example.org/x")

    problem = answered.json()
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.headers["x-correlation-id"] == problem["correlation_id"]
    assert "example.org" not in answered.text
    assert {"type", "title", "status", "detail"} <= set(problem)
