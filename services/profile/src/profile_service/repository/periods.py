"""Which companies and periods there are, and which of them are closed."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

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

_RESTATE = text("""
    UPDATE insight.company_periods SET status = 'restated'
    WHERE company_id = :company AND period = :period
""")

_CLOSED_LABELS = text("""
    SELECT period, status FROM insight.company_periods
    WHERE company_id = :company AND period LIKE :year AND status <> 'open'
""")

_DUE = text("""
    SELECT DISTINCT a.company_id,
        CAST(date_trunc('month', a.occurred_at AT TIME ZONE CAST(:zone AS text)) AS date) AS month
    FROM program.attributions a
    WHERE a.occurred_at < :before
        AND NOT EXISTS (
            SELECT FROM insight.company_periods p
            WHERE p.company_id = a.company_id AND p.status <> 'open'
                AND p.period = to_char(a.occurred_at AT TIME ZONE CAST(:zone AS text), 'YYYY'))
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


async def restate_period(session: AsyncSession, company_id: UUID, period: str) -> None:
    """Note that the figures of a closed period changed."""
    await session.execute(_RESTATE, {"company": company_id, "period": period})


async def closed_labels(session: AsyncSession, company_id: UUID, year: str) -> dict[str, str]:
    """The status of each closed period of a year."""
    bound = {"company": company_id, "year": f"{year}%"}
    return {period: status for period, status in await session.execute(_CLOSED_LABELS, bound)}


async def unclosed_months(
    session: AsyncSession, before: datetime, zone: ZoneInfo
) -> list[tuple[UUID, date]]:
    """Companies with months before a moment that something counts in, unless the year is closed."""
    found = await session.execute(_DUE, {"before": before, "zone": zone.key})
    return [(company_id, month) for company_id, month in found]
