"""Writes flags and milestones, each with the event that set it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.facts import FactRow
from profile_service.repository.arrays import array
from profile_service.rules import FlagSetting, RuleTable

_DROP = text("""
    DELETE FROM insight.profile_flags
    WHERE generation = :generation AND person_id = ANY(CAST(:persons AS uuid[]))
        AND event_id = ANY(CAST(:events AS uuid[]))
    RETURNING person_id, flag
""")

_DROP_ALL = text("""
    DELETE FROM insight.profile_flags
    WHERE generation = :generation AND person_id = ANY(CAST(:persons AS uuid[]))
    RETURNING person_id, flag
""")

_FACTS_OF = text("""
    SELECT fact_type, fact_id, revision, event_id, event_type, participant_id, volunteer_id,
        occurred_at, state
    FROM insight.profile_facts
    WHERE generation = :generation AND NOT retracted
        AND fact_type = ANY(CAST(:fact_types AS text[]))
        AND (participant_id = ANY(CAST(:sources AS uuid[]))
            OR volunteer_id = ANY(CAST(:sources AS uuid[])))
""")

_SET = text("""
    INSERT INTO insight.profile_flags AS held
        (generation, person_id, flag, value, since, event_id, event_type, rules_version)
    SELECT :generation, c.person_id, c.flag, CAST(c.value AS jsonb), c.since, c.event_id,
        c.event_type, :rules_version
    FROM unnest(CAST(:persons AS uuid[]), CAST(:flags AS text[]), CAST(:values AS text[]),
        CAST(:sinces AS timestamptz[]), CAST(:events AS uuid[]), CAST(:types AS text[]),
        CAST(:latest AS boolean[]))
        AS c (person_id, flag, value, since, event_id, event_type, latest)
    LEFT JOIN insight.profile_flags f
        ON f.generation = :generation AND f.person_id = c.person_id AND f.flag = c.flag
    WHERE (f.flag IS NULL
        OR (c.latest AND (c.since, c.event_id) > (f.since, f.event_id))
        OR (NOT c.latest AND (c.since, c.event_id) < (f.since, f.event_id)))
        AND NOT EXISTS (SELECT FROM ops.erased_persons e WHERE e.person_id = c.person_id)
    ORDER BY c.person_id, c.flag
    ON CONFLICT (generation, person_id, flag) DO UPDATE SET
        value = excluded.value, since = excluded.since, event_id = excluded.event_id,
        event_type = excluded.event_type, rules_version = excluded.rules_version
    RETURNING person_id, flag
""")

_REACH = text("""
    INSERT INTO insight.milestones AS held
        (person_id, milestone, reached_at, event_id, event_type, rules_version)
    SELECT * FROM unnest(CAST(:persons AS uuid[]), CAST(:milestones AS text[]),
        CAST(:reached AS timestamptz[]), CAST(:events AS uuid[]), CAST(:types AS text[]),
        CAST(:versions AS text[])) AS r (person_id)
    WHERE NOT EXISTS (SELECT FROM ops.erased_persons e WHERE e.person_id = r.person_id)
    ORDER BY 1, 2
    ON CONFLICT (person_id, milestone) DO UPDATE SET
        reached_at = excluded.reached_at, event_id = excluded.event_id,
        event_type = excluded.event_type, rules_version = excluded.rules_version
    RETURNING person_id, milestone, old.person_id IS NULL AS fresh
""")

FlagKey = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class Reached:
    """A milestone of a person, with the setting of the flag that reached it."""

    milestone: str
    setting: FlagSetting


@dataclass(frozen=True)
class Stated:
    """Settings as arrays in one order, each as text; `latest` says which kind of flag it is."""

    persons: str
    flags: str
    values: str
    sinces: str
    events: str
    types: str
    latest: str


async def drop_flags_set_by(
    session: AsyncSession, generation: int, persons: Collection[UUID], events: Collection[UUID]
) -> set[FlagKey]:
    """Forget the flags of these persons that these events had set."""
    bound = {"generation": generation, "persons": array(persons), "events": array(events)}
    return {(person, flag) for person, flag in await session.execute(_DROP, bound)}


async def drop_flags(
    session: AsyncSession, generation: int, persons: Collection[UUID]
) -> set[FlagKey]:
    """Forget all flags of these persons."""
    bound = {"generation": generation, "persons": array(persons)}
    return {(person, flag) for person, flag in await session.execute(_DROP_ALL, bound)}


async def facts_of(
    session: AsyncSession,
    generation: int,
    sources: Collection[UUID],
    fact_types: Collection[str],
) -> list[FactRow]:
    """The standing facts of these source persons, of these types."""
    bound = {
        "generation": generation,
        "sources": array(sources),
        "fact_types": array(fact_types),
    }
    return [FactRow(*row) for row in await session.execute(_FACTS_OF, bound)]


async def set_flags(
    session: AsyncSession,
    generation: int,
    settings: Mapping[FlagKey, FlagSetting],
    rules: RuleTable,
) -> set[FlagKey]:
    """Set each flag where the setting is stronger than what stands; says which changed."""
    if not settings:
        return set()
    each = list(settings.values())
    columns = _columns(each)
    stated = Stated(
        persons=columns["persons"],
        flags=array(one.flag for one in each),
        values=array(json.dumps(one.value) for one in each),
        sinces=columns["sinces"],
        events=columns["events"],
        types=columns["types"],
        latest=array(rules.by_flag[one.flag].takes == "latest" for one in each),
    )
    return await set_stated_flags(session, generation, stated, rules)


async def set_stated_flags(
    session: AsyncSession, generation: int, stated: Stated, rules: RuleTable
) -> set[FlagKey]:
    """As `set_flags`, of settings in columns."""
    bound = asdict(stated) | {"generation": generation, "rules_version": str(rules.version)}
    return {(person, flag) for person, flag in await session.execute(_SET, bound)}


async def reach_milestones(
    session: AsyncSession, reached: Sequence[Reached], rules_version: str
) -> set[tuple[UUID, str]]:
    """Record milestones; says which (person, milestone) were reached for the first time.

    One that was reached before is brought in line with its flag and not said again.
    """
    if not reached:
        return set()
    settings = [one.setting for one in reached]
    columns = _columns(settings)
    bound = {
        "persons": columns["persons"],
        "milestones": array(one.milestone for one in reached),
        "reached": columns["sinces"],
        "events": columns["events"],
        "types": columns["types"],
        "versions": array([rules_version] * len(reached)),
    }
    found = await session.execute(_REACH, bound)
    return {(person, milestone) for person, milestone, fresh in found if fresh}


def _columns(settings: Sequence[FlagSetting]) -> dict[str, str]:
    return {
        "persons": array(one.person_id for one in settings),
        "sinces": array(one.since for one in settings),
        "events": array(one.event_id for one in settings),
        "types": array(one.event_type for one in settings),
    }
