"""Runs due sources beside the requests: each in one process at a time, a few at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import psycopg

from connectors_service.pulling.problems import problem_of
from connectors_service.pulling.puller import Puller
from connectors_service.repository import sources
from shared_schema.locks import Lock
from shared_utils.consume.failures import is_transient
from shared_utils.correlation import correlated
from shared_utils.db import Database, connection_string
from shared_utils.log import error_name, get_logger

log = get_logger(__name__)
AT_ONCE = 4
POLL_SECONDS = 1.0
BROKEN_SECONDS = 600
LOOKED_AT = 100


class Scheduler:
    """Takes sources whose time has come; other processes may do the same.

    A source belongs to whoever holds its advisory lock; a crash frees it, and whoever is next goes
    on at the page.
    """

    def __init__(self, database: Database, url: str, puller: Puller) -> None:
        self._database = database
        self._conninfo = connection_string(url, database.service)
        self._puller = puller
        self._woken = asyncio.Event()
        self._running: dict[UUID, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Look for due sources now."""
        self._woken.set()

    async def run(self) -> None:
        """Take sources until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._pause()
                try:
                    await self._start_due(tasks)
                except Exception as error:
                    _wait_for_database(error)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
        except TimeoutError:
            return
        self._woken.clear()

    async def _start_due(self, tasks: asyncio.TaskGroup) -> None:
        async with self._database.read() as session:
            due = await sources.due_sources(session, LOOKED_AT)
        for source_id in due:
            if len(self._running) < AT_ONCE and source_id not in self._running:
                task = tasks.create_task(self._take(source_id), name=f"pull {source_id}")
                self._running[source_id] = task

    async def _take(self, source_id: UUID) -> None:
        try:
            await self._run(source_id)
        except Exception as error:
            _wait_for_database(error)
        finally:
            del self._running[source_id]

    async def _run(self, source_id: UUID) -> None:
        """Pull a source unless another process does."""
        async with self._claimed(source_id) as is_mine:
            if not is_mine:
                return
            with correlated():
                try:
                    await self._puller.run(source_id)
                except Exception as error:
                    if is_transient(error):
                        raise
                    log.exception("pull failed", source_id=str(source_id))
                    await self._set_aside(source_id, error)

    async def _set_aside(self, source_id: UUID, error: Exception) -> None:
        """Keep an unforeseen failure with its source, and let it rest for a while."""
        async with self._database.work() as work:
            await sources.set_aside(work.session, source_id, problem_of(error), BROKEN_SECONDS)

    @asynccontextmanager
    async def _claimed(self, source_id: UUID) -> AsyncIterator[bool]:
        """Hold the source's lock on a connection of its own; False if another process does."""
        async with await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True
        ) as connection:
            cursor = await connection.execute(
                "SELECT pg_try_advisory_lock(%s, hashtext(%s))", (Lock.SOURCES, str(source_id))
            )
            row = await cursor.fetchone()
            yield bool(row and row[0])


def _wait_for_database(error: Exception) -> None:
    if not is_transient(error):
        raise error
    log.warning("waiting for the database", error=error_name(error))
