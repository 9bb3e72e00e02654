"""Writes the projection: one row a fact and generation, replaced by newer states alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.facts import FactRow
from profile_service.repository.arrays import array
from shared_schema.locks import Lock
from shared_utils.work import Work

PROJECTION = "profile"
OVERRIDES = 0
"""The generation that holds flags set by hand; no replay ever touches it."""


@dataclass(frozen=True, slots=True)
class Generations:
    """The generation that answers, and the one that a replay fills beside it."""

    active: int
    filling: int | None = None

    @property
    def all(self) -> list[int]:
        return [self.active] if self.filling is None else [self.active, self.filling]


@dataclass(frozen=True, slots=True)
class Applied:
    """A fact that this batch changed in one generation, and whose it was before."""

    generation: int
    key: tuple[str, UUID]
    old_event_id: UUID | None
    old_participant_id: UUID | None
    old_volunteer_id: UUID | None


_GENERATIONS = text("""
    SELECT active_generation, filling_generation FROM insight.projection_state
    WHERE name = :name
""")

_FIRST_GENERATION = text("""
    INSERT INTO insight.projection_state (name) VALUES (:name) ON CONFLICT (name) DO NOTHING
""")

_NULL = r"\N"

_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_facts (
        fact_type text, fact_id uuid, revision integer, event_id uuid, event_type text,
        participant_id uuid, volunteer_id uuid, occurred_at timestamptz, state jsonb,
        retracted boolean
    ) ON COMMIT DELETE ROWS
"""

_COPY = """
    COPY staged_facts (fact_type, fact_id, revision, event_id, event_type, participant_id,
        volunteer_id, occurred_at, state, retracted) FROM STDIN
"""

_APPLY = text("""
    INSERT INTO insight.profile_facts AS held
        (generation, fact_type, fact_id, revision, event_id, event_type, participant_id,
         volunteer_id, occurred_at, state, retracted)
    SELECT g.generation, s.fact_type, s.fact_id, s.revision, s.event_id, s.event_type,
        s.participant_id, s.volunteer_id, s.occurred_at, s.state, s.retracted
    FROM staged_facts s CROSS JOIN unnest(CAST(:generations AS smallint[])) AS g (generation)
    WHERE s.retracted OR s.fact_type <> ALL(ARRAY['outcome_score', 'score_override',
            'platform_account'])
        OR NOT EXISTS (SELECT FROM ops.erased_persons e
            WHERE e.person_id IN (s.participant_id, s.volunteer_id))
    ORDER BY g.generation, s.fact_type, s.fact_id
    ON CONFLICT (generation, fact_type, fact_id) DO UPDATE SET
        revision = excluded.revision, event_id = excluded.event_id,
        event_type = excluded.event_type, participant_id = excluded.participant_id,
        volunteer_id = excluded.volunteer_id, occurred_at = excluded.occurred_at,
        state = excluded.state, retracted = excluded.retracted, received_at = now()
    WHERE (excluded.revision, excluded.retracted) > (held.revision, held.retracted)
        OR ((excluded.revision, excluded.retracted) = (held.revision, held.retracted)
            AND excluded.event_id < held.event_id)
    RETURNING new.generation, new.fact_type, new.fact_id,
        old.event_id, old.participant_id, old.volunteer_id
""")

_TOUCH = text("""
    INSERT INTO insight.profiles AS held (generation, person_id)
    SELECT g.generation, p.person_id
    FROM unnest(CAST(:generations AS smallint[])) AS g (generation)
    CROSS JOIN unnest(CAST(:persons AS uuid[])) AS p (person_id)
    ORDER BY g.generation, p.person_id
    ON CONFLICT (generation, person_id) DO UPDATE SET
        revision = held.revision + 1, updated_at = now()
    RETURNING generation, person_id, revision
""")

_SHARE_TIES = text("SELECT pg_advisory_xact_lock_shared(:key)")
_OWN_TIES = text("SELECT pg_advisory_xact_lock(:key)")


async def hold_ties(session: AsyncSession, *, alone: bool) -> None:
    """Keep ties from moving (shared), or everyone else out (alone), until the transaction ends.

    Facts share the lock; whoever moves memberships, sponsors, people or generations takes it alone.
    """
    await session.execute(_OWN_TIES if alone else _SHARE_TIES, {"key": int(Lock.ATTRIBUTIONS)})


async def generations(session: AsyncSession) -> Generations:
    """The generations to write; held still by the ties lock."""
    row = (await session.execute(_GENERATIONS, {"name": PROJECTION})).one_or_none()
    if row is None:
        await session.execute(_FIRST_GENERATION, {"name": PROJECTION})
        return Generations(1)
    return Generations(row.active_generation, row.filling_generation)


async def apply_facts(
    work: Work, rows: Sequence[FactRow], generations: Sequence[int]
) -> list[Applied]:
    """Write the states that are newer than what stands; says which did, in no order."""
    if not rows:
        return []
    await _stage(await work.raw(), rows)
    found = await work.session.execute(_APPLY, {"generations": array(generations)})
    return [Applied(g, (kind, fact), event, p, v) for g, kind, fact, event, p, v in found]


async def touch_profiles(
    session: AsyncSession, persons: Sequence[UUID], generations: Sequence[int]
) -> dict[tuple[int, UUID], int]:
    """Create or raise the profiles' revisions; locks them, in order, until the transaction ends."""
    if not persons:
        return {}
    return await touch_array(session, array(persons), generations)


async def touch_array(
    session: AsyncSession, persons: str, generations: Sequence[int]
) -> dict[tuple[int, UUID], int]:
    """As `touch_profiles`, of persons that are an array as text."""
    bound = {"persons": persons, "generations": array(generations)}
    found = await session.execute(_TOUCH, bound)
    return {(generation, person): revision for generation, person, revision in found}


async def _stage(connection: AsyncConnection, rows: Sequence[FactRow]) -> None:
    async with connection.cursor() as cursor:
        await cursor.execute(_STAGE)
        await cursor.execute("DELETE FROM staged_facts")
        async with cursor.copy(_COPY) as copy:
            await copy.write("".join(map(_line, rows)))


def _line(row: FactRow) -> str:
    state = to_json(row.state).decode().replace("\\", "\\\\")
    occurred = row.occurred_at.isoformat() if row.occurred_at else _NULL
    return (
        f"{row.fact_type}\t{row.fact_id}\t{row.revision}\t{row.event_id}\t{row.event_type}\t"
        f"{row.participant_id or _NULL}\t{row.volunteer_id or _NULL}\t{occurred}\t{state}\t"
        f"{'t' if row.retracted else 'f'}\n"
    )
