"""Calls to real loopback hosts that refuse, stall, hang up or ask for patience."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from shared_utils.client import (
    Breaker,
    CircuitOpenError,
    ResilientClient,
    State,
    Timeouts,
    UpstreamUnavailableError,
)
from shared_utils.correlation import correlated

MakeHost = Callable[[Callable[[int], bytes | None]], AbstractAsyncContextManager[Any]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
QUICK = Timeouts(connect=0.5, read=0.3, total=5.0)


def refusal(status: int, **headers: str) -> bytes:
    told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n{told}\r\n".encode()


def client_of(host: Any, **options: Any) -> ResilientClient:
    patient = {"timeouts": QUICK, "first_wait": 0.01, "breaker": lambda: Breaker(100)}
    return ResilientClient(base_url=host.url, **{**patient, **options})


def first(*answers: bytes | None) -> Callable[[int], bytes | None]:
    """These answers, then OK for ever."""
    return lambda number: answers[number] if number < len(answers) else OK


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("failure", [refusal(503), refusal(502), refusal(429), b"", None])
async def test_a_passing_failure_is_tried_again(
    host: MakeHost, method: str, failure: bytes | None
) -> None:
    async with host(first(failure, failure)) as upstream, client_of(upstream) as client:
        answer = await client.request(method, "/x")

        assert (answer.status_code, len(upstream.requests)) == (200, 3)


@pytest.mark.parametrize("failure", [refusal(503), b"", None])
async def test_what_must_not_happen_twice_is_sent_once(
    host: MakeHost, failure: bytes | None
) -> None:
    async with host(first(failure)) as upstream, client_of(upstream) as client:
        try:
            answer = await client.post("/x", content=b"once")
            assert answer.status_code == 503
        except UpstreamUnavailableError:
            assert failure != refusal(503)

        assert len(upstream.requests) == 1


async def test_an_idempotency_key_makes_a_post_repeatable(host: MakeHost) -> None:
    async with host(first(refusal(503), b"")) as upstream, client_of(upstream) as client:
        answer = await client.post("/x", content=b"twice", headers={"Idempotency-Key": "k"})

        assert (answer.status_code, len(upstream.requests)) == (200, 3)


async def test_a_body_that_can_be_read_once_is_sent_once(host: MakeHost) -> None:
    async def pieces() -> Any:
        yield b"one"

    async with host(first(refusal(503))) as upstream, client_of(upstream) as client:
        answer = await client.request(
            "PUT", "/x", content=pieces(), headers={"Content-Length": "3"}
        )

        assert (answer.status_code, len(upstream.requests)) == (503, 1)


@pytest.mark.parametrize("status", [200, 301, 400, 401, 404, 409, 422, 500, 501])
async def test_an_answer_that_will_not_change_is_given_back(host: MakeHost, status: int) -> None:
    async with host(lambda _: refusal(status)) as upstream, client_of(upstream) as client:
        answer = await client.get("/x")

        assert (answer.status_code, len(upstream.requests)) == (status, 1)


async def test_the_last_refusal_is_given_back_when_attempts_run_out(host: MakeHost) -> None:
    async with host(lambda _: refusal(503)) as upstream, client_of(upstream) as client:
        answer = await client.get("/x")

        assert (answer.status_code, len(upstream.requests)) == (503, 3)


async def test_a_host_that_never_answers_costs_its_time_and_no_more(host: MakeHost) -> None:
    impatient = Timeouts(connect=0.5, read=5.0, total=0.5)
    async with host(lambda _: None) as upstream, client_of(upstream, timeouts=impatient) as client:
        started = time.perf_counter()
        with pytest.raises(UpstreamUnavailableError):
            await client.get("/x")

        assert 0.4 < time.perf_counter() - started < 2.0
        assert len(upstream.requests) == 1


async def test_a_host_that_drips_is_cut_at_the_total(host: MakeHost) -> None:
    drip = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\na"
    impatient = Timeouts(connect=0.5, read=5.0, total=0.4)
    async with host(lambda _: drip) as upstream, client_of(upstream, timeouts=impatient) as client:
        with pytest.raises(UpstreamUnavailableError):
            await client.get("/x")
        assert upstream.requests


async def test_a_host_that_is_not_there_is_said_so_for_every_method() -> None:
    for method in ("GET", "POST"):
        async with ResilientClient(base_url="http://127.0.0.1:1", first_wait=0.01) as client:
            with pytest.raises(UpstreamUnavailableError) as failure:
                await client.request(method, "/x")
        assert failure.value.status == 503


async def test_retry_after_in_seconds_is_waited_for(host: MakeHost) -> None:
    async with (
        host(first(refusal(503, Retry_After="1"))) as upstream,
        client_of(upstream) as client,
    ):
        answer = await client.get("/x")

        assert answer.status_code == 200
        assert 1.0 <= upstream.times[1] - upstream.times[0] < 2.0


async def test_retry_after_as_a_date_is_waited_for(host: MakeHost) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    async with host(first(refusal(429, Retry_After=moment))) as upstream:
        async with client_of(upstream) as client:
            answer = await client.get("/x")

        assert answer.status_code == 200
        assert 0.5 <= upstream.times[1] - upstream.times[0] < 3.0


async def test_a_wait_beyond_the_total_is_not_begun(host: MakeHost) -> None:
    async with host(lambda _: refusal(503, Retry_After="3600")) as upstream:
        async with client_of(upstream) as client:
            started = time.perf_counter()
            answer = await client.get("/x")

        assert (answer.status_code, len(upstream.requests)) == (503, 1)
        assert time.perf_counter() - started < 1.0


async def test_waits_are_spread_so_that_clients_do_not_come_back_together(host: MakeHost) -> None:
    async with host(lambda _: refusal(503)) as upstream:
        async with client_of(upstream, attempts=2, first_wait=0.1) as client:
            for _ in range(10):
                await client.get("/x")

        calls = zip(upstream.times[::2], upstream.times[1::2], strict=True)
        waits = sorted(second - first for first, second in calls)
        assert waits[0] > 0.09
        assert waits[-1] - waits[0] > 0.02


async def test_the_correlation_id_goes_along(host: MakeHost) -> None:
    async with host(first()) as upstream, client_of(upstream) as client:
        with correlated("import-7"):
            await client.get("/x")

        assert "x-correlation-id: import-7" in upstream.requests[0].lower()


async def test_a_redirect_is_not_followed_and_no_proxy_is_asked(
    host: MakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    away = refusal(302, Location="http://169.254.169.254/latest")
    async with host(lambda _: away) as upstream, client_of(upstream) as client:
        assert (await client.get("/x")).status_code == 302


async def test_a_failing_host_is_left_alone_and_then_tried_with_one_call(host: MakeHost) -> None:
    now = [0.0]
    is_up = [False]

    def answer(_: int) -> bytes:
        return OK if is_up[0] else refusal(503)

    def breaker() -> Breaker:
        return Breaker(failures=3, open_seconds=10.0, clock=lambda: now[0])

    async with (
        host(answer) as upstream,
        host(first()) as neighbour,
        client_of(upstream, attempts=1, breaker=breaker) as client,
    ):
        for _ in range(3):
            assert (await client.get("/x")).status_code == 503
        with pytest.raises(CircuitOpenError) as refused:
            await client.get("/x")
        assert refused.value.headers == {"Retry-After": "10"}
        assert len(upstream.requests) == 3
        assert (await client.get(f"{neighbour.url}/x")).status_code == 200

        now[0] = 10.0
        assert (await client.get("/x")).status_code == 503
        with pytest.raises(CircuitOpenError):
            await client.get("/x")
        assert len(upstream.requests) == 4

        now[0] = 20.0
        is_up[0] = True
        assert [(await client.get("/x")).status_code for _ in range(5)] == [200] * 5
        assert client.breaker_of(httpx.URL(upstream.url)).state is State.CLOSED


async def test_while_one_call_tries_the_host_no_other_does(host: MakeHost) -> None:
    now = [0.0]

    def breaker() -> Breaker:
        return Breaker(failures=1, open_seconds=1.0, clock=lambda: now[0])

    slow = Timeouts(connect=0.5, read=0.5, total=2.0)
    async with (
        host(lambda _: None) as upstream,
        client_of(upstream, attempts=1, breaker=breaker, timeouts=slow) as client,
    ):
        with pytest.raises(UpstreamUnavailableError):
            await client.get("/x")
        now[0] = 1.0
        outcomes = await asyncio.gather(
            *(client.get("/x") for _ in range(5)), return_exceptions=True
        )

        assert sorted(type(outcome).__name__ for outcome in outcomes) == [
            *["CircuitOpenError"] * 4,
            "UpstreamUnavailableError",
        ]
        assert len(upstream.requests) == 2


async def test_a_caller_who_gives_up_does_not_keep_the_host_locked_out(host: MakeHost) -> None:
    now = [0.0]

    def breaker() -> Breaker:
        return Breaker(failures=1, open_seconds=1.0, clock=lambda: now[0])

    async with (
        host(first(b"", None)) as upstream,
        client_of(upstream, attempts=1, breaker=breaker) as client,
    ):
        with pytest.raises(UpstreamUnavailableError):
            await client.get("/x")
        now[0] = 1.0
        trial = asyncio.create_task(client.get("/x"))
        async with asyncio.timeout(5):
            await upstream.arrived.get()
            await upstream.arrived.get()
        trial.cancel()
        await asyncio.wait({trial})

        assert (await client.get("/x")).status_code == 200
