"""One page over HTTP: redirects by our rules, limits of bytes and seconds, patience in measure."""

import asyncio
import random
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx

from connectors_service.pulling.addresses import Policy
from connectors_service.pulling.connecting import GuardedTransport, Resolve, resolved
from connectors_service.pulling.errors import (
    LeadsElsewhereError,
    PageTooLargeError,
    SourceRefusesError,
    SourceUnavailableError,
    UnreadablePageError,
)
from connectors_service.pulling.hosts import origin
from connectors_service.pulling.paging import joined
from shared_utils.client import Breaker, CircuitOpenError
from shared_utils.client.retries import retry_after_seconds

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
CONNECT_SECONDS = 10.0
Breakers = dict[tuple[str, str, int], Breaker]
"""One for each host of a process: sources of the same host spare it together."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient one pull is: `attempts` a page, waits in seconds; longer ones wait outside."""

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 30.0
    per_second: float = 5.0
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `secret_headers` and `secret_params` go to its own origin alone."""

    method: str
    url: httpx.URL
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    secret_headers: dict[str, str] = field(default_factory=dict)
    secret_params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, `body` None if it says itself that there is none (204).

    `url` is where it came from in the end, without secrets.
    """

    content_type: str
    link: str
    body: bytes | None
    url: httpx.URL


class Fetcher:
    """Fetches pages for one source; its connections are its own.

    Raises SourceProblemError; what may pass was tried `attempts` times before.
    """

    def __init__(
        self,
        policy: Policy,
        pace: Pace,
        max_bytes: int,
        breakers: Breakers | None = None,
        resolve: Resolve = resolved,
    ) -> None:
        self._pace = pace
        self._max_bytes = max_bytes
        self._breakers: Breakers = {} if breakers is None else breakers
        self._next_at = 0.0
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(policy, resolve),
            timeout=httpx.Timeout(pace.timeout, connect=CONNECT_SECONDS),
            trust_env=False,
            follow_redirects=False,
            headers={"user-agent": "waymark-connectors", "accept-encoding": "gzip"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def fetch(self, call: Call) -> Answer:
        """Return the answer; asks again, slower each time, while the failure may pass."""
        for attempt in range(1, self._pace.attempts + 1):
            try:
                return await self._within_time(call)
            except SourceUnavailableError as failure:
                wait = self._wait(attempt, failure.retry_after)
                if wait is None:
                    raise
            await asyncio.sleep(wait)
        raise AssertionError("the last attempt answers or raises")

    def _wait(self, attempt: int, asked: float | None) -> float | None:
        """Seconds before the next attempt; None if it is not for this pull to wait for it."""
        if attempt == self._pace.attempts:
            return None
        if asked is not None:
            return None if asked > self._pace.longest_wait else asked * _jitter(1.0, 1.1)
        doubled: float = self._pace.first_wait * 2 ** (attempt - 1)
        return min(doubled, self._pace.longest_wait) * _jitter(0.5, 1.0)

    async def _within_time(self, call: Call) -> Answer:
        await self._pause()
        breaker = self._breakers.setdefault(origin(call.url), Breaker())
        try:
            breaker.admit()
        except CircuitOpenError as opened:
            raise SourceUnavailableError("failed too often just now", opened.retry_after) from None
        try:
            async with asyncio.timeout(self._pace.timeout):
                answer = await self._follow(call)
        except SourceUnavailableError as failure:
            (breaker.succeeded if failure.extra.get("answered") == 429 else breaker.failed)()
            raise
        except (TimeoutError, httpx.TimeoutException):
            breaker.failed()
            raise SourceUnavailableError("did not answer in time") from None
        except httpx.TransportError:
            breaker.failed()
            raise SourceUnavailableError("can't be reached, or broke off") from None
        except BaseException:
            breaker.abandoned()
            raise
        breaker.succeeded()
        return answer

    async def _pause(self) -> None:
        """Keep the source's rate: requests start no closer than that."""
        now = asyncio.get_running_loop().time()
        begin = max(now, self._next_at)
        self._next_at = begin + 1 / self._pace.per_second
        await asyncio.sleep(begin - now)

    async def _follow(self, call: Call) -> Answer:
        url = call.url
        for _ in range(MOST_REDIRECTS + 1):
            async with self._sent(call, url) as response:
                if response.status_code not in REDIRECTS:
                    return await self._read(call, response, url)
                url = _redirected(call, url, response)
        raise LeadsElsewhereError(f"The source redirects more than {MOST_REDIRECTS} times.")

    def _sent(self, call: Call, url: httpx.URL) -> Any:
        at_home = origin(url) == origin(call.url)
        headers = {**call.headers, **call.secret_headers} if at_home else {}
        secret = call.secret_params if at_home else {}
        if call.method == "POST":
            shown = url.copy_merge_params(secret)
            return self._client.stream("POST", shown, json=call.params, headers=headers)
        own = call.params if url == call.url else {}
        return self._client.stream("GET", url.copy_merge_params({**own, **secret}), headers=headers)

    async def _read(self, call: Call, response: httpx.Response, url: httpx.URL) -> Answer:
        status = response.status_code
        if status in PASSING:
            asked = retry_after_seconds(response.headers.get("retry-after"), datetime.now(UTC))
            raise SourceUnavailableError(f"answered with status {status}", asked, status)
        if status not in (httpx.codes.OK, httpx.codes.NO_CONTENT):
            raise SourceRefusesError(status)
        body = bytearray()
        async for piece in _decoded(response, self._max_bytes):
            body += piece
            if len(body) > self._max_bytes:
                raise PageTooLargeError(self._max_bytes)
        kind, link = response.headers.get("content-type", ""), response.headers.get("link", "")
        return Answer(kind, link, None if status == httpx.codes.NO_CONTENT else bytes(body), url)


def _redirected(call: Call, url: httpx.URL, response: httpx.Response) -> httpx.URL:
    target = joined(url, response.headers.get("location", ""))
    if call.method != "GET":
        raise LeadsElsewhereError("The source redirects a POST; give the URL it leads to.")
    if target.scheme not in ("http", "https") or (url.scheme, target.scheme) == ("https", "http"):
        raise LeadsElsewhereError("The source redirects away from HTTPS.")
    return target


async def _decoded(response: httpx.Response, most: int) -> AsyncIterator[bytes]:
    """Yield the body; what is compressed expands in steps, so that a bomb is found in time."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding in ("", "identity"):
        async for piece in response.aiter_raw():
            yield piece
        return
    if coding not in ("gzip", "x-gzip"):
        raise UnreadablePageError("The answer is compressed in a way that was not asked for.")
    unpack = zlib.decompressobj(wbits=31)
    async for piece in response.aiter_raw():
        yield _unpacked(unpack, piece, most)
    if not unpack.eof:
        raise UnreadablePageError("The compressed answer is cut off.")


def _unpacked(unpack: Any, piece: bytes, most: int) -> bytes:
    try:
        found: bytes = unpack.decompress(piece, most + 1)
    except zlib.error:
        raise UnreadablePageError("The compressed answer is broken.") from None
    return found


def _jitter(low: float, high: float) -> float:
    return random.uniform(low, high)  # noqa: S311 - no secret
