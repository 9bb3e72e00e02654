"""The rows of a stored upload, read again block by block; memory does not depend on its size."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import zstandard

from connectors_service.loading.survey import NumberedRecord
from connectors_service.reading.encoding import TextDecoder
from connectors_service.reading.inspection import Structure
from connectors_service.reading.limits import Limits
from connectors_service.reading.records import RecordReader
from connectors_service.repository import uploads
from shared_utils.db import Database

Block = list[NumberedRecord]
CHUNK_CHARS = 8_000_000
"""The most text that one chunk holds, so that long rows don't fill the memory."""


class StoredReader:
    """Turn stored pieces into numbered rows: without preamble, header and blank lines."""

    def __init__(self, structure: Structure, limits: Limits) -> None:
        self._header_row = structure.dialect.header_row
        self._decoder = TextDecoder(structure.encoding, was_checked=True)
        self._reader = RecordReader(structure.dialect.delimiter, limits)
        self._unpack = zstandard.ZstdDecompressor()

    def feed(self, body: bytes) -> Block:
        """Return the rows that the next compressed piece completes."""
        return self._rows(self._decoder.feed(self._unpack.decompress(body)), final=False)

    def finish(self) -> Block:
        """Return the last row, if no line end follows it."""
        return self._rows(self._decoder.feed(b"", final=True), final=True)

    def _rows(self, text: str, *, final: bool) -> Block:
        return [
            (self._reader.row, record)
            for record in self._reader.feed(text, final=final)
            if self._reader.row > self._header_row and any(record)
        ]


@dataclass(frozen=True, slots=True)
class Source:
    """An upload and how it is read."""

    database: Database
    import_id: UUID
    structure: Structure
    limits: Limits

    async def blocks(self) -> AsyncIterator[Block]:
        """Yield all rows from the first; parsing leaves the event loop free."""
        reader = StoredReader(self.structure, self.limits)
        for number in count():
            async with self.database.read() as session:
                body = await uploads.raw_chunk(session, self.import_id, number)
            if body is None:
                break
            yield await asyncio.to_thread(reader.feed, body)
        yield await asyncio.to_thread(reader.finish)

    async def chunks(self, size: int, first_row: int) -> AsyncIterator[Block]:
        """Yield rows from `first_row` on, `size` at a time, fewer where they are long."""
        waiting, chars = [], 0
        async for block in self.blocks():
            for row, record in block:
                if row < first_row:
                    continue
                waiting.append((row, record))
                chars += sum(map(len, record))
                if len(waiting) >= size or chars >= CHUNK_CHARS:
                    yield waiting
                    waiting, chars = [], 0
        if waiting:
            yield waiting
