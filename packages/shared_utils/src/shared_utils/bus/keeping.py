"""Keeps one connection to NATS, whatever happens to the server."""

import asyncio
from itertools import cycle

import nats.errors

from shared_utils.bus.connection import Connection
from shared_utils.bus.errors import BusUnavailableError
from shared_utils.log import get_logger
from shared_utils.tasks import ended

_log = get_logger(__name__)

_RETRY_SECONDS = 0.2


class Keeper:
    """Connects, watches, throws away and connects again, until it is closed."""

    def __init__(self, url: str, name: str) -> None:
        self._servers = cycle(url.split(","))
        self._name = name
        self._connection: Connection | None = None
        self._arrival = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect, without waiting for it."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep(), name="bus")

    async def close(self) -> None:
        """Disconnect for good."""
        task, self._task = self._task, None
        if task is not None:
            await ended(task)
        await self._drop()

    @property
    def current(self) -> Connection:
        """The live connection; BusUnavailableError if there is none."""
        if self._connection is None or self._connection.is_lost:
            raise BusUnavailableError
        return self._connection

    async def connected(self) -> Connection:
        """Wait for a live connection, however long it takes."""
        while self._connection is None or self._connection.is_lost:
            self._arrival.clear()
            await self._arrival.wait()
        return self._connection

    async def _keep(self) -> None:
        while True:
            self._connection = await self._connect()
            self._arrival.set()
            _log.info("bus connected", server_id=self._connection.server_id)
            await self._connection.watch()
            _log.warning("bus connection lost")
            await self._drop()

    async def _connect(self) -> Connection:
        is_first = True
        while True:
            try:
                return await Connection.open(next(self._servers), self._name)
            except (nats.errors.Error, OSError) as error:
                if is_first:
                    _log.warning("bus unreachable, trying on", failure=type(error).__name__)
            is_first = False
            await asyncio.sleep(_RETRY_SECONDS)

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
