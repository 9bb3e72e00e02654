"""Reads who belongs to whom, and writes for which companies facts count."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.facts import FactRow
from profile_service.people import Canon
from profile_service.repository.arrays import array
from shared_utils.attribution import (
    COUNTED_TYPES,
    Attribution,
    Membership,
    Sponsorship,
    Ties,
)

_CHUNK = 10_000

_CANON = text("""
    SELECT source_id, canonical_id FROM program.canonical_persons
    WHERE source_id = ANY(CAST(:sources AS uuid[]))
""")

_SOURCES = text("""
    SELECT source_id, canonical_id FROM program.canonical_persons
    WHERE canonical_id = ANY(CAST(:persons AS uuid[]))
""")

_MEMBERSHIPS = text("""
    SELECT person_id, company_id, valid_from, valid_to FROM program.company_users
    WHERE person_id = ANY(CAST(:sources AS uuid[]))
""")

_DOMAINS = text("""
    SELECT e.person_id, c.company_id
    FROM pii.external_ids e JOIN program.companies c ON c.domain = e.domain
    WHERE e.person_id = ANY(CAST(:sources AS uuid[]))
""")

_SPONSORSHIPS = text("""
    SELECT person_id, company_id, program, started_on, ended_on FROM program.program_enrollments
    WHERE company_id IS NOT NULL AND person_id = ANY(CAST(:sources AS uuid[]))
""")

_DEEDS = text("""
    SELECT fact_type, fact_id, revision, event_id, event_type, participant_id, volunteer_id,
        occurred_at, jsonb_build_object('session_type', state->'session_type')
    FROM insight.profile_facts
    WHERE generation = :generation AND NOT retracted
        AND fact_type = ANY(CAST(:fact_types AS text[]))
        AND (participant_id = ANY(CAST(:sources AS uuid[]))
            OR volunteer_id = ANY(CAST(:sources AS uuid[])))
        AND (fact_type, fact_id) > (:after_type, CAST(:after_id AS uuid))
    ORDER BY fact_type, fact_id LIMIT :chunk
""")

_CLEAR = text("""
    DELETE FROM program.attributions a
    USING unnest(CAST(:fact_types AS text[]), CAST(:fact_ids AS uuid[])) AS k (fact_type, fact_id)
    WHERE a.fact_type = k.fact_type AND a.fact_id = k.fact_id
        AND NOT EXISTS (
            SELECT FROM unnest(CAST(:companies AS uuid[]), CAST(:types AS text[]),
                CAST(:ids AS uuid[])) AS n (company_id, fact_type, fact_id)
            WHERE (n.company_id, n.fact_type, n.fact_id)
                = (a.company_id, a.fact_type, a.fact_id))
    RETURNING a.company_id, a.occurred_at
""")

_WRITE = text("""
    WITH written AS (
    INSERT INTO program.attributions AS held
        (company_id, fact_type, fact_id, volunteer, sponsor, occurred_at, program,
         participant_id, volunteer_id)
    SELECT * FROM unnest(CAST(:companies AS uuid[]), CAST(:types AS text[]),
        CAST(:ids AS uuid[]), CAST(:volunteers AS boolean[]), CAST(:sponsors AS boolean[]),
        CAST(:times AS timestamptz[]), CAST(:programs AS text[]),
        CAST(:participants AS uuid[]), CAST(:helpers AS uuid[]))
    ORDER BY 1, 2, 3
    ON CONFLICT (company_id, fact_type, fact_id) DO UPDATE SET
        volunteer = excluded.volunteer, sponsor = excluded.sponsor,
        occurred_at = excluded.occurred_at, program = excluded.program,
        participant_id = excluded.participant_id, volunteer_id = excluded.volunteer_id
    WHERE (held.volunteer, held.sponsor, held.occurred_at, held.program,
            held.participant_id, held.volunteer_id)
        IS DISTINCT FROM (excluded.volunteer, excluded.sponsor, excluded.occurred_at,
            excluded.program, excluded.participant_id, excluded.volunteer_id)
    RETURNING old.company_id, old.occurred_at, new.occurred_at AS moved_to)
    SELECT DISTINCT company_id, occurred_at FROM written WHERE occurred_at <> moved_to
""")

_PEOPLE_OF_DOMAINS = text("""
    SELECT e.person_id
    FROM pii.external_ids e JOIN program.companies c ON c.domain = e.domain
    WHERE c.company_id = ANY(CAST(:companies AS uuid[]))
    UNION
    SELECT f.volunteer_id
    FROM program.attributions a
    JOIN insight.profile_facts f
        ON f.generation = :generation AND f.fact_type = a.fact_type AND f.fact_id = a.fact_id
    WHERE a.volunteer AND f.volunteer_id IS NOT NULL
        AND a.company_id = ANY(CAST(:companies AS uuid[]))
""")


async def canon(session: AsyncSession, sources: Collection[UUID]) -> Canon:
    """Whom these source persons count as."""
    found = await session.execute(_CANON, {"sources": array(sources)})
    return Canon({source: canonical for source, canonical in found})


async def with_sources(session: AsyncSession, persons: Collection[UUID]) -> dict[UUID, UUID]:
    """Every source person that counts as one of these canonical ones, itself included."""
    found = await session.execute(_SOURCES, {"persons": array(persons)})
    return {person: person for person in persons} | {source: person for source, person in found}


async def ties_of(
    session: AsyncSession, participants: Collection[UUID], volunteers: Collection[UUID]
) -> Ties:
    """What is known of these canonical persons: memberships, domains, sponsors."""
    employed = await with_sources(session, volunteers)
    enrolled = await with_sources(session, participants)
    return await found_ties(session, array(enrolled), array(employed), Canon(employed | enrolled))


async def found_ties(session: AsyncSession, enrolled: str, employed: str, canon: Canon) -> Ties:
    """The ties of source persons: arrays of learners and of helpers, as text."""
    memberships: dict[UUID, list[Membership]] = defaultdict(list)
    domains: dict[UUID, list[UUID]] = defaultdict(list)
    sponsorships: dict[UUID, list[Sponsorship]] = defaultdict(list)
    for source, *membership in await session.execute(_MEMBERSHIPS, {"sources": employed}):
        memberships[canon.of(source)].append(Membership(*membership))
    for source, company in await session.execute(_DOMAINS, {"sources": employed}):
        domains[canon.of(source)].append(company)
    for source, *sponsorship in await session.execute(_SPONSORSHIPS, {"sources": enrolled}):
        sponsorships[canon.of(source)].append(Sponsorship(*sponsorship))
    return Ties(memberships, domains, sponsorships)


async def deeds_of(
    session: AsyncSession, generation: int, sources: Collection[UUID]
) -> AsyncIterator[list[FactRow]]:
    """The standing facts of these source persons that can count, in chunks."""
    after: tuple[str, UUID] = ("", UUID(int=0))
    while True:
        bound = {
            "generation": generation,
            "sources": array(sources),
            "fact_types": sorted(COUNTED_TYPES),
            "after_type": after[0],
            "after_id": after[1],
            "chunk": _CHUNK,
        }
        rows = [FactRow(*row) for row in await session.execute(_DEEDS, bound)]
        if not rows:
            return
        yield rows
        after = rows[-1].key


async def people_of_domains(
    session: AsyncSession, generation: int, companies: Collection[UUID]
) -> list[UUID]:
    """Who has an address of these companies' domains, and whose facts count for them so far."""
    bound = {"generation": generation, "companies": array(companies)}
    return list((await session.execute(_PEOPLE_OF_DOMAINS, bound)).scalars())


async def write_attributions(
    session: AsyncSession,
    settled: Sequence[tuple[str, UUID]],
    attributions: Sequence[Attribution],
) -> list[tuple[UUID, datetime]]:
    """Make these the attributions: rows of the settled facts that aren't among them go.

    Returns the companies and times for which facts no longer count.
    """
    left: list[tuple[UUID, datetime]] = []
    named = {
        "companies": array(one.company_id for one in attributions),
        "types": array(one.fact_type for one in attributions),
        "ids": array(one.fact_id for one in attributions),
    }
    if settled:
        keys = {
            "fact_types": array(fact_type for fact_type, _ in settled),
            "fact_ids": array(fact_id for _, fact_id in settled),
        }
        left += map(_left, await session.execute(_CLEAR, named | keys))
    if attributions:
        details = {
            "volunteers": array(one.volunteer for one in attributions),
            "sponsors": array(one.sponsor for one in attributions),
            "times": array(one.occurred_at for one in attributions),
            "programs": array(one.program for one in attributions),
            "participants": array(one.participant_id for one in attributions),
            "helpers": array(one.volunteer_id for one in attributions),
        }
        left += map(_left, await session.execute(_WRITE, named | details))
    return left


def _left(row: Row[Any]) -> tuple[UUID, datetime]:
    return row.company_id, row.occurred_at
