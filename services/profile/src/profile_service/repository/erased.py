"""Erases what this service holds about people, a bounded piece at a time; and counts it before."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.repository.arrays import array

AT_ONCE = 5_000

_PERSONS = "CAST(:persons AS uuid[])"


def _delete(table: str, condition: str) -> str:
    return (
        f"WITH gone AS (DELETE FROM {table} WHERE ctid = ANY(ARRAY("  # noqa: S608 - our own names
        f"SELECT ctid FROM {table} WHERE {condition} LIMIT {AT_ONCE})) RETURNING 1)"
        " SELECT count(*) FROM gone"
    )


DELETES = {
    name: text(statement.replace(":people", _PERSONS))
    for name, statement in {
        "pii.duplicate_candidates": _delete(
            "pii.duplicate_candidates", "left_id = ANY(:people) OR right_id = ANY(:people)"
        ),
        "program.consents": _delete("program.consents", "person_id = ANY(:people)"),
        "program.person_merges": (
            "WITH changed AS (UPDATE program.person_merges SET reason = 'erased', choices = '{}'"
            " WHERE (keep_id = ANY(:people) OR merged_id = ANY(:people))"
            " AND (reason <> 'erased' OR choices <> '{}') RETURNING 1)"
            " SELECT count(*) FROM changed"
        ),
        "insight.access_log": _delete("insight.access_log", "person_id = ANY(:people)"),
        "insight.profile_flags": _delete("insight.profile_flags", "person_id = ANY(:people)"),
        "insight.milestones": _delete("insight.milestones", "person_id = ANY(:people)"),
        "insight.profiles": _delete("insight.profiles", "person_id = ANY(:people)"),
        "insight.profile_facts": _delete(
            "insight.profile_facts",
            "generation IN (SELECT unnest(ARRAY[active_generation, filling_generation])"
            " FROM insight.projection_state)"
            " AND (participant_id = ANY(:people) OR volunteer_id = ANY(:people))"
            " AND NOT retracted"
            " AND fact_type IN ('outcome_score', 'score_override', 'platform_account')",
        ),
    }.items()
}
"""Each statement erases some rows and says how many; none, and the store is done."""

_FORGET_IDENTIFIERS = text("""
    WITH gone AS (DELETE FROM pii.erasure_identifiers WHERE erasure_id = :erasure RETURNING 1)
    SELECT count(*) FROM gone
""")

_HAS_ANSWERED = text("""
    SELECT EXISTS (SELECT FROM ops.erasure_steps
        WHERE erasure_id = :erasure AND service = :service)
""")

_ONE = "person_id = ANY(:people)"
_TWO = "participant_id = ANY(:people) OR volunteer_id = ANY(:people)"
_PAIR = "participant_id = ANY(:people) OR buddy_id = ANY(:people)"

HELD = {
    "pii.persons": f"{_ONE} AND status <> 'erased'",
    "pii.external_ids": _ONE,
    "pii.platform_accounts": _ONE,
    "pii.texts": _ONE,
    "program.consents": _ONE,
    "program.company_users": _ONE,
    "program.program_enrollments": _ONE,
    "program.kintell_sessions": _TWO,
    "program.buddy_matches": _PAIR,
    "program.learning_progress": _ONE,
    "program.credentials": _ONE,
    "insight.profile_facts": f"generation > 0 AND ({_TWO})",
    "insight.profile_flags": _ONE,
    "insight.milestones": _ONE,
    "insight.outcome_scores": _ONE,
    "insight.access_log": _ONE,
}

_HELD = text(
    " UNION ALL ".join(
        f"SELECT '{table}', count(*) FROM {table} WHERE {condition}"  # noqa: S608 - our own names
        for table, condition in HELD.items()
    ).replace(":people", _PERSONS)
)


async def delete_piece(session: AsyncSession, name: str, persons: Collection[UUID]) -> int:
    """Erase up to AT_ONCE rows of a store; say how many."""
    return await session.scalar(DELETES[name], {"persons": array(persons)}) or 0


async def has_answered(session: AsyncSession, erasure_id: UUID, service: str) -> bool:
    """Whether a service has erased its part."""
    bound = {"erasure": erasure_id, "service": service}
    return bool(await session.scalar(_HAS_ANSWERED, bound))


async def forget_identifiers(session: AsyncSession, erasure_id: UUID) -> int:
    """Forget what the person was known by; say how many."""
    return await session.scalar(_FORGET_IDENTIFIERS, {"erasure": erasure_id}) or 0


async def held_counts(session: AsyncSession, persons: Collection[UUID]) -> dict[str, int]:
    """How many rows are held about people, by table."""
    rows = await session.execute(_HELD, {"persons": array(persons)})
    return {table: count for table, count in rows}
