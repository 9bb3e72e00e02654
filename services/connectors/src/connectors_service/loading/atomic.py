"""A file loaded whole or not at all: one transaction over all its chunks."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import fields

from connectors_service.errors import RefusedWholeError
from connectors_service.loading.chunk import StoppedError
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


class AtomicLoader:
    """Loads all chunks in one work; a crash leaves nothing, and the next runner starts over.

    Refused rows are kept beside it, in works of their own, so that they can be listed when the
    file is refused. Memory is that of one chunk.
    """

    def __init__(self, database: Database, keyed: KeyedHash, job: Job) -> None:
        self._database = database
        self._job = job
        self._hanging = Hanging(keyed, job)
        self._linker = Linker(keyed, job)
        self._writer = Writer(keyed, job)

    async def load(self, work: Work, chunks: AsyncIterator[Judged]) -> None:
        """Write all chunks.

        Raises RefusedWholeError if a row was refused, and StoppedError if someone cancelled the
        import: then the work is to be given up.
        """
        await self._begin()
        total, next_row = Counts(), 0
        async for judged in chunks:
            total, next_row = _sum(total, await self._load(work, judged)), judged.next_row
        if total.refused:
            raise RefusedWholeError(total.refused, total.read)
        if not await imports.is_running(work.session, self._job.import_id, 0):
            raise StoppedError
        await imports.advance(work.session, self._job.import_id, total, next_row)

    async def _begin(self) -> None:
        """Forget the refusals of a run that a crash ended."""
        async with self._database.work() as aside:
            await refusals.forget(aside.session, self._job.import_id)

    async def _load(self, work: Work, judged: Judged) -> Counts:
        await self._check_wanted()
        judged, counts = await self._written(work, judged)
        await work.write_outbox()
        async with self._database.work() as aside:
            refused, nth = judged.refused, judged.nth
            await refusals.keep_refused(await aside.raw(), self._job.import_id, refused, nth)
        await self._hanging.keep_waiting(await work.raw(), judged)
        return counts

    async def _written(self, work: Work, judged: Judged) -> tuple[Judged, Counts]:
        while True:
            linked_rows, linked = await self._linker.link(work, judged)
            with suppress(ParentArrivedError):
                return linked_rows, await self._writer.write(work, linked_rows, linked)

    async def _check_wanted(self) -> None:
        async with self._database.read() as session:
            found = await imports.present_import(session, self._job.import_id)
        if found.status != "running":
            raise StoppedError


def _sum(one: Counts, other: Counts) -> Counts:
    names = [field.name for field in fields(Counts)]
    return Counts(**{name: getattr(one, name) + getattr(other, name) for name in names})
