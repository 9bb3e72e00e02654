"""Rewrites uploads and webhooks without a person's rows; digests of before and after are kept."""

import asyncio
import hashlib
from typing import Any

import zstandard
from psycopg import AsyncConnection

from connectors_service.erasing.mentions import NOBODY, Mentions
from connectors_service.erasing.rewriting import Rewriter
from connectors_service.reading.limits import UNLIMITED, Limits
from connectors_service.reading.structure import Dialect, Format, Structure
from connectors_service.receiving.checkpoint import structure_of
from connectors_service.repository import erased_files
from connectors_service.repository.erased_files import StoredBody, StoredFile

_JSON = Structure("utf-8", Dialect("", 0, (), quote=""), 0, Format.JSON)
EMPTY = b"{}"


class Packed:
    """Rewrites compressed pieces; each comes back as one that may be stored in its place."""

    def __init__(self, rewriter: Rewriter) -> None:
        self._rewriter = rewriter
        self._unpack = zstandard.ZstdDecompressor()
        self._pack = zstandard.ZstdCompressor()
        self._digest = hashlib.sha256()

    def rewritten(self, body: bytes, *, last: bool) -> bytes:
        """Return the piece without the person's rows; what is not settled comes with the next."""
        settled = self._rewriter.feed(self._unpack.decompress(body))
        if last:
            settled += self._rewriter.finish()
        self._digest.update(settled)
        return self._pack.compress(settled)

    @property
    def sha256(self) -> bytes:
        """The digest of all that came back."""
        return self._digest.digest()


async def rewrite_file(
    connection: AsyncConnection[Any], file: StoredFile, limits: Limits, mentions: Mentions
) -> int:
    """Blank the person's rows in an upload; say how many there were.

    Only text can be rewritten: of a workbook the sheet that was read stays, as text.
    """
    structure = structure_of(file.checkpoint)
    pieces = await erased_files.pieces_of(connection, file.import_id)
    text = [number for number in pieces if number >= structure.first_piece]
    rows = file.rows - {0}
    if not rows and not await _names_anybody(connection, file, structure, text, limits, mentions):
        return 0
    rewriter = Rewriter(structure, limits, rows, mentions)
    packed = Packed(rewriter)
    for number in text:
        body = await erased_files.piece(connection, file.import_id, number)
        is_last = number == text[-1]
        without = await asyncio.to_thread(packed.rewritten, body, last=is_last)
        await erased_files.replace_piece(connection, file.import_id, number, without)
    await erased_files.drop_pieces_before(connection, file.import_id, structure.first_piece)
    await erased_files.note_rewritten(connection, file, packed.sha256)
    return len(rewriter.blanked)


async def _names_anybody(
    connection: AsyncConnection[Any],
    file: StoredFile,
    structure: Structure,
    text: list[int],
    limits: Limits,
    mentions: Mentions,
) -> bool:
    rewriter = Rewriter(structure, limits, (), mentions)
    packed = Packed(rewriter)
    for number in text:
        body = await erased_files.piece(connection, file.import_id, number)
        await asyncio.to_thread(packed.rewritten, body, last=number == text[-1])
        if rewriter.blanked:
            return True
    return False


def body_without(found: StoredBody) -> bytes:
    """A webhook's body without the objects that are the person's."""
    rewriter = Rewriter(_JSON, UNLIMITED, {item + 1 for item in found.items}, NOBODY)
    return rewriter.feed(found.body) + rewriter.finish()
