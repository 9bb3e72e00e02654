"""From a figure to what it was made of, as deep as the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from profile_service import views
from profile_service.companies import CompanyFigures, Figuring
from profile_service.errors import NoTraceError, UnknownMetricError
from profile_service.inputs import Window
from profile_service.metrics import NAMES
from profile_service.periods import Period
from profile_service.pooling import Source, pool_one_more, split_small
from profile_service.repository import figures as repository
from profile_service.schemas import Pooled, Trace, TraceInput, TraceSource
from shared_utils.paging import next_cursor


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list of inputs a page begins, and how long it is."""

    after: tuple[datetime, str, UUID] | None
    limit: int


async def for_admin(
    session: AsyncSession,
    files: AsyncSession,
    figuring: Figuring,
    asked: tuple[UUID, Period, str],
    place: Place,
) -> Trace:
    """The facts behind a figure, oldest first, each with its file and row."""
    company_id, period, metric = asked
    if metric not in NAMES:
        raise UnknownMetricError
    computed = await figuring.computed(session, company_id, period)
    window = figuring.window(company_id, period)
    found = await repository.inputs(session, window, metric, place.after, place.limit + 1)
    shown = found[: place.limit]
    known = await repository.files_of(files, {one.import_id for one in shown if one.import_id})
    following = next_cursor(
        found, place.limit, lambda one: (one.occurred_at, one.fact_type, one.fact_id)
    )
    items = [views.trace_input(one, known) for one in shown]
    return _trace(computed, metric, items).model_copy(update={"next": following})


async def for_company(
    session: AsyncSession, figuring: Figuring, company_id: UUID, period: Period, metric: str
) -> Trace:
    """How many of the facts behind a shown figure came from which source, small ones pooled."""
    if metric not in NAMES:
        raise UnknownMetricError
    shown = await figuring.released(session, company_id, period)
    if shown.named(metric).hidden:
        raise NoTraceError
    window = figuring.window(company_id, period)
    large, small = await _sources(session, window, metric, figuring.smallest_group)
    items = [TraceSource(import_id=one.import_id, facts=one.facts) for one in large]
    pooled = Pooled(sources=len(small), facts=sum(one.facts for one in small)) if small else None
    return _trace(shown, metric, items).model_copy(update={"pooled": pooled})


async def _sources(
    session: AsyncSession, window: Window, metric: str, smallest: int
) -> tuple[list[Source], list[Source]]:
    large, small = split_small(await repository.sources(session, window, metric), smallest)
    if small:
        together = await repository.people_of_sources(session, window, metric, small)
        if together < smallest:
            return pool_one_more(large, small)
    return large, small


def _trace(
    of: CompanyFigures, metric: str, items: Sequence[TraceInput] | Sequence[TraceSource]
) -> Trace:
    figure = views.figure(of.named(metric), views.trace_path(of, metric))
    return Trace(
        company_id=of.company_id,
        period=of.period.label,
        metric=metric,
        figure=figure,
        items=list(items),
        next=None,
    )
