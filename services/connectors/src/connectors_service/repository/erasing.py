"""Whom and what an erasure is about: identifiers, the facts that name the person, their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shared_utils.erasing import Erasure

FACTS_AT_ONCE = 500
FACT, MATCH = "program.kintell_sessions", "program.buddy_matches"

_SIDE = (
    "CASE WHEN participant_id = ANY(%(people)b) AND {other} = ANY(%(people)b) THEN 'both'"
    " WHEN participant_id = ANY(%(people)b) THEN 'participant' ELSE 'volunteer' END"
)
_PLAN = f"""
    WITH sessions AS MATERIALIZED (
        SELECT session_id AS id, {_SIDE.format(other="volunteer_id")} AS side
        FROM program.kintell_sessions
        WHERE participant_id = ANY(%(people)b) OR volunteer_id = ANY(%(people)b)
    ), matches AS MATERIALIZED (
        SELECT match_id AS id, {_SIDE.format(other="buddy_id")} AS side
        FROM program.buddy_matches
        WHERE participant_id = ANY(%(people)b) OR buddy_id = ANY(%(people)b)
    )
    INSERT INTO ops.erasure_facts (erasure_id, fact_type, fact_id, side)
    SELECT %(erasure)s, f.* FROM (
        SELECT 'kintell_session', id, side FROM sessions
        UNION ALL SELECT 'kintell_rating', r.rating_id, s.side
            FROM sessions s JOIN program.kintell_ratings r ON r.session_id = s.id
        UNION ALL SELECT 'buddy_match', id, side FROM matches
        UNION ALL SELECT 'buddy_event', e.buddy_event_id, m.side
            FROM matches m JOIN program.buddy_events e ON e.match_id = m.id
        UNION ALL SELECT 'buddy_checkin', c.checkin_id, m.side
            FROM matches m JOIN program.buddy_checkins c ON c.match_id = m.id
        UNION ALL SELECT 'buddy_feedback', b.feedback_id, m.side
            FROM matches m JOIN program.buddy_feedback b ON b.match_id = m.id
        UNION ALL SELECT 'learning_progress', progress_id, 'participant'
            FROM program.learning_progress WHERE person_id = ANY(%(people)b)
        UNION ALL SELECT 'credential', credential_id, 'participant'
            FROM program.credentials WHERE person_id = ANY(%(people)b)
        UNION ALL SELECT 'enrollment', enrollment_id, 'participant'
            FROM program.program_enrollments WHERE person_id = ANY(%(people)b)
        UNION ALL SELECT 'company_membership', membership_id, 'volunteer'
            FROM program.company_users WHERE person_id = ANY(%(people)b)
        UNION ALL SELECT 'platform_account', account_id, 'both'
            FROM pii.platform_accounts WHERE person_id = ANY(%(people)b)
    ) f
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - no input in it
"""Each table of facts is read once: an index for this would make every import dearer."""

_ROWS = """
    INSERT INTO ops.erasure_rows (erasure_id, import_id, row_no)
    SELECT DISTINCT %(erasure)s, r.import_id, r.row_nos[p.place]
    FROM ops.erasure_facts f
    JOIN ops.import_rows r ON r.fact_type = f.fact_type
        AND r.highest_id >= f.fact_id AND r.lowest_id <= f.fact_id
    CROSS JOIN LATERAL unnest(array_positions(r.fact_ids, f.fact_id)) p (place)
    WHERE f.erasure_id = %(erasure)s AND NOT f.done AND r.row_nos[p.place] > 0
    ON CONFLICT DO NOTHING
"""

_ROWS_OF_IMAGES = """
    INSERT INTO ops.erasure_rows (erasure_id, import_id, row_no)
    SELECT DISTINCT %(erasure)s, CAST(i.image ->> 'import_id' AS uuid),
        CAST(i.image ->> 'row_no' AS int)
    FROM pii.before_images i
    WHERE (i.image ->> 'person_id' = ANY(%(names)b) OR i.image ->> 'participant_id' = ANY(%(names)b)
        OR i.image ->> 'volunteer_id' = ANY(%(names)b) OR i.image ->> 'buddy_id' = ANY(%(names)b))
        AND i.image ->> 'import_id' IS NOT NULL AND i.image ->> 'row_no' IS NOT NULL
    ON CONFLICT DO NOTHING
"""

_FILES_TO_LOOK_INTO = """
    INSERT INTO ops.erasure_rows (erasure_id, import_id, row_no)
    SELECT %(erasure)s, i.import_id, 0
    FROM ops.imports i JOIN pii.raw_uploads u USING (import_id)
    WHERE NOT i.dry_run AND (i.status IN ('failed', 'cancelled', 'undone')
        OR EXISTS (SELECT FROM ops.undone_facts f WHERE f.import_id = i.import_id))
    ON CONFLICT DO NOTHING
"""
"""What of such an import is no fact any more is in no ledger that leads to a person."""

_UNDER_WAY = """
    SELECT EXISTS (SELECT FROM ops.imports i JOIN ops.erasures e ON e.erasure_id = %s
        WHERE i.status = 'running' AND i.channel <> 'webhook' AND i.started_at < e.requested_at)
"""

_IDENTIFIERS = """
    SELECT kind, value FROM pii.erasure_identifiers WHERE erasure_id = %(erasure)s
    UNION SELECT provider, external_id FROM pii.platform_accounts
        WHERE person_id = ANY(%(people)b)
    UNION SELECT d.key, d.value FROM pii.platform_accounts a, jsonb_each_text(a.details) d
        WHERE a.person_id = ANY(%(people)b) AND d.key IN ('name', 'phone') AND d.value IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class PlannedFact:
    """A fact that names the person, and on which side."""

    fact_id: UUID
    side: str


async def is_under_way(connection: AsyncConnection[Any], erasure: Erasure) -> bool:
    """Tell whether an import still runs that began before the person's identifiers were refused."""
    cursor = await connection.execute(_UNDER_WAY, (erasure.erasure_id,))
    row = await cursor.fetchone()
    return bool(row and row[0])


async def plan(connection: AsyncConnection[Any], erasure: Erasure) -> int:
    """Note the facts that name the person and the rows that state them; say how many are new."""
    bound = {
        "erasure": erasure.erasure_id,
        "people": list(erasure.persons),
        "names": [str(person) for person in erasure.persons],
    }
    found = (await connection.execute(_PLAN, bound)).rowcount
    for statement in (_ROWS, _ROWS_OF_IMAGES, _FILES_TO_LOOK_INTO):
        await connection.execute(statement, bound)
    return found


async def identifiers(connection: AsyncConnection[Any], erasure: Erasure) -> list[tuple[str, str]]:
    """Return what the person is known by: (provider, `name` or `phone`, value)."""
    bound = {"erasure": erasure.erasure_id, "people": list(erasure.persons)}
    cursor = await connection.execute(_IDENTIFIERS, bound)
    return [(str(kind), str(value)) for kind, value in await cursor.fetchall()]


async def planned(
    connection: AsyncConnection[Any], erasure: Erasure, fact_type: str
) -> Sequence[PlannedFact]:
    """Return the next facts of a kind that were not dealt with yet."""
    cursor = await connection.execute(
        "SELECT fact_id, side FROM ops.erasure_facts"
        " WHERE erasure_id = %s AND fact_type = %s AND NOT done ORDER BY fact_id LIMIT %s",
        (erasure.erasure_id, fact_type, FACTS_AT_ONCE),
    )
    return [PlannedFact(*row) for row in await cursor.fetchall()]


async def dealt_with(
    connection: AsyncConnection[Any], erasure: Erasure, fact_type: str, facts: Sequence[UUID]
) -> None:
    """Note that facts were dealt with."""
    await connection.execute(
        "UPDATE ops.erasure_facts SET done = true"
        " WHERE erasure_id = %s AND fact_type = %s AND fact_id = ANY(%b)",
        (erasure.erasure_id, fact_type, list(facts)),
    )
