"""The API of undo: what it would do, doing it, and what stayed."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from connectors_service.access import Imports, VisibleImports
from connectors_service.repository import left
from connectors_service.schemas import ImportView
from connectors_service.undoing.asking import ask_undo, check_undoable
from connectors_service.undoing.previewing import Previewer
from connectors_service.undoing.schemas import RowLeft, RowsLeft, UndoPreview
from connectors_service.undoing.wording import CSV_HEADER, Stay, csv_rows, row_left
from connectors_service.views import csv_line, import_view
from shared_schema.tables.imports import Import, UndoneFact
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, next_cursor, place_of

router = APIRouter(tags=["imports"])
WAIT_SECONDS = 2.0
POLL_SECONDS = 0.05
PAGE = 1000
BYTE_ORDER_MARK = "\ufeff"


@router.post("/imports/{import_id}/undo", status_code=202, response_model=None)
async def undo_import(
    import_id: UUID,
    request: Request,
    response: Response,
    imports: VisibleImports,
    preview: bool = False,
) -> ImportView | UndoPreview:
    """Take an import back, or say what that would do; a small one is over with the answer (200)."""
    state, found = request.app.state, await imports.get(import_id)
    check_undoable(found, state.settings.undo_keep_days)
    if preview:
        response.status_code = 200
        previewer = Previewer(state.database, state.settings.programme_time_zone)
        return await previewer.preview(found, imports.visible)
    async with state.database.work() as work:
        is_running = await ask_undo(work, found, imports.caller)
    if is_running:
        state.runner.wake()
    ended = await _ended(imports, import_id)
    if not is_being_undone(ended):
        response.status_code = 200
    return import_view(ended)


async def _ended(imports: Imports, import_id: UUID) -> Import:
    """Wait a moment for the end of an undo."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        found = await imports.get(import_id)
        if not is_being_undone(found) or time.monotonic() > deadline:
            return found
        await asyncio.sleep(POLL_SECONDS)


def is_being_undone(found: Import) -> bool:
    """Tell whether an undo is under way."""
    return (found.undo or {}).get("status") == "running"


@router.get("/imports/{import_id}/undo")
async def list_left(
    import_id: UUID, imports: VisibleImports, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> RowsLeft:
    """List what stayed of an undone import, in the order of the file, with the reason."""
    await imports.get(import_id)
    place = place_of(cursor, int, UUID)
    rows = await _page(imports, import_id, place, limit + 1)
    return RowsLeft(
        items=await _worded(imports, rows[:limit]),
        next=next_cursor(rows, limit, lambda row: (row.row_no, row.fact_id)),
    )


@router.get("/imports/{import_id}/undo.csv", response_class=PlainTextResponse)
async def download_left(import_id: UUID, imports: VisibleImports) -> Response:
    """Return what stayed of an undone import as a file."""
    await imports.get(import_id)
    return StreamingResponse(
        _file(imports, import_id),
        headers={"Content-Disposition": 'attachment; filename="undo.csv"'},
        media_type="text/csv; charset=utf-8",
    )


async def _file(imports: Imports, import_id: UUID) -> AsyncIterator[str]:
    yield BYTE_ORDER_MARK + csv_line(CSV_HEADER)
    place = None
    while rows := await _page(imports, import_id, place, PAGE):
        for line in csv_rows(await _worded(imports, rows)):
            yield csv_line(line)
        place = (rows[-1].row_no, rows[-1].fact_id)


async def _page(
    imports: Imports, import_id: UUID, place: tuple[int, UUID] | None, limit: int
) -> list[UndoneFact]:
    async with imports.read() as session:
        return list(await left.left_after(session, import_id, place, limit))


async def _worded(imports: Imports, rows: list[UndoneFact]) -> list[RowLeft]:
    async with imports.read() as session:
        who = await left.uploaders(session, {row.by_import for row in rows}, imports.visible)
    return [row_left(_stay(row), who) for row in rows]


def _stay(row: UndoneFact) -> Stay:
    return row.row_no, row.fact_type, row.fate, row.reason, row.by_import, row.changed_at
