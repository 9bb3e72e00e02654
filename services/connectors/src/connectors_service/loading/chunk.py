"""One chunk of rows into facts, texts, ledger, events and checkpoint: all of it or nothing."""

from contextlib import suppress
from typing import Any

from connectors_service.datasets.facts import Linked
from connectors_service.loading.hanging import Hanging, ParentArrivedError
from connectors_service.loading.job import Job
from connectors_service.loading.judging import Judged
from connectors_service.loading.linking import Linker
from connectors_service.loading.writing import Writer
from connectors_service.repository import imports, refusals
from connectors_service.repository.imports import Counts
from shared_utils.db import Database
from shared_utils.hashing import KeyedHash
from shared_utils.work import Work


class StoppedError(Exception):
    """The import is no longer running: someone cancelled it."""


class RehearsedError(Exception):
    """Ends a dry run's transaction without a trace, bringing out what it would have done."""

    def __init__(self, counts: Counts) -> None:
        super().__init__("rehearsed")
        self.counts = counts


class ChunkLoader:
    """Loads the chunks of one import, one after the other."""

    def __init__(self, database: Database, keyed: KeyedHash, job: Job, next_row: int) -> None:
        self._database = database
        self._job = job
        self._next_row = next_row
        self._hanging = Hanging(keyed, job)
        self._linker = Linker(keyed, job)
        self._writer = Writer(keyed, job)

    async def load(self, judged: Judged) -> Counts:
        """Load a chunk, or rehearse it; raises StoppedError, TakenOverError."""
        counts = None
        while counts is None:
            with suppress(ParentArrivedError):
                counts = await self._linked(judged)
        self._next_row = judged.next_row
        return counts

    async def _linked(self, judged: Judged) -> Counts:
        async with self._work() as work:
            judged, linked = await self._linker.link(work, judged)
        if self._job.dry_run:
            return await self._rehearse(judged, linked)
        async with self._work() as work:
            counts = await self._load(work, judged, linked)
            await self._record(work, judged, counts)
        return counts

    async def _rehearse(self, judged: Judged, linked: Linked) -> Counts:
        try:
            async with self._work() as work:
                raise RehearsedError(await self._load(work, judged, linked))
        except RehearsedError as rehearsed:
            counts = rehearsed.counts
        async with self._work() as work:
            await self._claim(work)
            await self._record(work, judged, counts)
        return counts

    def _work(self) -> Any:
        return self._database.work(correlation_id=self._job.correlation_id)

    async def _load(self, work: Work, judged: Judged, linked: Linked) -> Counts:
        await self._claim(work)
        return await self._writer.write(work, judged, linked)

    async def _claim(self, work: Work) -> None:
        if not await imports.is_running(work.session, self._job.import_id, self._next_row):
            raise StoppedError

    async def _record(self, work: Work, judged: Judged, counts: Counts) -> None:
        connection, import_id = await work.raw(), self._job.import_id
        await refusals.keep_refused(connection, import_id, judged.refused, judged.nth)
        await self._hanging.keep_waiting(connection, judged)
        await imports.advance(work.session, self._job.import_id, counts, judged.next_row)
