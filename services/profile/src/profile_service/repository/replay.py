"""Reads the event log, and compares and swaps the generations of the projection."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.facts import FactRow
from profile_service.repository.projection import PROJECTION, Applied
from profile_service.rules import FlagSetting
from shared_utils.work import raw_connection

_DELETE_AT_ONCE = 20_000

_BEGIN = text("""
    UPDATE insight.projection_state SET filling_generation = greatest(active_generation,
        (SELECT coalesce(max(generation), 0) FROM insight.profile_facts)) + 1
    WHERE name = :name AND filling_generation IS NULL
    RETURNING filling_generation
""")

_ABANDON = text("""
    UPDATE insight.projection_state SET filling_generation = NULL WHERE name = :name
""")

_SWAP = text("""
    UPDATE insight.projection_state SET active_generation = filling_generation,
        filling_generation = NULL, digest = :digest, swapped_at = now()
    WHERE name = :name
""")

_HISTORY = """
    SELECT outbox_id, type, body, content_type FROM ops.outbox
    WHERE type = ANY(%s) AND outbox_id > %s ORDER BY outbox_id LIMIT %s
"""
"""For psycopg itself: it alone can fetch the bodies as they are, not as two letters a byte."""

_LOST = text("""
    SELECT count(*) FROM insight.profile_facts a
    LEFT JOIN insight.profile_facts f
        ON f.generation = :filling AND f.fact_type = a.fact_type AND f.fact_id = a.fact_id
    WHERE a.generation = :active AND (f.fact_id IS NULL
        OR (f.revision, f.retracted) < (a.revision, a.retracted)
        OR ((f.revision, f.retracted) = (a.revision, a.retracted) AND f.event_id > a.event_id))
""")

_AHEAD = text("""
    SELECT f.fact_type, f.fact_id, f.revision, f.event_id, f.event_type, f.participant_id,
        f.volunteer_id, f.occurred_at, f.state, f.retracted,
        a.event_id, a.participant_id, a.volunteer_id
    FROM insight.profile_facts f
    LEFT JOIN insight.profile_facts a
        ON a.generation = :active AND a.fact_type = f.fact_type AND a.fact_id = f.fact_id
    WHERE f.generation = :filling AND (a.fact_id IS NULL
        OR (f.revision, f.retracted, a.event_id) > (a.revision, a.retracted, f.event_id))
""")

_FLAGS_CHANGED = text("""
    SELECT count(*) FROM (
        SELECT person_id, flag, value, since, event_id FROM insight.profile_flags
        WHERE generation = :active
    ) a FULL JOIN (
        SELECT person_id, flag, value, since, event_id FROM insight.profile_flags
        WHERE generation = :filling
    ) f USING (person_id, flag)
    WHERE (a.value, a.since, a.event_id) IS DISTINCT FROM (f.value, f.since, f.event_id)
        AND person_id <> ALL(CAST(:persons AS uuid[]))
""")

_UNSAID = text("""
    SELECT f.person_id, f.flag, f.value, f.since, f.event_id, f.event_type
    FROM insight.profile_flags f
    JOIN unnest(CAST(:flags AS text[]), CAST(:milestones AS text[])) AS r (flag, milestone)
        ON r.flag = f.flag
    WHERE f.generation = :generation AND NOT EXISTS (SELECT FROM insight.milestones m
        WHERE m.person_id = f.person_id AND m.milestone = r.milestone)
""")

_FORGET_FACTS = text("""
    DELETE FROM insight.profile_facts WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM insight.profile_facts WHERE generation = :generation LIMIT :limit))
    RETURNING 1
""")

_FORGET_REST = text("""
    WITH profiles AS (DELETE FROM insight.profiles WHERE generation = :generation)
    DELETE FROM insight.profile_flags WHERE generation = :generation
""")


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """One message of the event log, as it was published."""

    outbox_id: UUID
    type: str
    body: bytes
    content_type: str


async def begin(session: AsyncSession) -> int | None:
    """A fresh generation to fill; None where one is being filled already."""
    found: int | None = (await session.execute(_BEGIN, {"name": PROJECTION})).scalar_one_or_none()
    return found


async def abandon(session: AsyncSession) -> None:
    """Stop filling."""
    await session.execute(_ABANDON, {"name": PROJECTION})


async def swap(session: AsyncSession, digest: str) -> None:
    """Let the filled generation answer from now on."""
    await session.execute(_SWAP, {"name": PROJECTION, "digest": digest})


async def history(
    session: AsyncSession, types: Sequence[str], after: UUID, limit: int
) -> list[LoggedMessage]:
    """The log's messages of these types in the order of their ids, from after the given one."""
    async with (await raw_connection(session)).cursor(binary=True) as cursor:
        await cursor.execute(_HISTORY, (list(types), after, limit))
        return [LoggedMessage(*row) for row in await cursor.fetchall()]


async def lost_facts(session: AsyncSession, active: int, filling: int) -> int:
    """How many facts stand in the active generation that the filled one lacks, or has older."""
    found = await session.execute(_LOST, {"active": active, "filling": filling})
    return int(found.scalar_one())


async def facts_ahead(
    session: AsyncSession, active: int, filling: int
) -> tuple[list[FactRow], list[Applied]]:
    """What the filled generation knows already and the active one doesn't: events on their way."""
    rows, applied = [], []
    for row in await session.execute(_AHEAD, {"active": active, "filling": filling}):
        fact = FactRow(*row[:10])
        rows.append(fact)
        applied.append(Applied(filling, fact.key, *row[10:]))
    return rows, applied


async def flags_changed(
    session: AsyncSession, active: int, filling: int, beside: Sequence[UUID]
) -> int:
    """How many flags fell out differently, of all people but those given."""
    bound = {"active": active, "filling": filling, "persons": list(beside)}
    return int((await session.execute(_FLAGS_CHANGED, bound)).scalar_one())


async def unsaid_milestones(
    session: AsyncSession, generation: int, milestones: dict[str, str]
) -> list[FlagSetting]:
    """The settings of flags whose milestone was never reached; `milestones` by their flag."""
    bound = {
        "generation": generation,
        "flags": list(milestones),
        "milestones": list(milestones.values()),
    }
    return [FlagSetting(*row) for row in await session.execute(_UNSAID, bound)]


async def forget_some(session: AsyncSession, generation: int) -> bool:
    """Delete a part of a generation that no longer answers; whether there is more."""
    bound = {"generation": generation, "limit": _DELETE_AT_ONCE}
    if (await session.execute(_FORGET_FACTS, bound)).first():
        return True
    await session.execute(_FORGET_REST, bound)
    return False
