"""The connections to the services behind the gateway: one pool, what failed and how, as errors."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from gateway_service.errors import UpstreamBrokenError, UpstreamDownError, UpstreamSlowError
from gateway_service.rules import Service
from shared_utils.correlation import current_id
from shared_utils.errors import WaymarkError

CONNECT_ATTEMPTS = 3
RETRY_PAUSE_SECONDS = 0.05
PROBE_SECONDS = 2.0
# Below the services' own keep-alive time, so that a pooled connection is not closed under us.
KEEP_ALIVE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two reads of an answer, and the same for streams."""

    connect: float = 2.0
    read: float = 30.0
    stream: float = 300.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as a service gets it; `target` is path and query byte for byte as decided on."""

    service: Service
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: AsyncIterator[bytes] | None = None
    streams: bool = False


class Upstreams:
    """The services' addresses and one connection pool; start it inside the running loop."""

    def __init__(self, addresses: Mapping[Service, str], timeouts: Timeouts) -> None:
        self._addresses = {name: url.rstrip("/") for name, url in addresses.items()}
        self._timeouts = timeouts
        self._session: aiohttp.ClientSession | None = None

    @property
    def services(self) -> tuple[Service, ...]:
        return tuple(self._addresses)

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def opened(self, outgoing: Outgoing) -> AsyncIterator[aiohttp.ClientResponse]:
        """The service's answer, its body unread; raises 502, 503 or 504 if none came."""
        with _as_problems(outgoing.service):
            response = await self._connected(outgoing)
        async with response:
            yield response

    async def answers_well(self, service: Service, path: str) -> bool:
        """Whether a probe of the service answers 200 within two seconds."""
        try:
            async with asyncio.timeout(PROBE_SECONDS), self.opened(_probe(service, path)) as answer:
                return answer.status == 200
        except (TimeoutError, WaymarkError):
            return False

    async def document(self, service: Service, path: str) -> dict[str, Any] | None:
        """A small JSON document of a service; None if it does not come within two seconds."""
        try:
            async with asyncio.timeout(PROBE_SECONDS), self.opened(_probe(service, path)) as answer:
                return _object(await answer.read()) if answer.status == 200 else None
        except (TimeoutError, WaymarkError, aiohttp.ClientError, ValueError):
            return None

    async def _connected(self, outgoing: Outgoing) -> aiohttp.ClientResponse:
        attempts = CONNECT_ATTEMPTS if _repeatable(outgoing) else 1
        for attempt in range(1, attempts):
            try:
                return await self._request(outgoing)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
                await asyncio.sleep(_pause(attempt))
        return await self._request(outgoing)

    async def _request(self, outgoing: Outgoing) -> aiohttp.ClientResponse:
        if self._session is None:
            raise UpstreamDownError(outgoing.service)
        return await self._session.request(
            outgoing.method,
            URL(self._addresses[outgoing.service] + outgoing.target, encoded=True),
            headers=outgoing.headers,
            data=outgoing.body,
            allow_redirects=False,
            timeout=self._timeout(outgoing.streams),
        )

    def _timeout(self, streams: bool) -> aiohttp.ClientTimeout:
        read = self._timeouts.stream if streams else self._timeouts.read
        return aiohttp.ClientTimeout(
            total=None, sock_connect=self._timeouts.connect, sock_read=read
        )


@contextmanager
def _as_problems(service: Service) -> Iterator[None]:
    """Turn what aiohttp raises before an answer into the gateway's errors."""
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise UpstreamDownError(service) from error
    except TimeoutError as error:
        raise UpstreamSlowError(service) from error
    except aiohttp.ClientError as error:
        raise UpstreamBrokenError(service) from error


def _repeatable(outgoing: Outgoing) -> bool:
    return outgoing.method == "GET" and outgoing.body is None


def _probe(service: Service, path: str) -> Outgoing:
    return Outgoing(service, "GET", path, [("x-correlation-id", current_id())], streams=False)


def _object(raw: bytes) -> dict[str, Any] | None:
    found = json.loads(raw)
    return found if isinstance(found, dict) else None


def _pause(attempt: int) -> float:
    return RETRY_PAUSE_SECONDS * 2.0**attempt * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
