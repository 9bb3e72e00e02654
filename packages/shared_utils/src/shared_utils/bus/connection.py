"""One connection to NATS from its first byte to its loss; nothing survives it but the next one.

The client's own reconnect is off: it can leave a connection that looks alive and publishes into
the void, so a connection that fails in any way is thrown away and a fresh one made.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext

from shared_utils.bus.errors import BusUnavailableError, NoStreamError
from shared_utils.log import get_logger

Answer = TypeVar("Answer")

_log = get_logger(__name__)

_CONNECT_SECONDS = 3
_CLOSE_SECONDS = 2
_WATCH_EVERY_SECONDS = 1.0
_ANSWER_SECONDS = 2.0
_FAILURES_ALLOWED = 2
_STREAM_NOT_FOUND = 10059


class Connection:
    """A live client, its JetStream context, and the moment it is lost."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.jetstream: JetStreamContext = client.jetstream(timeout=_ANSWER_SECONDS)
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._listeners: list[Callable[[], None]] = []

    @classmethod
    async def open(cls, server: str, name: str) -> "Connection":
        """Connect to one server; OSError, TimeoutError or nats' own errors if it can't be."""
        client = Client()
        lost = asyncio.Event()

        async def closed() -> None:
            lost.set()
            if made:
                made[0].lose()

        made: list[Connection] = []
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await client.connect(
                    server,
                    name=name,
                    allow_reconnect=False,
                    connect_timeout=_CONNECT_SECONDS,
                    ping_interval=2,
                    max_outstanding_pings=2,
                    closed_cb=closed,
                    error_cb=_note,
                )
        except BaseException:
            await _close(client)
            raise
        made.append(cls(client))
        if lost.is_set():
            made[0].lose()
        return made[0]

    @property
    def server_id(self) -> str:
        """The identity that the server gave itself when it started."""
        return str(self.client._server_info["server_id"])

    @property
    def is_lost(self) -> bool:
        """Whether nothing more will come of this connection."""
        return self._lost.done()

    def lose(self) -> None:
        """Declare the connection lost: whoever waits on it is told at once."""
        if not self._lost.done():
            self._lost.set_result(None)
            for listener in self._listeners:
                listener()

    def when_lost(self, listener: Callable[[], None]) -> None:
        """Call `listener` once when the connection is lost, now if it is."""
        if self.is_lost:
            listener()
        self._listeners.append(listener)

    async def answer(self, question: Awaitable[Answer], seconds: float = _ANSWER_SECONDS) -> Answer:
        """Wait for an answer of the server, no longer than the connection lasts.

        NoStreamError if there is no stream, BusUnavailableError for silence, loss and refusal.
        """
        asked = asyncio.ensure_future(question)
        try:
            either: list[asyncio.Future[Any]] = [asked, self._lost]
            await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                raise BusUnavailableError
            return asked.result()
        except nats.js.errors.APIError as error:
            raise _translated(error) from None
        except nats.js.errors.NoStreamResponseError:
            raise NoStreamError from None
        except (nats.errors.Error, OSError):
            raise BusUnavailableError from None
        finally:
            asked.cancel()

    async def watch(self) -> None:
        """Ask JetStream every second, and return once the connection is lost or it stays silent."""
        failures = 0
        while not self.is_lost and failures < _FAILURES_ALLOWED:
            await asyncio.wait({self._lost}, timeout=_WATCH_EVERY_SECONDS)
            failures = 0 if await self._is_answered() else failures + 1

    async def _is_answered(self) -> bool:
        try:
            await self.answer(self.jetstream.account_info())
        except BusUnavailableError:
            return False
        return True

    async def close(self) -> None:
        """Throw the client away."""
        self.lose()
        await _close(self.client)


def _translated(error: nats.js.errors.APIError) -> Exception:
    if error.err_code == _STREAM_NOT_FOUND:
        return NoStreamError()
    if isinstance(error, nats.js.errors.NotFoundError):
        return error
    return BusUnavailableError(bus_code=error.err_code)


async def _note(error: Exception) -> None:
    _log.debug("nats said", failure=type(error).__name__)


async def _close(client: Client) -> None:
    """Close without trusting the client to come back from it."""
    with suppress(nats.errors.Error, OSError, TimeoutError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await client.close()
