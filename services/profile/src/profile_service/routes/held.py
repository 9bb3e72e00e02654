"""What is held about a person: who looked at it, and all of it to take away."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from profile_service import profiles
from profile_service.export.exporting import exported
from profile_service.held.looking import shown_look
from profile_service.held.schemas import LookShape
from profile_service.repository import looks, persons
from shared_utils.auth import AdminOrSelf
from shared_utils.deps import Write
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, Page, next_cursor, place_of

router = APIRouter(tags=["profiles"])


@router.get("/profile/{person_id}/access-log")
async def list_looks(
    person_id: UUID,
    work: Write,
    caller: AdminOrSelf,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[LookShape]:
    """Who looked at the person, and which company was shown which figure made of their facts."""
    person = await profiles.known_person(work, person_id)
    await persons.log_access(work.session, person.person_id, caller, "access-log")
    after = place_of(cursor, datetime, str)
    found = await looks.looks_at(work.session, person.sources, after, limit + 1)
    names_staff = caller.role in profiles.STAFF
    return Page(
        items=[shown_look(one, names_staff=names_staff) for one in found[:limit]],
        next=next_cursor(found, limit, lambda one: (one.at, one.look_id)),
    )


@router.post("/profile/{person_id}/export")
async def export_profile(
    person_id: UUID, work: Write, caller: AdminOrSelf, request: Request
) -> StreamingResponse:
    """Everything that is held about the person, as one zip of JSON and CSV files."""
    person = await profiles.known_person(work, person_id)
    await persons.log_access(work.session, person.person_id, caller, "export")
    await persons.log_change(work.session, caller, "export", ("person", str(person.person_id)))
    return StreamingResponse(
        exported(request.app.state.database, person),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="waymark-{person.person_id}.zip"',
            "Cache-Control": "no-store",
        },
    )
