"""Takes an upload in: inspected, hashed, compressed and stored while it arrives."""

import asyncio
import hashlib
from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from itertools import count
from uuid import UUID

import zstandard

from connectors_service.callers import owner_of
from connectors_service.datasets.base import Dataset
from connectors_service.errors import LateOptionError, UploadRefusedError, UploadTooLargeError
from connectors_service.mapping.catalogue import known_headers
from connectors_service.reading.dialect import AS_IT_IS
from connectors_service.reading.inspection import Inspector
from connectors_service.reading.limits import Limits
from connectors_service.reading.overrides import Overrides
from connectors_service.reading.structure import Format, Structure
from connectors_service.receiving.checkpoint import checkpoint_of
from connectors_service.receiving.choosing import chosen_mapping, keep
from connectors_service.receiving.form import JsonBody, UploadForm, body_of
from connectors_service.receiving.options import asked_for
from connectors_service.receiving.preview import first_rows
from connectors_service.receiving.understanding import Sent, understood
from connectors_service.repository import imports, uploads
from connectors_service.repository.imports import Options
from connectors_service.repository.uploads import Received, Uploader
from shared_utils.correlation import current_id
from shared_utils.db import Database

PIECE_BYTES = 1024 * 1024
DRAIN_SECONDS = 30.0
Body = AsyncIterator[bytes]
Form = UploadForm | JsonBody


class FileIntake:
    """The bytes of one file: each full piece is inspected and comes back compressed."""

    def __init__(
        self,
        known: frozenset[str],
        limits: Limits,
        asked: Overrides = AS_IT_IS,
        most_rows: int | None = None,
    ) -> None:
        self.size = 0
        self.pieces = 0
        self.asked = asked
        self._limits = limits
        self._inspector = Inspector(known, limits, asked, most_rows)
        self._digest = hashlib.sha256()
        self._pack = zstandard.ZstdCompressor()

    def take(self, piece: bytes) -> bytes:
        """Inspect a piece and compress it; raises UploadRefusedError."""
        self.size += len(piece)
        self.pieces += 1
        if self.size > self._limits.max_bytes:
            raise UploadTooLargeError(self._limits.max_bytes)
        self._inspector.feed(piece)
        self._digest.update(piece)
        return self._pack.compress(piece)

    def finish(self) -> tuple[Structure, bytes]:
        """Inspect the end; return the structure and the SHA-256 of all bytes."""
        structure = self._inspector.finish()
        if structure.format is Format.XLSX:
            structure = replace(structure, first_piece=self.pieces)
        return structure, self._digest.digest()

    def converted(self) -> Iterator[bytes]:
        """Yield what later passes read instead of the file, compressed: a workbook's sheet."""
        return map(self._pack.compress, self._inspector.converted())

    def close(self) -> None:
        """Let go of what the inspection kept aside."""
        self._inspector.close()


class Intake:
    """Receives the files of one dataset."""

    def __init__(self, database: Database, limits: Limits, dataset: Dataset[object]) -> None:
        self._database = database
        self._limits = limits
        self._dataset = dataset

    async def receive(
        self, content_type: str, body: Body, query: Mapping[str, str], uploader: Uploader
    ) -> UUID:
        """Store an upload and return its import, which waits for a runner.

        Raises UploadRefusedError: then nothing of the upload is kept.
        """
        try:
            form = body_of(content_type)
            asked_for(query, {})
            async with self._database.work() as work:
                import_id = await uploads.open_upload(
                    work.session, self._dataset.name, uploader, current_id()
                )
            await self._receive(import_id, form, body, query, uploader)
        except UploadRefusedError:
            await _drain(body)
            raise
        return import_id

    async def _receive(
        self,
        import_id: UUID,
        form: Form,
        body: Body,
        query: Mapping[str, str],
        uploader: Uploader,
    ) -> None:
        intake: FileIntake | None = None
        try:
            async for piece in _pieces(form, body):
                intake = intake or self._intake(form, query)
                await self._store(import_id, intake.pieces, await to_thread(intake.take, piece))
            form.finish()
            intake = intake or self._intake(form, query)
            await self._accept(import_id, form, intake, query, uploader)
        except BaseException:
            async with self._database.work() as work:
                await uploads.forget_upload(work.session, import_id)
            raise
        finally:
            if intake is not None:
                intake.close()

    def _intake(self, form: Form, query: Mapping[str, str]) -> FileIntake:
        """Begin to read, by what the options say that stand before the file."""
        asked = asked_for(query, form.seen()).overrides
        most_rows = self._limits.max_json_rows if form.is_json else None
        return FileIntake(known_headers(self._dataset.name), self._limits, asked, most_rows)

    async def _store(self, import_id: UUID, number: int, packed: bytes) -> None:
        async with self._database.work() as work:
            await uploads.store_chunk(work.session, import_id, number, packed)

    async def _store_converted(self, import_id: UUID, intake: FileIntake, first: int) -> None:
        pieces = intake.converted()
        for number in count(first):
            packed = await to_thread(next, pieces, None)
            if packed is None:
                return
            await self._store(import_id, number, packed)

    async def _accept(
        self,
        import_id: UUID,
        form: Form,
        intake: FileIntake,
        query: Mapping[str, str],
        uploader: Uploader,
    ) -> None:
        asked = asked_for(query, form.options)
        if asked.overrides != intake.asked:
            raise LateOptionError
        structure, sha256 = await to_thread(intake.finish)
        await self._store_converted(import_id, intake, structure.first_piece)
        name, filename = self._dataset.name, form.filename or ""
        rows = await first_rows(self._database, import_id, structure)
        async with self._database.read() as session:
            chosen = await chosen_mapping(session, name, asked, uploader, sha256)
        sent = Sent(structure, filename, rows)
        found = await understood(self._dataset, chosen, asked, sent, owner_of(uploader))
        mapping = found.chosen.mapping
        options = Options(asked.dry_run, asked.program, mapping.name, mapping.version, asked.atomic)
        received = Received(filename, form.file_type, intake.size, sha256)
        async with self._database.work() as work:
            await uploads.close_upload(work.session, import_id, received)
            if not asked.dry_run:
                await keep(work.session, found.chosen, uploader)
            await imports.receive(
                work.session,
                import_id,
                options,
                sha256,
                {**checkpoint_of(structure), **found.checkpoint},
                found.preview,
            )


async def _pieces(form: Form, body: Body) -> AsyncIterator[bytes]:
    """Yield the file's bytes in pieces of a size worth storing."""
    waiting = bytearray()
    async for data in body:
        waiting += form.feed(data)
        while len(waiting) >= PIECE_BYTES:
            yield bytes(waiting[:PIECE_BYTES])
            del waiting[:PIECE_BYTES]
    if waiting:
        yield bytes(waiting)


async def _drain(body: Body) -> None:
    """Let the client finish sending for a while: one that still sends may not read the answer."""
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in body:
                pass
    except TimeoutError:
        return
