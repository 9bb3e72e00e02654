"""Reads the inputs of a company's figures from the facts, and the facts behind one figure."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.feeding import BEFORE, FEEDS, SCORED
from profile_service.impact.spending import Cost
from profile_service.impact.vis import Deeds
from profile_service.inputs import Counted, Input, Kind, People, Window
from profile_service.pooling import Source
from profile_service.repository import tracing
from profile_service.repository.counted import COUNTED, TALLIED
from profile_service.schemas import SourceFile
from profile_service.setdigest import SetDigest
from profile_service.statistics import Cluster

_BEHIND = """
    SELECT {columns}
    FROM ({counted}) c
    LEFT JOIN program.canonical_persons p ON p.source_id = c.participant_id
    WHERE c.feeds & :bits > 0 {more}
"""
_PARTICIPANTS = "count(DISTINCT coalesce(p.canonical_id, c.participant_id))"


def _behind(columns: str, more: str = "") -> TextClause:
    return text(_BEHIND.format(columns=columns, counted=COUNTED, more=more))


_SOURCES = _behind(f"c.import_id, count(*), {_PARTICIPANTS}", "GROUP BY c.import_id")

_PEOPLE = _behind(
    _PARTICIPANTS,
    "AND (c.import_id = ANY(CAST(:imports AS uuid[])) OR (:elsewhere AND c.import_id IS NULL))",
)

_INPUTS = _behind(
    "c.fact_type, c.fact_id, c.occurred_at, c.own, c.sponsor, c.import_id, c.row_no,"
    " c.mapping_version",
    """
        AND (CAST(:at AS timestamptz) IS NULL
            OR (c.occurred_at, c.fact_type, c.fact_id)
                > (CAST(:at AS timestamptz), CAST(:type AS text), CAST(:fact AS uuid)))
    ORDER BY c.occurred_at, c.fact_type, c.fact_id LIMIT :limit
    """,
)

_COSTS = text("""
    SELECT program, period, starts_on, ends_on, cash, in_kind, currency
    FROM program.program_costs
    WHERE company_id = :company AND :program IN ('all', program)
        AND starts_on < CAST(:next_day AS date) AND ends_on > CAST(:first_day AS date)
    ORDER BY program, starts_on, period
""")

_COUNTRY = text("SELECT country FROM program.companies WHERE company_id = :company")

_FILES = text("""
    SELECT i.import_id, i.dataset, u.filename, encode(coalesce(i.sha256, u.sha256), 'hex')
    FROM ops.imports i LEFT JOIN pii.raw_uploads u ON u.import_id = i.import_id
    WHERE i.import_id = ANY(CAST(:imports AS uuid[]))
""")


async def counted(session: AsyncSession, window: Window, *, with_pairs: bool) -> Counted:
    """A cell's facts by what they feed; with pairs also who of the company's met whom."""
    bound = window.bound | {"with_pairs": with_pairs}
    found = (await session.execute(TALLIED, bound)).one()
    kinds, participants, volunteers, ratings, deeds, met = (part or () for part in found)
    return Counted(
        kinds=[_kind(*one) for one in kinds],
        participants=[People(*one) for one in participants],
        volunteers=[People(*one) for one in volunteers],
        ratings=sorted(Cluster(total, count) for total, count in ratings),
        deeds={volunteer: Deeds(*numbers) for volunteer, *numbers in deeds},
        met=_met(met),
    )


def _kind(
    feeds: int, program: str, facts: int, minutes: int | None, timed: int, *lanes: str
) -> Kind:
    return Kind(feeds, program, facts, minutes or 0, timed, SetDigest.of(map(int, lanes)))


def _met(pairs: Sequence[Sequence[Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for volunteer, participant in pairs:
        if volunteer and participant:
            found.setdefault(volunteer, []).append(participant)
    return found


async def costs(
    session: AsyncSession, window: Window, first_day: date, next_day: date
) -> list[Cost]:
    """The costs whose days touch [first_day, next_day)."""
    bound = window.bound | {"first_day": first_day, "next_day": next_day}
    return [Cost(*row) for row in await session.execute(_COSTS, bound)]


async def country(session: AsyncSession, company_id: UUID) -> str | None:
    """Where the company is, whose values its people's time is counted at."""
    found: str | None = (await session.execute(_COUNTRY, {"company": company_id})).scalar()
    return found


async def sources(session: AsyncSession, window: Window, metric: str) -> list[Source]:
    """The imports behind a figure with their facts, or scores, and distinct participants."""
    if dimensions := SCORED.get(metric):
        return await tracing.sources(session, window, dimensions)
    return [Source(*row) for row in await session.execute(_SOURCES, _bound(window, metric))]


async def people_of_sources(
    session: AsyncSession, window: Window, metric: str, pooled: Sequence[Source]
) -> int:
    """The distinct participants behind a figure that come from these imports together."""
    if dimensions := SCORED.get(metric):
        return await tracing.people_of_sources(session, window, dimensions, pooled)
    bound = _bound(window, metric) | {
        "imports": [one.import_id for one in pooled if one.import_id],
        "elsewhere": any(one.import_id is None for one in pooled),
    }
    return int((await session.execute(_PEOPLE, bound)).scalar_one())


async def inputs(
    session: AsyncSession,
    window: Window,
    metric: str,
    after: tuple[datetime, str, UUID] | None,
    limit: int,
) -> list[Input]:
    """The facts behind a figure, oldest first, from after the given one on."""
    at, fact_type, fact_id = after or (None, None, None)
    place = {"at": at, "type": fact_type, "fact": fact_id, "limit": limit}
    found = await session.execute(_INPUTS, _bound(window, metric) | place)
    return [Input(*row) for row in found]


def _bound(window: Window, metric: str) -> dict[str, object]:
    """What binds the facts behind a figure; only retention looks at the period before."""
    bits = FEEDS.get(metric, 0)
    bound = window.bound | {"bits": bits}
    return bound if bits & BEFORE else bound | {"since": window.start}


async def files_of(session: AsyncSession, imports: Collection[UUID]) -> dict[UUID, SourceFile]:
    """The files of these imports; needs the worker's login."""
    found = await session.execute(_FILES, {"imports": list(imports)})
    return {
        import_id: SourceFile(dataset=dataset, name=name, sha256=sha256)
        for import_id, dataset, name, sha256 in found
    }
