"""Tries rows again: judged, linked and written into the import that they came with."""

from contextlib import suppress
from uuid import UUID

from connectors_service.loading.hanging import Hanging, ParentArrivedError
from connectors_service.loading.job import Job
from connectors_service.loading.linking import Linker
from connectors_service.loading.writing import Writer
from connectors_service.replaying.rows import Batch
from connectors_service.repository import retries
from connectors_service.repository import undo as stored
from connectors_service.repository.imports import Counts
from shared_schema.tables.imports import Import
from shared_utils.db import Database
from shared_utils.hashing import KeyedHash
from shared_utils.work import Work


class LeftAloneError(Exception):
    """The import is being undone, or was: its rows are not tried again."""


class Retrier:
    """Writes rows of imports that are known already; who calls holds the import's claim."""

    def __init__(self, database: Database, keyed: KeyedHash) -> None:
        self._database = database
        self._keyed = keyed

    async def retry(self, found: Import, batch: Batch, replay: dict[str, object] | None) -> None:
        """Write what is good by now, and note why the rest is not; raises LeftAloneError.

        `replay` is the state of a replay that moves on with it.
        """
        done = False
        while not done:
            with suppress(ParentArrivedError):
                await self._retry(found, batch, replay)
                done = True

    async def _retry(self, found: Import, batch: Batch, replay: dict[str, object] | None) -> None:
        is_webhook = found.channel == "webhook"
        job = Job(
            found.import_id,
            batch.plan,
            False,
            found.company_id,
            found.correlation_id,
            holds=is_webhook,
        )
        async with self._database.work(correlation_id=found.correlation_id) as work:
            judged, linked = await Linker(self._keyed, job).link(work, batch.judged)
        async with self._database.work(correlation_id=found.correlation_id) as work:
            await _check_free(work, found.import_id)
            now = await Writer(self._keyed, job).write(work, judged, linked)
            hanging = Hanging(self._keyed, job)
            taken, held = [row.row for row in judged.accepted], hanging.waiting(judged)
            await retries.settle(await work.raw(), found.import_id, taken, judged.refused, held)
            was = Counts(**batch.was)
            await retries.move_counts(work.session, found.import_id, was, now)
            if replay is not None:
                await retries.note(work.session, found.import_id, replay)


async def _check_free(work: Work, import_id: UUID) -> None:
    found = await stored.locked(work.session, import_id)
    if found.undo is not None:
        raise LeftAloneError
