"""Requests in: erasures, what they are waiting for, and their certificates."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from profile_service.erasing import ordering
from profile_service.erasing.errors import ReasonMissingError
from profile_service.erasing.schemas import ErasurePreview, ErasureShape, Reason, Reasoned
from profile_service.repository import erasing as repository
from profile_service.routes.parts import Keyed
from shared_utils.auth import Admin
from shared_utils.deps import Write
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, Page, next_cursor, place_of

router = APIRouter(tags=["erasures"])


@router.delete(
    "/profile/{person_id}",
    status_code=202,
    responses={200: {"model": ErasurePreview, "description": "With `preview`: what is held."}},
)
async def erase_person(
    person_id: UUID,
    work: Write,
    caller: Admin,
    keyed: Keyed,
    response: Response,
    preview: bool = False,
    reason: Annotated[Reason | None, Query()] = None,
    order: Reasoned | None = None,
) -> ErasureShape | ErasurePreview:
    """Erase a person everywhere, with a certificate; with `preview` only say what is held."""
    if preview:
        response.status_code = 200
        return await ordering.previewed(work, person_id)
    why = order.reason if order else reason
    if why is None:
        raise ReasonMissingError
    return await ordering.erase(work, caller, person_id, why, keyed)


@router.get("/profile/erasures")
async def list_erasures(
    work: Write, caller: Admin, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[ErasureShape]:
    """Erasures, the newest first."""
    after = place_of(cursor, UUID)
    found = await repository.erasures_before(work.session, after[0] if after else None, limit + 1)
    return Page(
        items=[await ordering.shown(work, one) for one in found[:limit]],
        next=next_cursor(found, limit, lambda one: (one,)),
    )


@router.get("/profile/erasures/{erasure_id}")
async def show_erasure(erasure_id: UUID, work: Write, caller: Admin) -> ErasureShape:
    """How far an erasure is, and in the end its signed certificate."""
    return await ordering.shown(work, erasure_id)


@router.post("/profile/erasures/{erasure_id}/lift")
async def lift_erasure(
    erasure_id: UUID, order: Reasoned, work: Write, caller: Admin
) -> ErasureShape:
    """Let the erased identifiers be imported again; what was erased stays erased."""
    return await ordering.lift(work, caller, erasure_id, order.reason)
