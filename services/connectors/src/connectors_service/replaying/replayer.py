"""Replays imports and lets held rows go, in the background; after any crash it goes on."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from connectors_service.receiving.choosing import mapping_called
from connectors_service.replaying.retrying import LeftAloneError, Retrier
from connectors_service.replaying.rows import Again, Kept
from connectors_service.repository import imports, reports, retries, uploads
from event_contracts.imports import ImportCompleted
from shared_schema.tables.imports import Import
from shared_utils.db import Database
from shared_utils.hashing import KeyedHash
from shared_utils.log import get_logger

log = get_logger(__name__)


class Replayer:
    """Tries rows of an import again: all refused ones when asked, held ones when they may go."""

    def __init__(self, database: Database, keyed: KeyedHash, at_once: int) -> None:
        self._database = database
        self._retrier = Retrier(database, keyed)
        self._at_once = at_once

    async def run(self, import_id: UUID) -> None:
        """Do what there is to do for an import."""
        try:
            await self._replay(import_id)
            await self._release(import_id)
        except LeftAloneError:
            log.info("rows left alone", import_id=str(import_id))

    async def _replay(self, import_id: UUID) -> None:
        while True:
            found = await self._found(import_id)
            replay = dict(found.replay or {})
            if replay.get("status") != "running":
                return
            async with self._database.work() as work:
                connection = await work.raw()
                rows = await retries.refused_page(
                    connection, import_id, replay["row"], self._at_once
                )
            if not rows:
                await self._finish(found, replay)
                return
            await self._retry(found, rows, replay["mapping"], replay["version"], replay)

    async def _release(self, import_id: UUID) -> None:
        while True:
            async with self._database.work() as work:
                rows = await retries.ready_page(await work.raw(), import_id, self._at_once)
            if not rows:
                return
            found = await self._found(import_id)
            await self._retry(found, rows, found.mapping, found.mapping_version, None)
            log.info("held rows tried", import_id=str(import_id), rows=len(rows))

    async def _retry(
        self,
        found: Import,
        rows: list[Kept],
        mapping: str | None,
        version: str | None,
        replay: dict[str, Any] | None,
    ) -> None:
        async with self._database.work() as work:
            read = await mapping_called(work.session, found, mapping, version)
            filename = await uploads.filename_of(work.session, found.import_id)
            chunk_no = await retries.free_chunk(await work.raw(), found.import_id)
        for batch in Again(found, read, filename).batches(rows, chunk_no):
            if replay is not None:
                replay = replay | {
                    "row": batch.rows[-1].row,
                    "tried": replay["tried"] + len(batch.rows),
                }
            await self._retrier.retry(found, batch, replay)

    async def _finish(self, found: Import, replay: dict[str, Any]) -> None:
        done = {"status": "done", "finished_at": datetime.now(UTC).isoformat()}
        async with self._database.work(correlation_id=found.correlation_id) as work:
            await retries.note(work.session, found.import_id, replay | done)
            await reports.keep_error_counts(await work.raw(), found.import_id)
            work.publish(_completed(found))
        log.info("import replayed", import_id=str(found.import_id))

    async def _found(self, import_id: UUID) -> Import:
        async with self._database.read() as session:
            return await imports.present_import(session, import_id)


def _completed(found: Import) -> ImportCompleted:
    return ImportCompleted(
        import_id=found.import_id,
        dataset=found.dataset,
        read=found.rows_read,
        created=found.rows_created,
        updated=found.rows_updated,
        unchanged=found.rows_unchanged,
        refused=found.rows_refused,
        held=found.rows_held,
    )
