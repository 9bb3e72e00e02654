"""Who a person is, what happened, and how to correct it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from profile_service import profiles, timelines
from profile_service.routes.parts import Keyed, Rules
from profile_service.schemas import Mapping, MappingAnswer, Profile, ProfileChange, TimelineItem
from shared_utils.auth import AdminOrCoordinator, AdminOrSelf
from shared_utils.deps import Write
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, Page, place_of

router = APIRouter(tags=["profiles"])

FactTypes = Annotated[str | None, Query(alias="type", max_length=40, examples=["kintell_session"])]
Identifier = Annotated[str, Query(min_length=1, max_length=320)]


@router.get("/profile", response_model_exclude_unset=True)
async def find_profile(
    provider: Identifier,
    external_id: Identifier,
    work: Write,
    caller: AdminOrCoordinator,
    rules: Rules,
) -> Profile:
    """The profile of the person whom an external id means; `email` is a provider like any other."""
    owner = await profiles.owner_of(work, provider, external_id)
    return await profiles.shown_profile(work, caller, owner, rules)


@router.post("/profile/mapping", status_code=201)
async def map_external_id(
    mapping: Mapping, work: Write, caller: AdminOrCoordinator, keyed: Keyed, response: Response
) -> MappingAnswer:
    """Link an external id to a person: 201, or 200 where it was linked; never moves one (409)."""
    answer = await profiles.map_external_id(work, caller, mapping, keyed)
    response.status_code = 201 if answer.created else 200
    return answer


@router.get("/profile/{person_id}", response_model_exclude_unset=True)
async def show_profile(person_id: UUID, work: Write, caller: AdminOrSelf, rules: Rules) -> Profile:
    """One person's profile; that it was looked at is recorded."""
    return await profiles.shown_profile(work, caller, person_id, rules)


@router.put("/profile/{person_id}", response_model_exclude_unset=True)
async def change_profile(
    person_id: UUID, change: ProfileChange, work: Write, caller: AdminOrCoordinator, rules: Rules
) -> Profile:
    """Set name, phone or flags by hand, with a reason that goes to the audit log."""
    return await profiles.change_profile(work, caller, person_id, change, rules)


@router.get("/profile/{person_id}/timeline", response_model_exclude_unset=True)
async def show_timeline(
    person_id: UUID,
    work: Write,
    caller: AdminOrSelf,
    only: FactTypes = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[TimelineItem]:
    """What happened to and by a person, newest first; staff see each fact's file and row."""
    after = place_of(cursor, datetime, str, UUID)
    return await timelines.page(work, caller, person_id, timelines.Place(after, limit, only))
