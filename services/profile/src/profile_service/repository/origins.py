"""Reads which row of which file each fact came from; needs the worker's login."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.repository.arrays import array


@dataclass(frozen=True, slots=True)
class Origin:
    """The import and row that last told a fact; nothing where no file did."""

    import_id: UUID | None
    row: int | None
    mapping_version: str | None


_TABLES = {
    "kintell_session": ("kintell_sessions", "session_id"),
    "kintell_rating": ("kintell_ratings", "rating_id"),
    "buddy_match": ("buddy_matches", "match_id"),
    "buddy_event": ("buddy_events", "buddy_event_id"),
    "buddy_checkin": ("buddy_checkins", "checkin_id"),
    "buddy_feedback": ("buddy_feedback", "feedback_id"),
    "learning_progress": ("learning_progress", "progress_id"),
    "credential": ("credentials", "credential_id"),
    "enrollment": ("program_enrollments", "enrollment_id"),
}

_OF_TYPE = """
    SELECT a.fact_type, a.fact_id, x.import_id, x.row_no, x.mapping_version
    FROM asked a JOIN program.{table} x ON a.fact_type = '{fact_type}' AND x.{key} = a.fact_id
"""
_ASKED = """
    WITH asked AS (
        SELECT * FROM unnest(CAST(:types AS text[]), CAST(:ids AS uuid[])) AS t (fact_type, fact_id)
    )
"""
_ORIGINS = text(
    _ASKED
    + " UNION ALL ".join(
        _OF_TYPE.format(fact_type=kind, table=table, key=key)
        for kind, (table, key) in _TABLES.items()
    )
)


async def origins(
    session: AsyncSession, facts: Collection[tuple[str, UUID]]
) -> dict[tuple[str, UUID], Origin]:
    """The origin of each of these facts, by type and id, whose row is known."""
    bound = {"types": array(kind for kind, _ in facts), "ids": array(fact for _, fact in facts)}
    found = await session.execute(_ORIGINS, bound)
    return {(kind, fact_id): Origin(*origin) for kind, fact_id, *origin in found}
