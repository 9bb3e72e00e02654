"""Processes stored webhooks in the background: finds them, claims a shape, loads their rows."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from connectors_service.errors import TakenOverError
from connectors_service.loading.chunk import StoppedError
from connectors_service.repository import imports, webhook_imports, webhooks
from connectors_service.settings import Settings
from connectors_service.webhooks.counting import Keys
from connectors_service.webhooks.datasets import dataset_of
from connectors_service.webhooks.loading import WebhookLoader
from connectors_service.webhooks.payload import items_of, taken_apart
from connectors_service.webhooks.reading import Item
from connectors_service.webhooks.routing import route
from connectors_service.webhooks.shape import Shape, shapes
from event_contracts.imports import ImportCompleted
from shared_schema.tables.imports import Import
from shared_utils.consume.failures import is_transient
from shared_utils.correlation import correlated
from shared_utils.db import Database
from shared_utils.hashing import KeyedHash
from shared_utils.log import error_name, get_logger
from shared_utils.tasks import ended

log = get_logger(__name__)
POLL_SECONDS = 1.0
POLLS_A_CLOSING = 60
LONGEST_END_SECONDS = 10.0
COUNTS = ("read", "created", "updated", "unchanged", "refused", "held")


class WebhookWorker:
    """One of several processes: a shape's webhooks belong to whoever holds its advisory lock.

    Webhooks first become numbered rows of the day's import, then the rows are loaded, then the
    webhooks are marked. Each step is a transaction that sees what the one before it did, so that
    a crash between any two repeats nothing.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._loader = WebhookLoader(database, KeyedHash(settings.hmac_key))
        self._keys = Keys()
        self._woken = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Look for webhooks now."""
        self._woken.set()

    async def run(self) -> None:
        """Process webhooks until cancelled, but for the batch in hand, which is finished first."""
        polls = 0
        while True:
            await self._wholly(self._patiently(close_days=polls % POLLS_A_CLOSING == 0))
            polls += 1
            await self._pause()

    async def _wholly(self, step: Coroutine[Any, Any, None]) -> None:
        """Await a step; a cancellation lets it finish, so that no connection is cut off.

        Whoever cancels may do so again and again until this ends.
        """
        task = asyncio.create_task(step)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            self._stopping = True
            deadline = time.monotonic() + LONGEST_END_SECONDS
            while not task.done() and time.monotonic() < deadline:
                with suppress(asyncio.CancelledError):
                    await asyncio.wait({task}, timeout=1)
            await ended(task)
            raise

    async def _patiently(self, *, close_days: bool) -> None:
        try:
            await self.work_off()
            if close_days:
                await self.close_days()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("waiting for the database", error=error_name(error))

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
        except TimeoutError:
            return
        self._woken.clear()

    async def work_off(self) -> None:
        """Process what is waiting now."""
        async with self._database.read() as session:
            waiting = await webhooks.waiting_shapes(session)
        for shape in filter(None, map(shapes().get, waiting)):
            with correlated():
                while not self._stopping and await self._process(shape):
                    pass

    async def _process(self, shape: Shape) -> bool:
        """Process the oldest webhooks of a shape; tell whether there may be more of them."""
        async with self._database.read() as claim:
            if not await webhooks.is_claimed(claim, shape.name):
                return False
            async with self._database.work() as work:
                more = await route(work, shape)
            await self._load_all(shape)
            async with self._database.work() as work:
                await webhooks.mark_processed(work.session, shape.name)
            return more

    async def _load_all(self, shape: Shape) -> None:
        """Load every row that is waiting, import by import."""
        async with self._database.read() as session:
            waiting = await webhooks.imports_to_load(session, shape.name)
        for found in waiting:
            try:
                await self._load(shape, found)
            except StoppedError:
                await self._give_back(found)
            except TakenOverError:
                log.info("webhooks left", import_id=str(found.import_id))

    async def _load(self, shape: Shape, found: Import) -> None:
        async with self._database.read() as session:
            items = await self._items_from(session, shape, found, found.next_row)
            items = await self._counted(session, shape, found, items)
        await self._loader.load(found, items)

    async def _items_from(
        self, session: AsyncSession, shape: Shape, found: Import, first_row: int
    ) -> list[Item]:
        rows = await webhooks.rows_from(session, found.import_id, first_row)
        bodies = await webhooks.bodies_of(session, rows)
        objects = {key: items_of(shape, body.body) for key, body in bodies.items()}
        return [
            Item(
                row.row_no,
                taken_apart(shape, objects[row.source, row.webhook_id][row.item]),
                bodies[row.source, row.webhook_id].correlation_id,
            )
            for row in rows
        ]

    async def _counted(
        self, session: AsyncSession, shape: Shape, found: Import, items: list[Item]
    ) -> list[Item]:
        """Number rows with equal weak keys, those of the import that are loaded before them."""
        mapping = shape.mapping(str(found.mapping))
        if not dataset_of(mapping).weak:
            return items
        keys = self._keys.of(found, mapping)
        while keys.next_row < found.next_row:
            earlier = await self._items_from(session, shape, found, keys.next_row)
            keys.counted([item for item in earlier if item.row_no < found.next_row])
        return keys.counted(items)

    async def _give_back(self, found: Import) -> None:
        """Somebody ended the import: what it has not loaded goes to another one."""
        async with self._database.work() as work:
            current = await imports.present_import(work.session, found.import_id)
            await webhooks.give_back(work.session, current.import_id, current.next_row)

    async def close_days(self) -> None:
        """Complete the imports of days that are over, and say so."""
        async with self._database.read() as session:
            past = await webhook_imports.past_imports(session)
        for import_id in past:
            async with self._database.work() as work:
                done = await imports.finish(work.session, import_id, "completed")
                if done is not None:
                    work.publish(completed(done))


def completed(done: Import) -> ImportCompleted:
    """Return the word about a webhook import that takes no more rows."""
    counts = {name: getattr(done, f"rows_{name}") for name in COUNTS}
    return ImportCompleted(import_id=done.import_id, dataset=done.dataset, **counts)
