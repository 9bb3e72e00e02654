"""Long answers about an import: its progress as it happens, its refused rows as a file."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi.sse import format_sse_event

from connectors_service.access import Imports
from connectors_service.reading.records import Record
from connectors_service.receiving.checkpoint import structure_of
from connectors_service.repository import refusals
from connectors_service.schemas import ImportView
from connectors_service.views import csv_line, error_header, error_line, import_view
from shared_schema.tables.imports import Import

POLL_SECONDS = 0.25
QUIET_POLLS = 60
OVER = frozenset({"completed", "failed", "cancelled", "undone"})
BYTE_ORDER_MARK = "\ufeff"


async def progress(imports: Imports, import_id: UUID) -> AsyncIterator[bytes]:
    """Yield a server-sent event for each change of an import, until it is over."""
    shown, quiet = None, 0
    while True:
        view = import_view(await imports.get(import_id))
        if view != shown:
            shown, quiet = view, 0
            yield _event(view)
        if view.status in OVER:
            return
        quiet += 1
        if quiet % QUIET_POLLS == 0:
            yield b": still there\n\n"
        await asyncio.sleep(POLL_SECONDS)


def _event(view: ImportView) -> bytes:
    name = "end" if view.status in OVER else "progress"
    return format_sse_event(event=name, data_str=view.model_dump_json(exclude={"preview"}))


async def error_file(imports: Imports, found: Import) -> AsyncIterator[str]:
    """Yield the refused rows as CSV: each as it came, with its row number and its reasons."""
    headers: Record = list(structure_of(found.checkpoint).dialect.headers)
    yield BYTE_ORDER_MARK + csv_line(error_header(headers))
    async with imports.read() as session:
        async for refused in refusals.all_refused(session, found.import_id):
            yield csv_line(error_line(refused, len(headers)))
