"""Who looked at a person, and which company was shown which figure made from their facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_LOOKS = text("""
    WITH now AS (
        SELECT active_generation AS generation FROM insight.projection_state WHERE name = 'profile'
    ), counted AS MATERIALIZED (
        SELECT a.company_id, a.occurred_at, a.fact_type, a.volunteer
        FROM insight.profile_facts f
        JOIN now USING (generation)
        JOIN program.attributions a ON a.fact_type = f.fact_type AND a.fact_id = f.fact_id
        WHERE NOT f.retracted AND (f.participant_id = ANY(CAST(:sources AS uuid[]))
            OR f.volunteer_id = ANY(CAST(:sources AS uuid[])))
    ), looks AS (
        SELECT at, CAST(access_id AS text) AS look_id, actor, role, action, company_id, object
        FROM insight.access_log WHERE person_id = ANY(CAST(:sources AS uuid[]))
        UNION ALL
        SELECT r.first_shown_at, concat_ws('|', r.company_id, r.period, r.metric, r.digest), NULL,
            'company_user', 'figure', r.company_id, concat_ws('/', r.period, r.metric)
        FROM insight.released_figures r
        WHERE EXISTS (
            SELECT FROM counted c
            WHERE c.company_id = r.company_id AND c.occurred_at >= r.starts_at
                AND c.occurred_at < r.ends_at AND CASE r.metric
                    WHEN 'volunteers' THEN c.volunteer
                    WHEN 'sessions_completed' THEN c.fact_type = 'kintell_session'
                    WHEN 'attendance_rate' THEN c.fact_type = 'kintell_session'
                    WHEN 'volunteer_hours'
                        THEN c.volunteer AND c.fact_type IN ('kintell_session', 'buddy_event')
                    WHEN 'satisfaction' THEN c.fact_type IN ('kintell_rating', 'buddy_feedback')
                    ELSE true END)
    )
    SELECT at, look_id, actor, role, action, company_id, object FROM looks
    WHERE CAST(:after_at AS timestamptz) IS NULL OR (at, look_id) < (:after_at, :after_id)
    ORDER BY at DESC, look_id DESC
    LIMIT :limit
""")

_SHOWN = text("""
    INSERT INTO insight.released_figures (company_id, period, metric, digest, starts_at, ends_at)
    SELECT :company, :period, f.metric, f.digest, :start, :end
    FROM unnest(CAST(:metrics AS text[]), CAST(:digests AS text[])) AS f (metric, digest)
    ORDER BY f.metric
    ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Look:
    """Someone looked, or (`figure`) a company was shown a figure for the first time."""

    at: datetime
    look_id: str
    actor: str | None
    role: str
    action: str
    company_id: UUID | None
    object: str | None


async def looks_at(
    session: AsyncSession,
    sources: Sequence[UUID],
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Look]:
    """Who looked at these source persons, newest first, from after the given one on.

    Every figure of a period in which a fact of theirs fed it, so far as the kind of fact tells.
    """
    at, look_id = after or (None, "")
    bound = {"sources": list(sources), "after_at": at, "after_id": look_id, "limit": limit}
    return [Look(*row) for row in await session.execute(_LOOKS, bound)]


async def record_shown(
    session: AsyncSession,
    company_id: UUID,
    period: tuple[str, datetime, datetime],
    figures: Sequence[tuple[str, str]],
) -> None:
    """Record that a company was shown (metric, digest)s of a period; again changes nothing."""
    bound = {
        "company": company_id,
        "period": period[0],
        "start": period[1],
        "end": period[2],
        "metrics": [metric for metric, _ in figures],
        "digests": [digest for _, digest in figures],
    }
    await session.execute(_SHOWN, bound)
