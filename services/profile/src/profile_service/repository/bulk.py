"""Lays deeds down and writes those that are new, with what they count for, set by set."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.repository.arrays import id_array
from shared_utils.work import Work

_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_deeds (
        fact_id uuid, revision integer, event_id uuid, participant_id uuid, volunteer_id uuid,
        occurred_at timestamptz, program text, state jsonb
    ) ON COMMIT DELETE ROWS
"""

_COPY = """
    COPY staged_deeds (fact_id, revision, event_id, participant_id, volunteer_id, occurred_at,
        program, state) FROM STDIN
"""

_INSERT = text("""
    INSERT INTO insight.profile_facts
        (generation, fact_type, fact_id, revision, event_id, event_type, participant_id,
         volunteer_id, occurred_at, state)
    SELECT :generation, :fact_type, fact_id, revision, event_id, :event_type, participant_id,
        volunteer_id, occurred_at, state
    FROM staged_deeds ORDER BY fact_id
    ON CONFLICT DO NOTHING
""")

_MERGED = text("""
    SELECT source_id, canonical_id FROM program.canonical_persons
    WHERE source_id = ANY(CAST(:persons AS uuid[])) OR canonical_id = ANY(CAST(:persons AS uuid[]))
""")

_ATTRIBUTE = text("""
    INSERT INTO program.attributions
        (company_id, fact_type, fact_id, volunteer, sponsor, occurred_at, program,
         participant_id, volunteer_id)
    SELECT t.company_id, :fact_type, s.fact_id, true, false, s.occurred_at, s.program,
        s.participant_id, s.volunteer_id
    FROM staged_deeds s
    JOIN unnest(CAST(:volunteers AS uuid[]), CAST(:companies AS uuid[]))
        AS t (volunteer_id, company_id) USING (volunteer_id)
    WHERE s.participant_id IS NULL OR s.participant_id <> ALL(CAST(:apart AS uuid[]))
    ORDER BY 1, 2, 3
    ON CONFLICT (company_id, fact_type, fact_id) DO UPDATE SET
        volunteer = excluded.volunteer, sponsor = excluded.sponsor,
        occurred_at = excluded.occurred_at, program = excluded.program,
        participant_id = excluded.participant_id, volunteer_id = excluded.volunteer_id
""")


@dataclass(frozen=True, slots=True)
class Employers:
    """Who always counts for which company: `volunteers` and `companies` in one order.

    The deeds of participants in `apart` are judged one by one, elsewhere.
    """

    volunteers: Sequence[str]
    companies: Sequence[str]
    apart: Sequence[str]


async def stage_deeds(work: Work, messages: Iterable[str]) -> None:
    """Lay the deeds down for the statements below, until the transaction ends."""
    connection = await work.raw()
    async with connection.cursor() as cursor:
        await cursor.execute(_STAGE)
        async with cursor.copy(_COPY) as copy:
            for lines in messages:
                await copy.write(lines)


async def insert_deeds(
    session: AsyncSession, generation: int, fact_type: str, event_type: str
) -> int:
    """Write those of the staged deeds whose fact nobody knows yet; how many that were."""
    bound = {"generation": generation, "fact_type": fact_type, "event_type": event_type}
    written = await session.execute(_INSERT, bound)
    return written.rowcount if isinstance(written, CursorResult) else 0


async def merged_persons(session: AsyncSession, persons: Iterable[str]) -> dict[UUID, UUID]:
    """Whom persons count as: of these, and of all who count as the same as any of these."""
    found = await _merged(session, set(persons))
    if found:
        found = await _merged(session, {*persons, *map(str, found.values())})
    return found


async def attribute_staged(session: AsyncSession, fact_type: str, employers: Employers) -> None:
    """Count the staged deeds for their volunteers' companies."""
    bound = {
        "fact_type": fact_type,
        "volunteers": id_array(employers.volunteers),
        "companies": id_array(employers.companies),
        "apart": id_array(employers.apart),
    }
    await session.execute(_ATTRIBUTE, bound)


async def _merged(session: AsyncSession, persons: Iterable[str]) -> dict[UUID, UUID]:
    found = await session.execute(_MERGED, {"persons": id_array(persons)})
    return {source: canonical for source, canonical in found}
