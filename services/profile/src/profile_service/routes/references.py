"""The dated reference values behind SROI, for admins."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from profile_service.companies import Figuring
from profile_service.errors import UnknownReferenceError
from profile_service.impact.sroi import Kind
from profile_service.references import keeping
from profile_service.references.shapes import NewReference, ReferenceChange, ReferenceShape
from profile_service.repository import marks
from profile_service.repository import references as repository
from profile_service.repository.references import Kept
from profile_service.restating.cause import Cause
from profile_service.routes.parts import Figures
from shared_utils.auth import Admin
from shared_utils.deps import Read, Write
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, Page, next_cursor, place_of
from shared_utils.work import Work

router = APIRouter(tags=["reference data"])


@router.get("/reference-data")
async def list_references(
    caller: Admin,
    session: Read,
    kind: Kind | None = None,
    key: Annotated[str | None, Query(max_length=60)] = None,
    on: date | None = None,
    *,
    history: bool = False,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ReferenceShape]:
    """The values in force or to come; with `on` those of a day, with `history` every version."""
    place = place_of(cursor, UUID)
    rows = await repository.listed(
        session,
        kind=kind,
        key=key,
        on_day=on,
        history=history,
        after=place[0] if place else None,
        limit=limit + 1,
    )
    return Page(
        items=[_shape(row) for row in rows[:limit]],
        next=next_cursor(rows, limit, lambda row: (row.reference_id,)),
    )


@router.post("/reference-data", status_code=201)
async def enter_reference(
    new: NewReference, work: Write, caller: Admin, figuring: Figures
) -> ReferenceShape:
    """Enter a value with its source; days that another holds are refused (409)."""
    return await _restating(work, figuring, await keeping.enter(work, caller, new))


@router.get("/reference-data/{reference_id}")
async def show_reference(reference_id: UUID, session: Read, caller: Admin) -> ReferenceShape:
    """One version of a value."""
    found = await repository.by_id(session, reference_id)
    if found is None:
        raise UnknownReferenceError
    return _shape(found)


@router.put("/reference-data/{reference_id}")
async def change_reference(
    reference_id: UUID, changed: ReferenceChange, work: Write, caller: Admin, figuring: Figures
) -> ReferenceShape:
    """Say a value anew: a version more, under an id of its own; the same again changes nothing."""
    return await _restating(
        work, figuring, await keeping.change(work, caller, reference_id, changed)
    )


@router.delete("/reference-data/{reference_id}")
async def end_reference(
    reference_id: UUID, work: Write, caller: Admin, figuring: Figures
) -> ReferenceShape:
    """End a value today; what it held for stays as it was."""
    today = datetime.now(UTC).astimezone(figuring.zone).date()
    return await _restating(work, figuring, await keeping.end(work, caller, reference_id, today))


async def _restating(work: Work, figuring: Figuring, kept: Kept) -> ReferenceShape:
    """Have every company's figures looked at again from the value's first day on."""
    cause = Cause("reference_data_changed")
    await marks.mark_companies(work.session, None, kept.valid_from, figuring.zone, cause)
    return _shape(kept)


def _shape(kept: Kept) -> ReferenceShape:
    return ReferenceShape.model_validate(kept, from_attributes=True)
