"""The import API: send a file, follow it, read what was refused, stop it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from connectors_service.access import Uploading, VisibleImports
from connectors_service.callers import sees_originals, uploader
from connectors_service.datasets.catalogue import dataset_named
from connectors_service.errors import NotCancellableError
from connectors_service.following import Followers
from connectors_service.reading import overrides
from connectors_service.receiving.preview import samples_of
from connectors_service.receiving.upload import Intake
from connectors_service.reporting.errorfile import csv_errors, pieces, xlsx_errors
from connectors_service.repository import imports as stored
from connectors_service.repository import refusals
from connectors_service.schemas import ImportList, ImportView, RowErrors
from connectors_service.views import import_view, row_errors
from shared_utils.deps import Write
from shared_utils.errors import ForbiddenError
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, next_cursor, place_of

router = APIRouter(tags=["imports"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _followers(request: Request) -> Followers:
    followers: Followers = request.app.state.followers
    return followers


OpenStreams = Annotated[Followers, Depends(_followers)]
OWN_LIMIT = 2**62
"""The upload keeps its own limit of bytes, so that the refusal names the setting."""

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "dry_run": {"type": "boolean"},
                        "mapping": {
                            "type": "string",
                            "description": "A name, name@version, or the YAML of a mapping "
                            "(also as a file): GET /v1/import/mappings/schema",
                        },
                        "confirm": {
                            "type": "string",
                            "format": "uuid",
                            "description": "The dry run of the same file whose mapping is meant",
                        },
                        "program": {"type": "string"},
                        "atomic": {"type": "string", "enum": ["all", "false"]},
                        **{name: {"type": "string"} for name in overrides.NAMES},
                    },
                }
            },
            "application/json": {
                "schema": {
                    "oneOf": [
                        {"type": "object"},
                        {"type": "array", "items": {"type": "object"}},
                    ]
                }
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}


@router.post("/import/{dataset}", status_code=202, max_body_size=OWN_LIMIT, openapi_extra=_FORM)
async def receive_file(
    dataset: str, request: Request, response: Response, caller: Uploading
) -> ImportView:
    """Take a file in; it is checked while it arrives and loaded in the background."""
    chosen = dataset_named(dataset)
    state = request.app.state
    sender = uploader(caller, chosen)
    intake = Intake(state.database, state.settings.limits, chosen)
    import_id = await intake.receive(
        request.headers.get("content-type", ""), request.stream(), request.query_params, sender
    )
    state.runner.wake()
    response.headers["Location"] = f"/v1/imports/{import_id}"
    async with state.database.read() as session:
        return import_view(await stored.present_import(session, import_id))


@router.get("/imports")
async def list_imports(
    imports: VisibleImports, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> ImportList:
    """List the imports that the caller may see, newest first."""
    before = place_of(cursor, UUID)
    async with imports.read() as session:
        rows = await stored.imports_before(
            session, imports.visible, before and before[0], limit + 1
        )
    return ImportList(
        items=[import_view(row) for row in rows[:limit]],
        next=next_cursor(rows, limit, lambda row: (row.import_id,)),
    )


@router.get("/imports/{import_id}")
async def show_import(import_id: UUID, imports: VisibleImports) -> ImportView:
    """Show an import and how far it is; a dry run with what it would do."""
    found = await imports.get(import_id)
    if found.dry_run and sees_originals(imports.caller, found):
        return import_view(found, await samples_of(imports.database, found))
    return import_view(found)


@router.get("/imports/{import_id}/errors")
async def list_errors(
    import_id: UUID, imports: VisibleImports, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> RowErrors:
    """List why rows were refused, in the order of the file; a page holds `limit` rows."""
    await imports.get(import_id)
    (last_row,) = place_of(cursor, int) or (0,)
    async with imports.read() as session:
        rows = await refusals.refused_after(session, import_id, last_row, limit + 1)
    return RowErrors(
        items=[error for row in rows[:limit] for error in row_errors(row)],
        next=next_cursor(rows, limit, lambda row: (row.row_no,)),
    )


@router.get("/imports/{import_id}/errors.csv", response_class=PlainTextResponse)
async def download_errors(import_id: UUID, imports: VisibleImports) -> Response:
    """Return the refused rows with a column of reasons; for the uploader and admins."""
    found = await imports.get(import_id)
    if not sees_originals(imports.caller, found):
        raise ForbiddenError("Only who sent the file, and admins, see what its rows hold.")
    return StreamingResponse(
        csv_errors(imports, found),
        headers=_attachment(f"{found.dataset}-errors.csv"),
        media_type="text/csv; charset=utf-8",
    )


@router.get("/imports/{import_id}/errors.xlsx", response_class=StreamingResponse)
async def download_error_workbook(import_id: UUID, imports: VisibleImports) -> Response:
    """Return the refused rows with a column of reasons as a workbook, no cell a formula."""
    found = await imports.get(import_id)
    if not sees_originals(imports.caller, found):
        raise ForbiddenError("Only who sent the file, and admins, see what its rows hold.")
    return StreamingResponse(
        pieces(await xlsx_errors(imports, found)),
        headers=_attachment(f"{found.dataset}-errors.xlsx"),
        media_type=XLSX,
    )


@router.get("/imports/{import_id}/progress", response_class=StreamingResponse)
async def follow_import(
    import_id: UUID, imports: VisibleImports, followers: OpenStreams
) -> Response:
    """Send an event for each change of an import, until it is over."""
    await imports.get(import_id)
    followers.check_room()
    return StreamingResponse(followers.progress(import_id), media_type="text/event-stream")


@router.post("/imports/{import_id}/cancel")
async def cancel_import(import_id: UUID, imports: VisibleImports, work: Write) -> ImportView:
    """Stop an import at its next chunk; what is loaded stays, and is told."""
    await imports.get(import_id)
    if not await stored.cancel(work.session, import_id):
        raise NotCancellableError
    return import_view(await stored.present_import(work.session, import_id))


def _attachment(filename: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{filename}"'}
