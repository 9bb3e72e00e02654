"""Digests of what was derived, by which two ways of getting there are held equal."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_PROJECTION = text("""
    WITH lines AS (
        SELECT sha256(convert_to(concat_ws('|', 'fact', fact_type, fact_id, revision, retracted,
            event_id, participant_id, volunteer_id, extract(epoch FROM occurred_at), state),
            'UTF8')) AS line
        FROM insight.profile_facts WHERE generation = :generation
        UNION ALL
        SELECT sha256(convert_to(concat_ws('|', 'flag', person_id, flag, value,
            extract(epoch FROM since), event_id, rules_version), 'UTF8'))
        FROM insight.profile_flags WHERE generation = :generation
        UNION ALL
        SELECT sha256(convert_to(concat_ws('|', 'profile', person_id), 'UTF8'))
        FROM insight.profiles WHERE generation = :generation
    )
    SELECT encode(sha256(coalesce(string_agg(line, CAST('' AS bytea) ORDER BY line),
        CAST('' AS bytea))), 'hex')
    FROM lines
""")

_ATTRIBUTIONS = text("""
    SELECT encode(sha256(coalesce(string_agg(line, CAST('' AS bytea) ORDER BY line),
        CAST('' AS bytea))), 'hex')
    FROM (
        SELECT sha256(convert_to(concat_ws('|', company_id, fact_type, fact_id, volunteer,
            sponsor, extract(epoch FROM occurred_at), program, participant_id, volunteer_id),
            'UTF8')) AS line
        FROM program.attributions
    ) a
""")

_MILESTONES = text("""
    SELECT encode(sha256(coalesce(string_agg(line, CAST('' AS bytea) ORDER BY line),
        CAST('' AS bytea))), 'hex')
    FROM (
        SELECT sha256(convert_to(concat_ws('|', m.person_id, m.milestone,
            extract(epoch FROM m.reached_at), m.event_id), 'UTF8')) AS line
        FROM insight.milestones m
        WHERE EXISTS (SELECT FROM insight.profile_flags f
            WHERE f.generation = :generation AND f.person_id = m.person_id
                AND f.event_id = m.event_id)
    ) a
""")


async def projection_digest(session: AsyncSession, generation: int) -> str:
    """Over the facts, flags and profiles of a generation; not over when they were written."""
    found = await session.execute(_PROJECTION, {"generation": generation})
    return str(found.scalar_one())


async def attributions_digest(session: AsyncSession) -> str:
    """Over everything that counts for any company."""
    return str((await session.execute(_ATTRIBUTIONS)).scalar_one())


async def milestones_digest(session: AsyncSession, generation: int) -> str:
    """Over the milestones whose flag still holds; what was published of others is history."""
    found = await session.execute(_MILESTONES, {"generation": generation})
    return str(found.scalar_one())
