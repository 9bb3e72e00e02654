"""One page from a real server: what is waited for, what is refused, where the secret goes."""

import gzip
import socket
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from services.connectors.tests.partner_api import PartnerApi, Reply, listed, partner_api

from connectors_service.pulling.addresses import Policy, policy
from connectors_service.pulling.connecting import resolved
from connectors_service.pulling.errors import (
    AddressRefusedError,
    LeadsElsewhereError,
    PageTooLargeError,
    SourceRefusesError,
    SourceUnavailableError,
    UnreadablePageError,
)
from connectors_service.pulling.fetching import Breakers, Call, Fetcher, Pace

LOOPBACK = policy(["127.0.0.0/8"])
QUICK = Pace(attempts=3, first_wait=0.01, longest_wait=1.5, per_second=1000, timeout=0.5)
BODY = b'[{"id": 1}]'


@pytest.fixture
async def api() -> AsyncIterator[PartnerApi]:
    async with partner_api() as api:
        yield api


def call(api: PartnerApi, **more: Any) -> Call:
    return Call("GET", httpx.URL(api.url + "/items"), **more)


async def fetched(
    asked: Call, pace: Pace = QUICK, allowed: Policy = LOOPBACK, most: int = 10_000, **more: Any
) -> bytes | None:
    async with Fetcher(allowed, pace, most, **more) as fetcher:
        return (await fetcher.fetch(asked)).body


@pytest.mark.parametrize(
    "failure",
    [Reply(status=status) for status in (408, 429, 500, 502, 503, 504)]
    + [Reply(status=0), Reply(body=BODY, breaks=True), Reply(body=BODY, length=100, breaks=True)],
)
async def test_what_may_pass_is_asked_for_again(api: PartnerApi, failure: Reply) -> None:
    api.then([failure, failure, Reply(body=BODY)])

    assert await fetched(call(api)) == BODY
    assert len(api.asked) == 3


async def test_it_is_not_asked_for_ever(api: PartnerApi) -> None:
    api.answer = lambda asked: Reply(status=503)

    with pytest.raises(SourceUnavailableError) as caught:
        await fetched(call(api))

    assert len(api.asked) == QUICK.attempts
    assert caught.value.extra == {"answered": 503}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 206, 304])
async def test_a_refusal_is_not_asked_for_again(api: PartnerApi, status: int) -> None:
    api.answer = lambda asked: Reply(status=status)

    with pytest.raises(SourceRefusesError) as caught:
        await fetched(call(api))

    assert len(api.asked) == 1
    assert caught.value.answered == status


def in_two_seconds() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)


@pytest.mark.parametrize(("status", "form"), [(429, "1"), (503, "date")])
async def test_retry_after_is_honoured_in_both_forms(
    api: PartnerApi, status: int, form: str
) -> None:
    after = in_two_seconds() if form == "date" else form
    api.then([Reply(status=status, headers={"Retry-After": after}), Reply(body=BODY)])
    begun = time.monotonic()

    await fetched(call(api), Pace(first_wait=0.01, longest_wait=3, per_second=1000))

    assert 0.9 <= time.monotonic() - begun < 3


async def test_a_long_retry_after_is_handed_on(api: PartnerApi) -> None:
    api.answer = lambda asked: Reply(status=429, headers={"Retry-After": "600"})

    with pytest.raises(SourceUnavailableError) as caught:
        await fetched(call(api))

    assert caught.value.retry_after == 600
    assert len(api.asked) == 1


async def test_the_rate_is_kept(api: PartnerApi) -> None:
    api.answer = lambda asked: Reply(body=BODY)
    begun = time.monotonic()

    async with Fetcher(LOOPBACK, Pace(per_second=20), 1000) as fetcher:
        for _ in range(5):
            await fetcher.fetch(call(api))

    assert time.monotonic() - begun >= 4 / 20


async def test_a_host_that_is_down_is_left_alone_for_all_its_sources(api: PartnerApi) -> None:
    api.answer = lambda asked: Reply(status=500)
    breakers: Breakers = {}

    for _ in range(3):
        with pytest.raises(SourceUnavailableError):
            await fetched(call(api), breakers=breakers)

    assert len(api.asked) == 5


@pytest.mark.parametrize(
    "slow",
    [Reply(body=b"[" + b" " * 1000, drip=0.05), Reply(body=b"", drip=1, length=5)],
)
async def test_a_server_that_drips_cannot_hold_a_pull(api: PartnerApi, slow: Reply) -> None:
    api.answer = lambda asked: slow
    begun = time.monotonic()

    with pytest.raises(SourceUnavailableError):
        await fetched(call(api), Pace(attempts=2, first_wait=0.01, timeout=0.3, per_second=1000))

    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    "big",
    [
        Reply(body=b"x" * 10_001),
        Reply(body=gzip.compress(b" " * 50_000_000, mtime=0), headers={"Content-Encoding": "gzip"}),
    ],
)
async def test_a_page_has_a_limit_of_bytes_unpacked(api: PartnerApi, big: Reply) -> None:
    api.answer = lambda asked: big

    with pytest.raises(PageTooLargeError, match="10000 bytes"):
        await fetched(call(api), Pace(timeout=5))


@pytest.mark.parametrize(
    ("coding", "body"),
    [("br", BODY), ("gzip", BODY), ("gzip", gzip.compress(BODY, mtime=0)[:-9])],
)
async def test_a_coding_that_is_foreign_or_broken_is_refused(
    api: PartnerApi, coding: str, body: bytes
) -> None:
    api.answer = lambda asked: Reply(body=body, headers={"Content-Encoding": coding})

    with pytest.raises(UnreadablePageError, match="compressed"):
        await fetched(call(api))


async def test_a_compressed_page_is_read(api: PartnerApi) -> None:
    api.answer = lambda asked: Reply(
        body=gzip.compress(BODY, mtime=0), headers={"Content-Encoding": "gzip"}
    )

    assert await fetched(call(api)) == BODY


async def test_a_redirect_on_the_same_host_keeps_the_secret(api: PartnerApi) -> None:
    api.then([Reply(status=302, headers={"Location": "/moved?x=1"}), Reply(body=BODY)])

    secret = {"Authorization": "Bearer s3cret"}
    await fetched(call(api, params={"page": 1}, secret_headers=secret, secret_params={"key": "k"}))

    moved = api.asked[1]
    assert (moved.path, moved.query) == ("/moved", {"x": "1", "key": "k"})
    assert moved.headers["authorization"] == "Bearer s3cret"


async def test_no_secret_goes_to_another_host(api: PartnerApi) -> None:
    async with partner_api("127.0.0.2") as other:
        other.answer = lambda asked: Reply(body=BODY)
        api.answer = lambda asked: Reply(status=307, headers={"Location": f"{other.url}/x"})

        await fetched(
            call(
                api,
                headers={"X-Tenant": "acme"},
                secret_headers={"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret"},
                secret_params={"key": "s3cret"},
            )
        )

        assert "s3cret" in str(api.asked)
        assert "s3cret" not in str(other.asked)
        assert "x-tenant" not in other.asked[0].headers


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[64:ff9b::7f00:1]:{port}/",
        "http://[2002:7f00:1::]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.1:{port}/",
        "http://2130706433:{port}/",
        "http://user@127.0.0.1:{port}/",
        "http://localhost.:{port}/",
        "http://localhost:{port}/",
        "//127.0.0.2:{port}/",
    ],
)
async def test_a_redirect_to_a_private_address_is_refused(api: PartnerApi, location: str) -> None:
    async with partner_api("127.0.0.2", api.port) as private:
        target = location.format(port=api.port)
        api.then([Reply(status=302, headers={"Location": target})] * 3)

        with pytest.raises(AddressRefusedError):
            await fetched(call(api), allowed=policy(["127.0.0.1/32"]), resolve=elsewhere)

        assert len(api.asked) == 1
        assert private.asked == []


async def elsewhere(host: str, port: int) -> list[str]:
    """Resolve names as usual, but localhost to what is not allowed."""
    return ["127.0.0.2"] if host == "localhost" else await resolved(host, port)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://a.example/", "http://[", ""])
async def test_a_redirect_to_what_is_no_page_is_refused(api: PartnerApi, location: str) -> None:
    api.answer = lambda asked: Reply(status=301, headers={"Location": location})

    with pytest.raises((LeadsElsewhereError, AddressRefusedError)):
        await fetched(call(api))


async def test_a_post_is_not_redirected(api: PartnerApi) -> None:
    api.answer = lambda asked: Reply(status=307, headers={"Location": "/other"})

    with pytest.raises(LeadsElsewhereError, match="POST"):
        await fetched(Call("POST", httpx.URL(api.url + "/items")))


@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.5"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["64:ff9b::a00:1"], ["fe80::1%2"]],
)
async def test_a_name_that_leads_to_a_private_address_is_refused(addresses: list[str]) -> None:
    async def answer(host: str, port: int) -> list[str]:
        return addresses

    with pytest.raises(AddressRefusedError):
        await fetched(
            Call("GET", httpx.URL("http://api.partner.example/")), allowed=Policy(), resolve=answer
        )


async def test_a_name_that_changes_its_address_gains_nothing(api: PartnerApi) -> None:
    """The address that was checked is the one connected to; the next request is checked anew."""
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])

    async def rebinding(host: str, port: int) -> list[str]:
        return next(answers)

    api.answer = lambda asked: Reply(body=BODY, headers={"Connection": "close"})
    asked = Call("GET", httpx.URL(f"http://api.partner.example:{api.port}/items"))
    async with partner_api("127.0.0.2", api.port) as private:
        allowed = policy(["127.0.0.1/32"])
        async with Fetcher(allowed, QUICK, 1000, resolve=rebinding) as fetcher:
            await fetcher.fetch(asked)
            with pytest.raises(AddressRefusedError):
                await fetcher.fetch(asked)

        assert [each.headers["host"] for each in api.asked] == [f"api.partner.example:{api.port}"]
        assert private.asked == []


async def test_the_next_address_is_tried_when_one_is_dead(api: PartnerApi) -> None:
    async def two(host: str, port: int) -> list[str]:
        return ["127.0.0.9", "127.0.0.1"]

    api.answer = lambda asked: Reply(body=BODY)
    asked = Call("GET", httpx.URL(f"http://api.partner.example:{api.port}/"))

    assert await fetched(asked, resolve=two) == BODY


async def test_proxies_of_the_environment_are_not_used(
    api: PartnerApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        api.answer = lambda asked: listed([])

        assert await fetched(call(api)) == b"[]"
