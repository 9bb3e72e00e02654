"""Writes deeds that are new, with what they count for, set by set."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.repository.arrays import array, id_array
from shared_utils.work import Work

_COPY = """
    COPY insight.profile_facts (fact_id, revision, event_id, participant_id, volunteer_id,
        occurred_at, state, generation, fact_type, event_type) FROM STDIN
"""

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
    FROM unnest(CAST(:facts AS uuid[]), CAST(:moments AS timestamptz[]),
        CAST(:programs AS text[]), CAST(:participants AS uuid[]), CAST(:helpers AS uuid[]))
        AS s (fact_id, occurred_at, program, participant_id, volunteer_id)
    JOIN unnest(CAST(:volunteers AS uuid[]), CAST(:companies AS uuid[]))
        AS t (volunteer_id, company_id) USING (volunteer_id)
    ORDER BY 1, 2, 3
    ON CONFLICT (company_id, fact_type, fact_id) DO UPDATE SET
        volunteer = excluded.volunteer, sponsor = excluded.sponsor,
        occurred_at = excluded.occurred_at, program = excluded.program,
        participant_id = excluded.participant_id, volunteer_id = excluded.volunteer_id
""")


Deed = tuple[str, str, str, str | None, str | None]
"""A fact's id, moment and programme, and its participant and volunteer as stated."""


async def write_deeds(
    work: Work, generation: int, fact_type: str, event_type: str, messages: Iterable[str]
) -> bool:
    """Write deeds straight into their table, of which none may be known yet.

    False where one is: then the transaction can only be rolled back.
    """
    ending = f"\t{generation}\t{fact_type}\t{event_type}\n"
    connection = await work.raw()
    try:
        async with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for lines in messages:
                await copy.write(lines.replace("\n", ending))
    except UniqueViolation:
        return False
    return True


async def merged_persons(session: AsyncSession, persons: Iterable[str]) -> dict[UUID, UUID]:
    """Whom persons count as: of these, and of all who count as the same as any of these."""
    found = await _merged(session, set(persons))
    if found:
        found = await _merged(session, {*persons, *map(str, found.values())})
    return found


async def attribute_employed(
    session: AsyncSession,
    fact_type: str,
    deeds: Sequence[Deed],
    employed: Sequence[tuple[str, str]],
) -> None:
    """Count the deeds for their volunteers' companies; `employed` are pairs of both."""
    facts, moments, programs, participants, helpers = zip(*deeds, strict=True)
    volunteers, companies = zip(*employed, strict=True)
    bound = {
        "fact_type": fact_type,
        "facts": id_array(facts),
        "moments": id_array(moments),
        "programs": array(programs),
        "participants": array(participants),
        "helpers": array(helpers),
        "volunteers": id_array(volunteers),
        "companies": id_array(companies),
    }
    await session.execute(_ATTRIBUTE, bound)


async def _merged(session: AsyncSession, persons: Iterable[str]) -> dict[UUID, UUID]:
    found = await session.execute(_MERGED, {"persons": id_array(persons)})
    return {source: canonical for source, canonical in found}
