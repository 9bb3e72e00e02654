"""Lists what took the place of figures that were fixed, and why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from profile_service import views
from profile_service.repository import kept
from profile_service.schemas import RestatementShape
from shared_utils.paging import Page, next_cursor


@dataclass(frozen=True, slots=True)
class RestatementPlace:
    """Where a page begins, after which restatement, and how long it is."""

    after: tuple[datetime, str] | None
    limit: int


async def page(
    session: AsyncSession,
    company_id: UUID,
    period: str | None,
    place: RestatementPlace,
    *,
    is_admin: bool,
) -> Page[RestatementShape]:
    """Restatements of a company, newest first: all for admins, else those that were shown."""
    found = await kept.restatements(session, company_id, period=period, released=not is_admin)
    rest = [one for one in found if place.after is None or one.key < place.after]
    following = next_cursor(rest, place.limit, lambda one: one.key)
    items = [views.restatement(one, is_whole=is_admin) for one in rest[: place.limit]]
    return Page(items=items, next=following)
