"""Runs received imports in the background: finds them, claims them, never two at one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

import psycopg

from connectors_service.datasets.catalogue import awaited_tables
from connectors_service.loading.running import Importer
from connectors_service.replaying.replayer import Replayer
from connectors_service.repository import images, imports, parents, uploads
from connectors_service.settings import Settings
from connectors_service.undoing.undoer import Undoer
from shared_schema.locks import Lock
from shared_utils.consume.failures import is_transient
from shared_utils.correlation import correlated
from shared_utils.db import Database, connection_string
from shared_utils.hashing import KeyedHash
from shared_utils.log import error_name, get_logger

log = get_logger(__name__)
AT_ONCE = 2
POLL_SECONDS = 1.0
CLEAN_EVERY_SECONDS = 3600.0
T = TypeVar("T")


class Runner:
    """Takes imports that wait, oldest first, two at a time; other processes may do the same.

    An import belongs to whoever holds its advisory lock; a crash frees it, and the next one goes
    on at the chunk.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._importer = Importer(database, settings)
        self._undoer = Undoer(database)
        keyed = KeyedHash(settings.hmac_key)
        self._replayer = Replayer(database, keyed, settings.import_chunk_rows)
        self._woken = asyncio.Event()
        self._running: dict[UUID, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Look for imports now."""
        self._woken.set()

    async def run(self) -> None:
        """Take imports until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._clean())
            while True:
                await _patiently(self._start_waiting(tasks))
                await self._pause()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
        except TimeoutError:
            return
        self._woken.clear()

    async def _start_waiting(self, tasks: asyncio.TaskGroup) -> None:
        async with self._database.read() as session:
            waiting = await imports.open_imports(session)
        for import_id in waiting:
            if len(self._running) < AT_ONCE and import_id not in self._running:
                task = tasks.create_task(self._take(import_id), name=f"import {import_id}")
                self._running[import_id] = task

    async def _take(self, import_id: UUID) -> None:
        try:
            has_run = await _patiently(self._run(import_id))
        finally:
            del self._running[import_id]
        if has_run:
            self.wake()

    async def _run(self, import_id: UUID) -> bool:
        """Run an import unless another process does."""
        async with self._claimed(import_id) as is_mine:
            if is_mine:
                with correlated():
                    await self._importer.run(import_id)
                    await self._undoer.run(import_id)
                    await self._replayer.run(import_id)
            return is_mine

    @asynccontextmanager
    async def _claimed(self, import_id: UUID) -> AsyncIterator[bool]:
        """Hold the import's lock on a connection of its own; False if another process does."""
        conninfo = connection_string(self._settings.database_url, self._settings.service)
        async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
            cursor = await connection.execute(
                "SELECT pg_try_advisory_lock(%s, hashtext(%s))", (Lock.IMPORTS, str(import_id))
            )
            row = await cursor.fetchone()
            yield bool(row and row[0])

    async def _clean(self) -> None:
        while True:
            await _patiently(self._tidy_up())
            await asyncio.sleep(CLEAN_EVERY_SECONDS)

    async def _tidy_up(self) -> None:
        """Forget what is old, and find rows that wait though what they wait for is there."""
        async with self._database.work() as work:
            connection = await work.raw()
            if await parents.anyone_waits(connection):
                for table in awaited_tables():
                    await parents.let_go_of_present(connection, table)
            if old := await images.forget_old_images(work.session, self._settings.undo_keep_days):
                log.info("forgot old images", images=old)
            if forgotten := await uploads.forget_abandoned(work.session):
                log.info("forgot abandoned uploads", uploads=forgotten)


async def _patiently(step: Awaitable[T]) -> T | None:
    """Await a step; while the database is away it is left for the next time."""
    try:
        return await step
    except Exception as error:
        if not is_transient(error):
            raise
        log.warning("waiting for the database", error=error_name(error))
        return None
