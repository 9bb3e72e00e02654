"""One relay at a time: whoever holds the advisory lock leads, and hears when events are written."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg import AsyncConnection, sql

from shared_schema.locks import Lock
from shared_utils.db import connection_string
from shared_utils.tasks import ended
from shared_utils.work import CHANNEL

_CHECK_EVERY_SECONDS = 5.0


class Leadership:
    """Held as long as its connection lives; `wake` is set when the outbox got new rows."""

    def __init__(self, listener: asyncio.Task[None], wake: asyncio.Event) -> None:
        self._listener = listener
        self._wake = wake

    def check(self) -> None:
        """Return if this process still leads; else raise what ended it."""
        if self._listener.done():
            self._listener.result()
            raise ConnectionError("the leader's connection is gone")

    async def woken(self, seconds: float) -> None:
        """Wait for new rows, the end of leadership, or so many seconds."""
        waiting = asyncio.create_task(self._wake.wait())
        try:
            either = {self._listener, waiting}
            await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        self._wake.clear()


@asynccontextmanager
async def leadership(url: str, name: str) -> AsyncIterator[Leadership]:
    """Wait until no other relay leads, then lead until the block ends."""
    connection = await AsyncConnection.connect(connection_string(url, name), autocommit=True)
    async with connection:
        await connection.execute("SELECT pg_advisory_lock(%s)", [int(Lock.RELAY)])
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        wake = asyncio.Event()
        listener = asyncio.create_task(_listen(connection, wake), name="outbox listener")
        try:
            yield Leadership(listener, wake)
        finally:
            await ended(listener)


async def _listen(connection: AsyncConnection[tuple[object, ...]], wake: asyncio.Event) -> None:
    while True:
        async for _ in connection.notifies(timeout=_CHECK_EVERY_SECONDS):
            wake.set()
        await connection.execute("SELECT 1")
