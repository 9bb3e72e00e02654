"""The rows of a stored upload, read again block by block; memory does not depend on its size."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import zstandard

from connectors_service.reading.limits import Limits
from connectors_service.reading.rows import rows_reader
from connectors_service.reading.structure import Block as Block
from connectors_service.reading.structure import Structure
from connectors_service.repository import uploads
from shared_utils.db import Database

CHUNK_CHARS = 8_000_000
"""The most text that one chunk holds, so that long rows don't fill the memory."""


@dataclass(frozen=True, slots=True)
class Source:
    """An upload and how it is read."""

    database: Database
    import_id: UUID
    structure: Structure
    limits: Limits

    async def blocks(self) -> AsyncIterator[Block]:
        """Yield all rows from the first; parsing leaves the event loop free."""
        reader = rows_reader(self.structure, self.limits)
        async for piece in self.pieces():
            yield await asyncio.to_thread(reader.feed, piece)
        yield await asyncio.to_thread(reader.finish)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the text that the rows stand in, as it is stored."""
        unpack = zstandard.ZstdDecompressor()
        for number in count(self.structure.first_piece):
            async with self.database.read() as session:
                body = await uploads.raw_chunk(session, self.import_id, number)
            if body is None:
                return
            yield await asyncio.to_thread(unpack.decompress, body)

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
