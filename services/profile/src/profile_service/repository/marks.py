"""Notes which months of which companies went stale, and takes the notes up again.

Notes are only added and only deleted, so that writers never wait for one another.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.repository.arrays import array
from profile_service.restating.cause import Cause

Touched = Collection[tuple[UUID, datetime]]
"""Companies, each with the time of a fact that counts or counted for it."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A month of a company whose facts changed, and the first cause of it."""

    month: date
    cause: Cause


_MARK = text("""
    INSERT INTO insight.stale_months (company_id, month, event_type, event_id)
    SELECT company_id, month, CAST(:event_type AS text), CAST(:event_id AS uuid)
    FROM unnest(CAST(:companies AS uuid[]), CAST(:months AS date[])) AS t (company_id, month)
""")

_NOTE = """
    INSERT INTO insight.stale_months (company_id, month, event_type, event_id)
    SELECT DISTINCT a.company_id,
        CAST(date_trunc('month', a.occurred_at AT TIME ZONE CAST(:zone AS text)) AS date),
        CAST(:event_type AS text), CAST(:event_id AS uuid)
"""

_MARK_FACTS = text(
    _NOTE
    + """
    FROM program.attributions a
    JOIN unnest(CAST(:types AS text[]), CAST(:ids AS uuid[])) AS f (fact_type, fact_id)
        USING (fact_type, fact_id)
"""
)

_OF_TEXTS = """
    FROM (
        SELECT fact_type, fact_id FROM insight.outcome_scores
        WHERE text_id = ANY(CAST(:texts AS uuid[]))
        UNION
        SELECT fact_type, fact_id FROM pii.texts WHERE text_id = ANY(CAST(:texts AS uuid[]))
    ) o
    JOIN program.attributions a USING (fact_type, fact_id)
"""
_MARK_TEXTS = text(_NOTE + _OF_TEXTS)

_MARK_PEOPLE = text(
    _NOTE
    + """
    FROM insight.profile_facts f
    JOIN program.attributions a USING (fact_type, fact_id)
    WHERE f.participant_id = ANY(CAST(:persons AS uuid[]))
        OR f.volunteer_id = ANY(CAST(:persons AS uuid[]))
"""
)

_MARK_COMPANIES = text(
    _NOTE
    + """
    FROM program.attributions a
    WHERE (CAST(:companies AS uuid[]) IS NULL OR a.company_id = ANY(CAST(:companies AS uuid[])))
        AND a.occurred_at
            >= CAST(CAST(:since AS date) AS timestamp) AT TIME ZONE CAST(:zone AS text)
"""
)

_MARK_COSTS = text("""
    INSERT INTO insight.stale_months (company_id, month, event_type, event_id)
    SELECT DISTINCT c.company_id, CAST(m AS date), CAST(:event_type AS text),
        CAST(:event_id AS uuid)
    FROM program.program_costs c,
        generate_series(date_trunc('month', c.starts_on), c.ends_on - interval '1 day',
            interval '1 month') AS m
    WHERE c.import_id = ANY(CAST(:imports AS uuid[]))
""")

_COST_IMPORTS = text("""
    SELECT import_id FROM ops.imports
    WHERE import_id = ANY(CAST(:imports AS uuid[])) AND dataset = 'program-costs'
""")

_WAITING = text("""
    SELECT company_id FROM insight.stale_months
    GROUP BY company_id
    HAVING max(marked_at) < now() - CAST(:quiet AS interval)
        OR min(marked_at) < now() - 10 * CAST(:quiet AS interval)
    ORDER BY min(marked_at) LIMIT :limit
""")

_ARE_STALE = text("""
    SELECT EXISTS (SELECT FROM insight.stale_months
        WHERE company_id = :company AND month >= :first AND month < :next)
""")

_MONTHS = text("""
    SELECT DISTINCT month FROM insight.stale_months WHERE company_id = :company
""")

_TAKE = text("""
    WITH taken AS (
        DELETE FROM insight.stale_months WHERE company_id = :company
        RETURNING mark_id, month, event_type, event_id)
    SELECT DISTINCT ON (month) month, event_type, event_id FROM taken ORDER BY month, mark_id
""")


async def mark(session: AsyncSession, touched: Touched, zone: ZoneInfo, cause: Cause) -> None:
    """Note the months of facts that were attributed, or no longer are."""
    months = sorted({(company, _month(at, zone)) for company, at in touched})
    if months:
        bound = {"companies": array(company for company, _ in months)}
        bound |= {"months": array(month for _, month in months)}
        await session.execute(_MARK, bound | _of(cause))


async def mark_facts(
    session: AsyncSession, facts: Collection[tuple[str, UUID]], zone: ZoneInfo, cause: Cause
) -> None:
    """Note the months of facts by type and id."""
    if facts:
        bound = {"types": array(kind for kind, _ in facts), "ids": array(fact for _, fact in facts)}
        await session.execute(_MARK_FACTS, bound | _of(cause) | {"zone": zone.key})


async def mark_texts(
    session: AsyncSession, texts: Collection[UUID], zone: ZoneInfo, cause: Cause
) -> None:
    """Note the months of the facts that these texts belong to, also where no score is left."""
    if texts:
        bound = {"texts": array(texts), "zone": zone.key}
        await session.execute(_MARK_TEXTS, bound | _of(cause))


async def mark_people(
    session: AsyncSession, persons: Collection[UUID], zone: ZoneInfo, cause: Cause
) -> None:
    """Note every month in which facts of these source persons count; before they are erased."""
    if persons:
        bound = {"persons": array(persons), "zone": zone.key}
        await session.execute(_MARK_PEOPLE, bound | _of(cause))


async def mark_companies(
    session: AsyncSession,
    companies: Collection[UUID] | None,
    since: date,
    zone: ZoneInfo,
    cause: Cause,
) -> None:
    """Note every month of these companies (None: of all) from a day on, as costs and rates do."""
    bound = {"companies": None if companies is None else array(companies), "since": since}
    await session.execute(_MARK_COMPANIES, bound | _of(cause) | {"zone": zone.key})


async def mark_costs(session: AsyncSession, imports: Collection[UUID], cause: Cause) -> None:
    """Note every month of the costs that these imports told."""
    if imports:
        await session.execute(_MARK_COSTS, {"imports": array(imports)} | _of(cause))


async def imports_of_costs(session: AsyncSession, imports: Collection[UUID]) -> list[UUID]:
    """Those of the imports that told costs."""
    return list((await session.execute(_COST_IMPORTS, {"imports": array(imports)})).scalars())


async def waiting_companies(session: AsyncSession, quiet_seconds: float, limit: int) -> list[UUID]:
    """The companies whose notes have rested for a while, or have waited for ten times that."""
    bound = {"quiet": f"{quiet_seconds} seconds", "limit": limit}
    return list((await session.execute(_WAITING, bound)).scalars())


async def are_stale(session: AsyncSession, company_id: UUID, first: date, following: date) -> bool:
    """Whether any note lies within [first, following)."""
    bound = {"company": company_id, "first": first, "next": following}
    return bool((await session.execute(_ARE_STALE, bound)).scalar_one())


async def stale_months(session: AsyncSession, company_id: UUID) -> list[date]:
    """The months of a company that notes wait for."""
    return list((await session.execute(_MONTHS, {"company": company_id})).scalars())


async def take(session: AsyncSession, company_id: UUID) -> list[Stale]:
    """Take all notes of a company: whoever does computes anew in the same transaction."""
    found = await session.execute(_TAKE, {"company": company_id})
    return [Stale(month, Cause(kind, event_id)) for month, kind, event_id in found]


def _month(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date().replace(day=1)


def _of(cause: Cause) -> dict[str, object]:
    return {"event_type": cause.type, "event_id": cause.event_id}
