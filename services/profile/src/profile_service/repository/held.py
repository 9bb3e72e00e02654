"""Reads what two people have, that a merge would bring together."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.facts import Json
from profile_service.repository.arrays import array


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An enrollment of a source person; `ended_on` None is open."""

    person_id: UUID
    program: str
    company_id: UUID | None
    started_on: date
    ended_on: date | None


_CONTACTS = text("""
    SELECT person_id, display_name, phone FROM pii.persons
    WHERE person_id = ANY(CAST(:sources AS uuid[]))
""")

_BY_HAND = text("""
    SELECT flag, person_id, jsonb_build_object('value', value, 'since', since,
        'because', jsonb_build_object('event_id', event_id, 'type', event_type),
        'overridden_by', overridden_by, 'reason', reason)
    FROM insight.profile_flags
    WHERE generation = 0 AND person_id = ANY(CAST(:sources AS uuid[]))
    ORDER BY flag, person_id
""")

_ACCOUNTS = text("""
    SELECT person_id, provider, external_id FROM pii.external_ids
    WHERE person_id = ANY(CAST(:sources AS uuid[]))
    ORDER BY provider, external_id
""")

_CONSENTS = text("""
    SELECT purpose, in_force FROM program.consents_in_force WHERE person_id = :person
""")

_ENROLLED = text("""
    SELECT person_id, program, company_id, started_on, ended_on FROM program.program_enrollments
    WHERE person_id = ANY(CAST(:sources AS uuid[]))
    ORDER BY program, started_on, enrollment_id
""")

_COUNTING = text("""
    SELECT DISTINCT a.company_id,
        CAST(date_trunc('month', a.occurred_at AT TIME ZONE :zone) AS date) AS month
    FROM insight.profile_facts f
    JOIN insight.projection_state s
        ON s.name = 'profile' AND s.active_generation = f.generation
    JOIN program.attributions a ON a.fact_type = f.fact_type AND a.fact_id = f.fact_id
    WHERE NOT f.retracted AND (f.participant_id = ANY(CAST(:sources AS uuid[]))
        OR f.volunteer_id = ANY(CAST(:sources AS uuid[])))
""")


async def contacts(
    session: AsyncSession, sources: Collection[UUID]
) -> dict[UUID, tuple[str | None, str | None]]:
    """Name and phone of each source person."""
    found = await session.execute(_CONTACTS, {"sources": array(sources)})
    return {person: (name, phone) for person, name, phone in found}


async def flags_by_hand(
    session: AsyncSession, sources: Collection[UUID]
) -> dict[str, dict[UUID, dict[str, Json]]]:
    """The flags that were set by hand, by name and source person, as profiles show them."""
    by_flag: dict[str, dict[UUID, dict[str, Any]]] = defaultdict(dict)
    for flag, person, shown in await session.execute(_BY_HAND, {"sources": array(sources)}):
        by_flag[flag][person] = shown
    return by_flag


async def accounts(session: AsyncSession, sources: Collection[UUID]) -> list[tuple[UUID, str, str]]:
    """The external ids as (source person, provider, id)."""
    found = await session.execute(_ACCOUNTS, {"sources": array(sources)})
    return [(person, provider, external_id) for person, provider, external_id in found]


async def consents(session: AsyncSession, person: UUID) -> dict[str, bool]:
    """What a person's consents come to, by purpose; nothing where nothing was said."""
    found = await session.execute(_CONSENTS, {"person": person})
    return {purpose: in_force for purpose, in_force in found}


async def enrollments(session: AsyncSession, sources: Collection[UUID]) -> list[Enrolled]:
    """The enrollments of these source persons, by programme and start."""
    found = await session.execute(_ENROLLED, {"sources": array(sources)})
    return [Enrolled(*row) for row in found]


async def counting_months(
    session: AsyncSession, sources: Collection[UUID], zone: str
) -> set[tuple[UUID, date]]:
    """For which companies the facts of these people count, and in which months (first days)."""
    found = await session.execute(_COUNTING, {"sources": array(sources), "zone": zone})
    return {(company, month) for company, month in found}
