"""From a figure to what it was made of, as deep as the caller may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from profile_service import views
from profile_service.companies import CompanyFigures, Figuring
from profile_service.computing import Cell, inputs_of
from profile_service.errors import NoTraceError, UnknownMetricError
from profile_service.feeding import SCORED
from profile_service.impact.figures import volunteers
from profile_service.inputs import ALL_PROGRAMS, Input, Inputs, Window
from profile_service.metrics import NAMES
from profile_service.periods import Period
from profile_service.repository import figures as repository
from profile_service.repository import tracing
from profile_service.schemas import Pooled, Trace, TraceSource
from shared_utils.auth import Caller
from shared_utils.correlation import current_id
from shared_utils.paging import next_cursor


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list of inputs a page begins, and how long it is."""

    after: tuple[datetime, str, UUID] | None
    limit: int


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at a trace, and with what: the company's rows, and the service's own login."""

    caller: Caller
    session: AsyncSession
    own: AsyncSession
    figuring: Figuring
    program: str = ALL_PROGRAMS


async def for_admin(looking: Looking, asked: tuple[UUID, Period, str], place: Place) -> Trace:
    """The facts or scores behind a figure, oldest first, each with its file and row.

    Scores come with their sentences; whose words were shown is recorded.
    """
    company_id, period, metric = asked
    _check(metric)
    computed = await looking.figuring.computed(looking.session, company_id, period, looking.program)
    window = looking.figuring.window(company_id, period, looking.program)
    if metric in SCORED:
        trace = await _of_scores(looking, window, computed, metric, place)
    else:
        trace = await _of_facts(looking, window, computed, metric, place)
    if metric in {"sroi_ratio", "vis_score"} and place.after is None:
        return trace.model_copy(update=await _made_of(looking, window, computed, metric))
    return trace


async def for_company(
    session: AsyncSession,
    figuring: Figuring,
    asked: tuple[UUID, Period, str],
    program: str,
) -> Trace:
    """How many of the facts behind a shown figure came from which source, as it was released."""
    company_id, period, metric = asked
    _check(metric)
    shown = await figuring.released(session, company_id, period, program)
    if shown.named(metric).hidden:
        raise NoTraceError
    sources = shown.sources.get(metric) or {"items": []}
    items = [TraceSource(**one) for one in sources["items"]]
    pooled = sources.get("pooled")
    return _trace(shown, metric, items).model_copy(
        update={"pooled": Pooled(**pooled) if pooled else None}
    )


async def _of_facts(
    looking: Looking, window: Window, computed: CompanyFigures, metric: str, place: Place
) -> Trace:
    found = await repository.inputs(looking.session, window, metric, place.after, place.limit + 1)
    shown = found[: place.limit]
    files = await _files(looking, shown)
    following = next_cursor(
        found, place.limit, lambda one: (one.occurred_at, one.fact_type, one.fact_id)
    )
    items = [views.trace_input(one, files) for one in shown]
    return _trace(computed, metric, items).model_copy(update={"next": following})


async def _of_scores(
    looking: Looking, window: Window, computed: CompanyFigures, metric: str, place: Place
) -> Trace:
    found = await tracing.scores(
        looking.session, window, SCORED[metric], place.after, place.limit + 1
    )
    shown = found[: place.limit]
    files = await _files(looking, shown)
    sentences = await tracing.sentences(looking.own, [one.score_id for one in shown])
    await _record(looking, {one.participant_id for one in shown}, computed, metric)
    following = next_cursor(
        found, place.limit, lambda one: (one.occurred_at, one.dimension, one.score_id)
    )
    items = [views.trace_score(one, sentences.get(one.score_id, ()), files) for one in shown]
    return _trace(computed, metric, items).model_copy(update={"next": following})


async def _made_of(
    looking: Looking, window: Window, computed: CompanyFigures, metric: str
) -> dict[str, Any]:
    """What stands between figure and inputs: whom SROI counted at what cost, each VIS."""
    cell = Cell(computed.company_id, computed.period, window.program)
    inputs = await inputs_of(looking.session, cell, zone=looking.figuring.zone)
    if metric == "vis_score":
        return {"volunteers": views.trace_volunteers(volunteers(inputs))}
    days = {"first_day": cell.period.first_day, "next_day": cell.period.next_day}
    costs = await tracing.costs(looking.session, window, **days)
    files = await _files(looking, costs)
    return {
        "costs": [views.trace_cost(one, files) for one in costs],
        "outcomes": _positive(inputs),
    }


def _positive(inputs: Inputs) -> dict[str, list[UUID]]:
    """Whom each outcome's quantity counts."""
    return {
        name: sorted(UUID(who) for who, change in scored.changes if change.is_positive)
        for name, scored in inputs.scored.items()
    }


async def _record(
    looking: Looking, persons: Collection[UUID], computed: CompanyFigures, metric: str
) -> None:
    await tracing.log_looked(
        looking.own,
        persons,
        actor=looking.caller.subject,
        role=looking.caller.role,
        company=None,
        object=f"{computed.company_id} {computed.period.label} {metric}",
        correlation=current_id(),
    )


async def _files(
    looking: Looking, of: Sequence[Input | tracing.TracedScore | tracing.TracedCost]
) -> Any:
    return await repository.files_of(looking.own, {one.import_id for one in of if one.import_id})


def _check(metric: str) -> None:
    if metric not in NAMES:
        raise UnknownMetricError


def _trace(of: CompanyFigures, metric: str, items: Sequence[Any]) -> Trace:
    figure = views.figure(of.named(metric), views.trace_path(of, metric))
    return Trace(
        company_id=of.company_id,
        period=of.period.label,
        metric=metric,
        figure=figure,
        items=list(items),
        next=None,
    )
