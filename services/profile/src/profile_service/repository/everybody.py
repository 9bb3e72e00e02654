"""Reads what is known of everybody, for the comparison of all with all."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.duplicates.people import Raw
from profile_service.repository.arrays import array

_AT_ONCE = 5_000

_STATE = text("""
    SELECT
        (SELECT jsonb_build_array(count(*), max(updated_at)) FROM pii.persons),
        (SELECT jsonb_build_array(count(*), max(created_at)) FROM pii.external_ids),
        (SELECT jsonb_build_array(count(*), max(updated_at)) FROM pii.platform_accounts),
        (SELECT jsonb_build_array(count(*), max(updated_at)) FROM program.canonical_persons)
""")

_PEOPLE = text("""
    SELECT coalesce(c.canonical_id, p.person_id), p.display_name, p.phone
    FROM pii.persons p LEFT JOIN program.canonical_persons c ON c.source_id = p.person_id
    WHERE p.status <> 'erased'
""")

_IDS = text("""
    SELECT coalesce(c.canonical_id, e.person_id), e.provider, e.external_id
    FROM pii.external_ids e LEFT JOIN program.canonical_persons c ON c.source_id = e.person_id
""")

_ACCOUNTS = text("""
    SELECT coalesce(c.canonical_id, a.person_id), a.linkedin_url, d.details->>'name',
        d.details->>'phone'
    FROM pii.platform_accounts a
    LEFT JOIN pii.fact_details d
        ON d.fact_type = 'platform_account' AND d.fact_id = a.account_id
    LEFT JOIN program.canonical_persons c ON c.source_id = a.person_id
    WHERE a.linkedin_url IS NOT NULL OR d.details ?| ARRAY['name', 'phone']
""")

_TOGETHER = text("""
    WITH pairs AS (
        SELECT * FROM unnest(CAST(:left AS uuid[]), CAST(:right AS uuid[])) AS p (one, other)
    ), sources AS (
        SELECT p.one, p.other, l.person_id AS mine, r.person_id AS theirs
        FROM pairs p
        CROSS JOIN LATERAL (SELECT p.one AS person_id UNION ALL SELECT source_id
            FROM program.canonical_persons WHERE canonical_id = p.one) l
        CROSS JOIN LATERAL (SELECT p.other AS person_id UNION ALL SELECT source_id
            FROM program.canonical_persons WHERE canonical_id = p.other) r
    )
    SELECT DISTINCT s.one, s.other
    FROM sources s
    JOIN insight.projection_state n ON n.name = 'profile'
    JOIN insight.profile_facts f ON f.generation = n.active_generation AND NOT f.retracted
        AND ((f.participant_id = s.mine AND f.volunteer_id = s.theirs)
            OR (f.participant_id = s.theirs AND f.volunteer_id = s.mine))
""")


async def state(session: AsyncSession) -> tuple[Any, ...]:
    """Something that differs whenever a person, an id, an account or a merge was written."""
    return tuple((await session.execute(_STATE)).one())


async def known(session: AsyncSession) -> dict[UUID, Raw]:
    """What each canonical person has, with all who count as them; the erased are left out."""
    found: dict[UUID, Raw] = {}
    async for person, name, phone in await session.stream(_PEOPLE):
        raw = found.setdefault(person, Raw())
        raw.names += [name] if name else []
        raw.phones += [phone] if phone else []
    async for person, provider, external_id in await session.stream(_IDS):
        if person in found:
            found[person].ids.append((provider, external_id))
    async for person, url, name, phone in await session.stream(_ACCOUNTS):
        if person in found:
            found[person].linkedins += [url] if url else []
            found[person].names += [name] if name else []
            found[person].phones += [phone] if phone else []
    return found


async def together(
    session: AsyncSession, pairs: Sequence[tuple[UUID, UUID]]
) -> set[tuple[UUID, UUID]]:
    """The pairs who took part in one session, match or meeting, one on each side of it."""
    found: set[tuple[UUID, UUID]] = set()
    for start in range(0, len(pairs), _AT_ONCE):
        part = pairs[start : start + _AT_ONCE]
        bound = {"left": array(one for one, _ in part), "right": array(two for _, two in part)}
        found |= {(one, other) for one, other in await session.execute(_TOGETHER, bound)}
    return found
