"""The refused rows as a file to mend and send again: as CSV, or as a workbook."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import IO

from connectors_service.access import Imports
from connectors_service.errors import TooManyErrorsError
from connectors_service.reading.records import Record
from connectors_service.receiving.checkpoint import structure_of
from connectors_service.reporting.xlsx import Sheet, SheetFullError, write_xlsx
from connectors_service.repository import refusals
from connectors_service.views import csv_line, error_header, error_line
from shared_schema.tables.imports import Import

BYTE_ORDER_MARK = "\ufeff"
IN_MEMORY = 4 * 1024**2
PIECE = 256 * 1024
Lines = AsyncIterator[list[str]]


async def _lines(visible: Imports, found: Import) -> Lines:
    """Yield the header, then each refused row as it came, with its number and its reasons."""
    headers: Record = list(structure_of(found.checkpoint).dialect.headers)
    yield error_header(headers)
    async with visible.read() as session:
        async for refused in refusals.all_refused(session, found.import_id):
            yield error_line(refused, len(headers))


async def csv_errors(visible: Imports, found: Import) -> AsyncIterator[str]:
    """Yield the file as CSV."""
    yield BYTE_ORDER_MARK
    async for line in _lines(visible, found):
        yield csv_line(line)


async def xlsx_errors(visible: Imports, found: Import) -> IO[bytes]:
    """Write the workbook, from memory to disk where it grows; the caller closes it.

    Raises TooManyErrorsError where a sheet can't hold the rows.
    """
    loop = asyncio.get_running_loop()
    lines = _lines(visible, found)
    target = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed when it was sent
    try:
        await asyncio.to_thread(write_xlsx, target, [Sheet("refused rows", _waited(loop, lines))])
    except SheetFullError as error:
        target.close()
        raise TooManyErrorsError from error
    target.seek(0)
    return target


def _waited(loop: asyncio.AbstractEventLoop, lines: Lines) -> Iterator[Sequence[str]]:
    """Yield, in a thread, what the loop's own iterator yields."""
    while line := asyncio.run_coroutine_threadsafe(_next(lines), loop).result():
        yield line


async def _next(lines: Lines) -> list[str] | None:
    return await anext(lines, None)


async def pieces(target: IO[bytes]) -> AsyncIterator[bytes]:
    """Yield a file's bytes, and close it."""
    with target:
        while piece := await asyncio.to_thread(target.read, PIECE):
            yield piece
