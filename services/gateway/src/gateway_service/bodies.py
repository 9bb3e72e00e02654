"""A request's body on its way through: counted, never gathered, and the client's leaving seen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.types import Receive

from gateway_service.errors import BodyTooLargeError, ClientLeftError

LINGER_SECONDS = 2.0


class Upload:
    """The body as the client sends it; `failure` says why it broke off, if it did."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._whole = asyncio.Event()
        self.failure: BodyTooLargeError | ClientLeftError | None = None

    @property
    def complete(self) -> bool:
        return self._whole.is_set()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Each piece as it comes, with the client's own pace as back-pressure."""
        seen, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise self._failed(ClientLeftError())
            body = message.get("body", b"")
            seen += len(body)
            if seen > self._limit:
                raise self._failed(BodyTooLargeError(self._limit))
            more = message.get("more_body", False)
            if not more:
                self._whole.set()
            if body:
                yield body

    async def skipped(self) -> bool:
        """For a request without a body: take its empty end off the line; False if nobody waits."""
        try:
            async for _ in self.chunks():
                pass
        except ClientLeftError:
            return False
        return True

    async def client_left(self) -> None:
        """Return once the client hangs up; the body must have been read by then."""
        await self._whole.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _failed(self, error: BodyTooLargeError | ClientLeftError) -> Exception:
        self.failure = error
        return error


async def linger(receive: Receive) -> None:
    """Take what a refused client still sends for a moment, else its answer is lost in a reset."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while await _more(receive):
                pass


async def _more(receive: Receive) -> bool:
    message = await receive()
    return message["type"] == "http.request" and bool(message.get("more_body", False))
