"""Which companies and periods there are, and the figures that were fixed when one was closed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.figures import Coverage, Figure
from profile_service.inputs import Window


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    status: str
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class CompanyProgram:
    """A programme that a company takes part in, by which side."""

    program: str
    volunteers: bool
    sponsors: bool


@dataclass(frozen=True, slots=True)
class Company:
    company_id: UUID
    key: str
    name: str


_COMPANIES = text("""
    SELECT company_id, key, name FROM program.companies
    WHERE (CAST(:own AS uuid) IS NULL OR company_id = :own)
        AND (CAST(:after AS text) IS NULL OR key > :after)
    ORDER BY key LIMIT :limit
""")

_COMPANY = text("SELECT EXISTS (SELECT FROM program.companies WHERE company_id = :company)")

_PROGRAMS = text("""
    SELECT program, bool_or(volunteer), bool_or(sponsor)
    FROM (
        SELECT program, volunteer, sponsor FROM program.attributions WHERE company_id = :company
        UNION
        SELECT program, false, true FROM program.program_enrollments WHERE company_id = :company
    ) p
    GROUP BY program ORDER BY program
""")

_CLOSED = text("""
    SELECT status, closed_at FROM insight.company_periods
    WHERE company_id = :company AND period = :period AND status <> 'open'
""")

_CLOSE = text("""
    INSERT INTO insight.company_periods (company_id, period, status, closed_at, closed_by)
    VALUES (:company, :period, 'closed', now(), :actor)
    ON CONFLICT (company_id, period) DO UPDATE SET
        status = excluded.status, closed_at = excluded.closed_at, closed_by = excluded.closed_by
    RETURNING status, closed_at
""")

_KEEP = text("""
    INSERT INTO insight.metrics_company_period
        (company_id, period, metric, value, reason, unit, interval_low, interval_high, method,
         digest, n, status, detail)
    SELECT :company, :period, * FROM unnest(
        CAST(:names AS text[]), CAST(:values AS double precision[]), CAST(:reasons AS text[]),
        CAST(:units AS text[]), CAST(:lows AS double precision[]),
        CAST(:highs AS double precision[]), CAST(:methods AS text[]), CAST(:digests AS text[]),
        CAST(:ns AS int[]), CAST(:statuses AS text[]), CAST(:details AS jsonb[]))
""")

_KEPT = text("""
    SELECT DISTINCT ON (metric) metric, unit, method, value, reason, interval_low, interval_high,
        digest, n, detail
    FROM insight.metrics_company_period
    WHERE company_id = :company AND period = :period AND program = 'all'
    ORDER BY metric, revision DESC
""")

_UNSETTLED = text("""
    SELECT EXISTS (
        SELECT FROM (
            SELECT 'kintell_session' AS fact_type, session_id AS fact_id, revision
            FROM program.kintell_sessions
            WHERE coalesce(completed_at, scheduled_at) >= :start
                AND coalesce(completed_at, scheduled_at) < :end
            UNION ALL SELECT 'kintell_rating', rating_id, revision FROM program.kintell_ratings
            WHERE rated_at >= :start AND rated_at < :end
            UNION ALL SELECT 'buddy_match', match_id, revision FROM program.buddy_matches
            WHERE matched_at >= :start AND matched_at < :end
            UNION ALL SELECT 'buddy_event', buddy_event_id, revision FROM program.buddy_events
            WHERE occurred_at >= :start AND occurred_at < :end
            UNION ALL SELECT 'buddy_checkin', checkin_id, revision FROM program.buddy_checkins
            WHERE checked_in_on >= CAST(:start AS date) AND checked_in_on <= CAST(:end AS date)
            UNION ALL SELECT 'buddy_feedback', feedback_id, revision FROM program.buddy_feedback
            WHERE submitted_at >= :start AND submitted_at < :end
            UNION ALL SELECT 'learning_progress', progress_id, revision
            FROM program.learning_progress
            WHERE coalesce(completed_at, started_at) >= :start
                AND coalesce(completed_at, started_at) < :end
            UNION ALL SELECT 'credential', credential_id, revision FROM program.credentials
            WHERE issued_at >= :start AND issued_at < :end
        ) f
        LEFT JOIN insight.profile_facts p
            ON p.generation = :generation AND p.fact_type = f.fact_type AND p.fact_id = f.fact_id
        WHERE p.revision IS NULL OR p.revision < f.revision)
""")


async def company_exists(session: AsyncSession, company_id: UUID) -> bool:
    return bool((await session.execute(_COMPANY, {"company": company_id})).scalar_one())


async def companies(
    session: AsyncSession, own: UUID | None, after: str | None, limit: int
) -> list[Company]:
    """The companies by key, from after one on; with `own` that one alone."""
    bound = {"own": own, "after": after, "limit": limit}
    return [Company(*row) for row in await session.execute(_COMPANIES, bound)]


async def company_programs(session: AsyncSession, company_id: UUID) -> list[CompanyProgram]:
    found = await session.execute(_PROGRAMS, {"company": company_id})
    return [CompanyProgram(*row) for row in found]


async def closed_period(
    session: AsyncSession, company_id: UUID, period: str
) -> ClosedPeriod | None:
    """The closing of a period by an admin; None while there was none."""
    bound = {"company": company_id, "period": period}
    row = (await session.execute(_CLOSED, bound)).one_or_none()
    return ClosedPeriod(*row) if row else None


async def close_period(
    session: AsyncSession, company_id: UUID, period: str, actor: str
) -> ClosedPeriod:
    bound = {"company": company_id, "period": period, "actor": actor}
    return ClosedPeriod(*(await session.execute(_CLOSE, bound)).one())


async def events_are_missing(session: AsyncSession, window: Window, generation: int) -> bool:
    """Whether a fact of these days stands that the projection has not been told of."""
    bound = {"start": window.start, "end": window.end, "generation": generation}
    return bool((await session.execute(_UNSETTLED, bound)).scalar_one())


async def keep_figures(
    session: AsyncSession, company_id: UUID, period: str, figures: Sequence[Figure]
) -> None:
    """Fix the figures of a period that closes, as its first revision."""
    bound = {
        "company": company_id,
        "period": period,
        "names": [one.name for one in figures],
        "values": [None if one.value is None else float(one.value) for one in figures],
        "reasons": [one.reason for one in figures],
        "units": [one.unit for one in figures],
        "lows": [one.interval[0] if one.interval else None for one in figures],
        "highs": [one.interval[1] if one.interval else None for one in figures],
        "methods": [one.method for one in figures],
        "digests": [one.digest for one in figures],
        "ns": [one.n for one in figures],
        "statuses": ["closed"] * len(figures),
        "details": [_detail(one) for one in figures],
    }
    await session.execute(_KEEP, bound)


async def kept_figures(session: AsyncSession, company_id: UUID, period: str) -> list[Figure]:
    """The figures of a closed period as they were fixed, the newest revision of each."""
    found = await session.execute(_KEPT, {"company": company_id, "period": period})
    return [
        Figure(
            name=name,
            unit=unit,
            method=method,
            value=value,
            reason=reason,
            interval=None if low is None else (low, high),
            digest=digest,
            n=n,
            coverage=Coverage(**detail["coverage"]) if "coverage" in detail else None,
            smallest_group=detail.get("smallest_group"),
            published=detail.get("published", True),
            detail=detail.get("detail"),
        )
        for name, unit, method, value, reason, low, high, digest, n, detail in found
    ]


def _detail(figure: Figure) -> str:
    """What a figure is beside its numbers; what says nothing is left out."""
    coverage = figure.coverage
    kept = {
        "coverage": coverage and {"facts": coverage.facts, "complete": coverage.complete},
        "smallest_group": figure.smallest_group,
        "published": None if figure.published else False,
        "detail": figure.detail,
    }
    return json.dumps({name: it for name, it in kept.items() if it is not None})
