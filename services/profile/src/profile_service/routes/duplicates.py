"""The queue of people who may be one: looked for, shown, decided."""

from uuid import UUID

from fastapi import APIRouter

from profile_service.duplicates import queue
from profile_service.duplicates.schemas import (
    Decision,
    DecisionAnswer,
    DuplicateShape,
    ScanShape,
    State,
)
from profile_service.merging.merges import Merging
from profile_service.repository import candidates
from profile_service.routes.parts import Projects, Scans
from shared_utils.auth import AdminOrCoordinator
from shared_utils.deps import Write
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, Page, next_cursor

router = APIRouter(tags=["duplicates"])


@router.get("/profile/duplicates")
async def list_duplicates(
    work: Write,
    caller: AdminOrCoordinator,
    state: State = "open",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[DuplicateShape]:
    """Pairs who may be one person, likeliest first, with what speaks for and against it."""
    rows = await candidates.page(work.session, state, queue.place(cursor), limit + 1)
    return Page(
        items=await queue.shown(work, caller, rows[:limit]),
        next=next_cursor(rows, limit, queue.key),
    )


@router.post("/profile/duplicates/scan", status_code=202)
async def start_scan(caller: AdminOrCoordinator, scanner: Scans) -> ScanShape:
    """Compare everybody with everybody; the queue is in line with it when it is done."""
    return scanner.request()


@router.get("/profile/duplicates/scan")
async def show_scan(caller: AdminOrCoordinator, scanner: Scans) -> ScanShape:
    """How the newest scan went."""
    return scanner.progress()


@router.post("/profile/duplicates/{duplicate_id}/decide")
async def decide_duplicate(
    duplicate_id: UUID,
    decision: Decision,
    work: Write,
    caller: AdminOrCoordinator,
    projector: Projects,
) -> DecisionAnswer:
    """Merge the two, or tell them apart: then they are not proposed again without news."""
    return await queue.decide(Merging(work, projector, caller), duplicate_id, decision)
