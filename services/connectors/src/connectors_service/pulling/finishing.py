"""The end of a pull: its pages become one upload, which the runner loads like any file."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from typing import Any

import zstandard

from connectors_service.datasets.catalogue import dataset_named
from connectors_service.errors import TakenOverError, UploadRefusedError
from connectors_service.mapping.catalogue import mapping_for
from connectors_service.mapping.model import Mapping
from connectors_service.mapping.plan import Plan, plan_for
from connectors_service.pulling.columns import Columns, Rows
from connectors_service.pulling.definition import Definition
from connectors_service.pulling.problems import problem_of
from connectors_service.pulling.schedule import due
from connectors_service.pulling.state import Cursor, Pull, cursor_of
from connectors_service.reading.limits import Limits
from connectors_service.reading.structure import Structure
from connectors_service.receiving.checkpoint import checkpoint_of
from connectors_service.receiving.preview import preview_of
from connectors_service.repository import imports, sources, uploads
from connectors_service.repository.imports import Options
from connectors_service.repository.uploads import Received
from event_contracts.imports import ImportCompleted
from shared_schema.tables.imports import Source
from shared_utils.db import Database
from shared_utils.work import Work

CONTENT_TYPE = "application/x-ndjson"


def mapping_named(dataset: str, reference: str | None) -> Mapping:
    """Return the mapping that a source names, `name` or `name@version`."""
    name, _, version = (reference or "").partition("@")
    return mapping_for(dataset, name or None, version or None)


def plan_of(source: Source, definition: Definition, structure: Structure) -> Plan:
    """Match a source's records with its mapping; raises UploadRefusedError."""
    mapping = mapping_named(source.dataset, definition.mapping)
    headers = structure.dialect.headers
    filename = f"{source.name}.ndjson"
    return plan_for(dataset_named(source.dataset), mapping, headers, filename, definition.program)


class Finisher:
    """Hands a pull that has all its pages to the runner."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits

    async def finish(self, source: Source, definition: Definition, pull: Pull) -> None:
        """End a pull; raises TakenOverError if it is no longer where the caller left it."""
        if not pull.stored:
            await self._end_empty(source, pull)
            return
        try:
            structure, digest = await self._converted(pull)
            plan = plan_of(source, definition, structure)
        except UploadRefusedError as problem:
            await self._refuse(source, pull, problem)
            return
        received = Received(f"{source.name}.ndjson", CONTENT_TYPE, pull.size, digest)
        async with self._database.work() as work:
            await self._leave(
                work,
                source,
                pull,
                replace(
                    cursor_of(source), pull=None, loading=pull.import_id, loading_seen=pull.seen
                ),
            )
            await uploads.close_upload(work.session, pull.import_id, received)
            await imports.receive(
                work.session,
                pull.import_id,
                Options(False, definition.program, plan.mapping.name, str(plan.mapping.version)),
                digest,
                checkpoint_of(structure),
                preview_of(structure, plan),
            )

    async def _converted(self, pull: Pull) -> tuple[Structure, bytes]:
        """Write the records under common columns behind the pages; a second time it starts over."""
        columns, digest = Columns(self._limits), hashlib.sha256()
        async for piece in self._pages(pull):
            digest.update(piece)
            await asyncio.to_thread(columns.add, piece)
        structure = columns.structure(first_piece=pull.stored)
        async with self._database.work() as work:
            await sources.forget_pieces(work.session, pull.import_id, pull.stored)
        rows, number = Rows(structure.dialect.headers), count(pull.stored)
        async for piece in self._pages(pull):
            packed = await asyncio.to_thread(_packed, rows, piece)
            async with self._database.work() as work:
                await uploads.store_chunk(work.session, pull.import_id, next(number), packed)
        return structure, digest.digest()

    async def _pages(self, pull: Pull) -> AsyncIterator[bytes]:
        unpack = zstandard.ZstdDecompressor()
        for number in range(pull.stored):
            async with self._database.read() as session:
                body = await uploads.raw_chunk(session, pull.import_id, number)
            if body is None:
                raise TakenOverError
            yield unpack.decompress(body)

    async def _end_empty(self, source: Source, pull: Pull) -> None:
        """A pull that found nothing leaves no import, unless someone asked for it and looks."""
        cursor = replace(cursor_of(source), pull=None, since=pull.seen)
        async with self._database.work() as work:
            await self._leave(work, source, pull, cursor, shows=pull.on_demand)
            if not pull.on_demand:
                await uploads.forget_upload(work.session, pull.import_id)
                return
            if done := await sources.end_pulled(work.session, pull.import_id, "completed"):
                work.publish(
                    ImportCompleted(
                        import_id=done.import_id,
                        dataset=done.dataset,
                        read=0,
                        created=0,
                        updated=0,
                        unchanged=0,
                        refused=0,
                        held=0,
                    )
                )

    async def _refuse(self, source: Source, pull: Pull, problem: UploadRefusedError) -> None:
        """The records don't fit the dataset: a mapping or `fields` must change first."""
        shown = problem_of(problem)
        cursor = replace(cursor_of(source), pull=None)
        async with self._database.work() as work:
            await self._leave(work, source, pull, cursor, problem=shown)
            await sources.end_pulled(work.session, pull.import_id, "failed", shown)

    async def _leave(
        self,
        work: Work,
        source: Source,
        pull: Pull,
        cursor: Cursor,
        *,
        problem: dict[str, Any] | None = None,
        shows: bool = True,
    ) -> None:
        session, now = work.session, await sources.present_time(work.session)
        if not await sources.move_pull(session, source.source_id, pull.as_json(), cursor.as_json()):
            raise TakenOverError
        await sources.show_problem(session, pull.import_id, None)
        values: dict[str, Any] = {
            "last_run_at": now,
            "last_problem": problem,
            "next_run_at": due(source, now),
        }
        if shows:
            values["last_import_id"] = pull.import_id
        await sources.change_source(session, source.source_id, values)


def _packed(rows: Rows, piece: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(rows.add(piece))
