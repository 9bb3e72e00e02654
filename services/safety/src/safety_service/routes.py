"""Requests in: screen texts, read the policy, look into the review queue."""

import asyncio
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from safety_service import repository
from safety_service.policy import Policy
from safety_service.schemas import (
    FindingOut,
    PolicyOut,
    ReviewOut,
    ReviewWithText,
    ScreenedText,
    ScreenIn,
    ScreenOut,
)
from safety_service.screening import redact, screen
from shared_utils.auth import AdminOrReviewer
from shared_utils.deps import Read, Write
from shared_utils.errors import NotFoundError
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, Page, next_cursor, place_of

router = APIRouter(prefix="/safety", tags=["safety"])


async def policy_in_force(request: Request) -> Policy:
    """Return the policy that the composition root loaded."""
    policy: Policy = request.app.state.policy
    return policy


ActivePolicy = Annotated[Policy, Depends(policy_in_force)]


@router.post("/screen")
async def screen_texts(body: ScreenIn, policy: ActivePolicy, caller: AdminOrReviewer) -> ScreenOut:
    """Screen texts by the policy in force; nothing is stored."""
    return await asyncio.to_thread(_screened, body, policy)


def _screened(body: ScreenIn, policy: Policy) -> ScreenOut:
    return ScreenOut(items=[_screened_text(item.text, policy) for item in body.texts])


def _screened_text(text: str, policy: Policy) -> ScreenedText:
    findings = screen(text, policy)
    return ScreenedText(
        flagged=bool(findings),
        findings=[FindingOut.model_validate(finding) for finding in findings],
        redacted=redact(text, findings),
    )


@router.get("/policy")
async def show_policy(policy: ActivePolicy, caller: AdminOrReviewer) -> PolicyOut:
    """Return the policy in force, without its terms."""
    return PolicyOut.model_validate(policy)


@router.get("/reviews")
async def list_reviews(
    session: Read,
    caller: AdminOrReviewer,
    state: Literal["open", "claimed", "decided"] | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ReviewOut]:
    """Return the review queue: the worst first, then the oldest."""
    after = place_of(cursor, int, datetime, UUID)
    found = await repository.reviews_after(session, state, after, limit + 1)
    items = [ReviewOut.model_validate(row) for row in found]
    return Page(items=items[:limit], next=next_cursor(items, limit, _place))


def _place(item: ReviewOut) -> tuple[int, datetime, UUID]:
    return item.severity, item.created_at, item.flag_id


@router.get("/reviews/{flag_id}")
async def show_review(flag_id: UUID, work: Write, caller: AdminOrReviewer) -> ReviewWithText:
    """Return a flag with its words; who looked is recorded."""
    found = await repository.review_by_id(work.session, flag_id)
    if found is None:
        raise NotFoundError
    await repository.record_look(work, caller, flag_id)
    return ReviewWithText.model_validate({**found, "text": found["body"]})
