"""An httpx client with timeouts, retries with jitter, Retry-After, and a breaker a host."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx
import stamina

from shared_utils.client.breaker import Breaker
from shared_utils.client.retries import TEMPORARY, may_repeat, retry_after_seconds
from shared_utils.correlation import HEADER, current_id
from shared_utils.errors import UnavailableError

RETRY_AFTER_JITTER = 0.1


class UpstreamUnavailableError(UnavailableError):
    """A service that this needs did not answer, or said that it can't for the moment."""

    type = "upstream-unavailable"
    title = "A service that this needs is unavailable for the moment"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between bytes, and for a call with all its attempts."""

    connect: float = 2.0
    read: float = 10.0
    total: float = 30.0


class _TryAgainError(Exception):
    """One attempt failed in a way that may pass; `wait` is what the host asked for, if it did."""

    def __init__(
        self,
        response: httpx.Response | None = None,
        wait: float | None = None,
        *,
        was_sent: bool = True,
    ) -> None:
        super().__init__()
        self.response = response
        self.wait = wait
        self.was_sent = was_sent


class ResilientClient:
    """Calls that come back in time: an answer, or a failure that says so.

    Connection failures and 429, 502, 503, 504 are tried again, up to `attempts` in all, for
    idempotent methods and calls with an Idempotency-Key; a refused connection for every method,
    since nothing was sent. Waits double with jitter; a Retry-After is honoured if it fits in the
    total, else the answer is given back at once. Each host has a breaker of its own.
    """

    def __init__(
        self,
        *,
        base_url: str = "",
        timeouts: Timeouts | None = None,
        attempts: int = 3,
        first_wait: float = 0.1,
        longest_wait: float = 5.0,
        breaker: Callable[[], Breaker] = Breaker,
        **options: Any,
    ) -> None:
        self._timeouts = timeouts or Timeouts()
        self._attempts = attempts
        self._waits = (first_wait, longest_wait)
        self._new_breaker = breaker
        self._breakers: dict[str, Breaker] = {}
        timeout = httpx.Timeout(self._timeouts.read, connect=self._timeouts.connect)
        self._client = httpx.AsyncClient(
            **{"base_url": base_url, "timeout": timeout, "trust_env": False, **options}
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def get(self, url: str, **options: Any) -> httpx.Response:
        """`request("GET", url)`."""
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Any) -> httpx.Response:
        """`request("POST", url)`."""
        return await self.request("POST", url, **options)

    async def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """The host's last answer, whatever its status.

        Raises UpstreamUnavailableError if it gave none in time, CircuitOpenError if it was not
        even asked. The correlation id goes along. `options` are httpx's.
        """
        headers = {HEADER: current_id(), **(options.pop("headers", None) or {})}
        request = self._client.build_request(method, url, headers=headers, **options)
        is_repeatable = may_repeat(method, headers) and _is_rewindable(request)
        try:
            async with asyncio.timeout(self._timeouts.total):
                return await self._repeated(request, is_repeatable)
        except _TryAgainError as last:
            if last.response is not None:
                return last.response
            raise UpstreamUnavailableError from None
        except TimeoutError:
            raise UpstreamUnavailableError from None

    def breaker_of(self, url: httpx.URL) -> Breaker:
        """The breaker of the URL's host and port."""
        return self._breakers.setdefault(f"{url.host}:{url.port}", self._new_breaker())

    async def _repeated(self, request: httpx.Request, is_repeatable: bool) -> httpx.Response:
        deadline = _now() + self._timeouts.total
        first, longest = self._waits
        attempts = stamina.retry_context(
            on=lambda failure: _wait(failure, is_repeatable, deadline - _now()),
            attempts=self._attempts,
            timeout=None,
            wait_initial=first,
            wait_max=longest,
            wait_jitter=first,
        )
        async for attempt in attempts:
            with attempt:
                return await self._attempt(request, deadline)
        raise AssertionError("a retry context ends with an answer or a failure")

    async def _attempt(self, request: httpx.Request, deadline: float) -> httpx.Response:
        breaker = self.breaker_of(request.url)
        breaker.admit()
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._client.send(request)
        except _FAILED_HOST as failure:
            breaker.failed()
            raise _TryAgainError(was_sent=not isinstance(failure, _UNSENT)) from None
        except BaseException:
            breaker.abandoned()
            raise
        return _judged(response, breaker)


_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout)
_FAILED_HOST = (
    httpx.NetworkError,
    httpx.ConnectTimeout,
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.RemoteProtocolError,
    TimeoutError,
)


def _judged(response: httpx.Response, breaker: Breaker) -> httpx.Response:
    if response.status_code not in TEMPORARY:
        breaker.succeeded()
        return response
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        breaker.succeeded()
    else:
        breaker.failed()
    asked = retry_after_seconds(response.headers.get("retry-after"), datetime.now(UTC))
    raise _TryAgainError(response, asked)


def _wait(failure: Exception, is_repeatable: bool, seconds_left: float) -> bool | float:
    """Whether to call again, or after how many seconds; the jitter keeps clients apart."""
    if not isinstance(failure, _TryAgainError) or seconds_left <= 0:
        return False
    if failure.was_sent and not is_repeatable:
        return False
    if failure.wait is None:
        return True
    wait = failure.wait * (1 + random.uniform(0, RETRY_AFTER_JITTER))  # noqa: S311 - no secret
    return wait if wait < seconds_left else False


def _is_rewindable(request: httpx.Request) -> bool:
    return isinstance(request.stream, httpx.ByteStream)


def _now() -> float:
    return asyncio.get_running_loop().time()
