"""Erases words: texts, details of facts, before-images."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from connectors_service.repository.erasing import PlannedFact
from shared_utils.erasing import Erasure

AT_ONCE = 2_000

_IMAGES = """
    WITH gone AS (
        DELETE FROM pii.before_images WHERE ctid = ANY(ARRAY(
            SELECT i.ctid FROM pii.before_images i
            WHERE EXISTS (SELECT FROM ops.erasure_facts f WHERE f.erasure_id = %(erasure)s
                    AND f.fact_type = i.fact_type AND f.fact_id = i.fact_id)
                OR i.image ->> 'person_id' = ANY(%(names)b)
                OR i.image ->> 'participant_id' = ANY(%(names)b)
                OR i.image ->> 'volunteer_id' = ANY(%(names)b)
                OR i.image ->> 'buddy_id' = ANY(%(names)b)
            LIMIT %(limit)s))
        RETURNING image ->> 'text_id' AS text_id
    ), noted AS (
        INSERT INTO ops.erased_texts (text_id, erasure_id)
        SELECT t.text_id, %(erasure)s FROM gone JOIN pii.texts t
            ON t.text_id = CAST(gone.text_id AS uuid) AND t.person_id = ANY(%(people)b)
        ON CONFLICT DO NOTHING
    )
    SELECT count(*) FROM gone
"""

_NOTE_TEXTS = """
    INSERT INTO ops.erased_texts (text_id, erasure_id)
    SELECT text_id, %(erasure)s FROM pii.texts WHERE person_id = ANY(%(people)b)
    ON CONFLICT DO NOTHING
"""

_TEXTS = """
    WITH gone AS (
        DELETE FROM pii.texts WHERE text_id = ANY(ARRAY(
            SELECT t.text_id FROM ops.erased_texts e JOIN pii.texts t USING (text_id)
            WHERE e.erasure_id = %(erasure)s LIMIT %(limit)s))
        RETURNING 1
    )
    SELECT count(*) FROM gone
"""


async def erase_images(connection: AsyncConnection[Any], erasure: Erasure) -> int:
    """Delete some of the before-images of the person's facts, or that name the person."""
    cursor = await connection.execute(
        _IMAGES,
        {
            "erasure": erasure.erasure_id,
            "people": list(erasure.persons),
            "names": [str(person) for person in erasure.persons],
            "limit": AT_ONCE,
        },
    )
    return await _count(cursor)


async def erase_texts(connection: AsyncConnection[Any], erasure: Erasure) -> int:
    """Delete some of what the person wrote, and of what was noted; say how many."""
    bound = {"erasure": erasure.erasure_id, "people": list(erasure.persons), "limit": AT_ONCE}
    await connection.execute(_NOTE_TEXTS, bound)
    return await _count(await connection.execute(_TEXTS, bound))


async def note_texts(
    connection: AsyncConnection[Any], erasure: Erasure, texts: Collection[UUID]
) -> None:
    """Note texts that are to go with the person."""
    await connection.execute(
        "INSERT INTO ops.erased_texts (text_id, erasure_id) SELECT unnest(%b::uuid[]), %s"
        " ON CONFLICT DO NOTHING",
        (list(texts), erasure.erasure_id),
    )


async def texts_of(
    connection: AsyncConnection[Any], texts: Collection[UUID]
) -> dict[UUID, tuple[UUID | None, str]]:
    """Return author and words of texts."""
    cursor = await connection.execute(
        "SELECT text_id, person_id, body FROM pii.texts WHERE text_id = ANY(%b)", (list(texts),)
    )
    return {text_id: (author, body) for text_id, author, body in await cursor.fetchall()}


async def details_of(
    connection: AsyncConnection[Any], fact_type: str, facts: Sequence[PlannedFact]
) -> dict[UUID, dict[str, Any]]:
    """Return the free words of facts."""
    cursor = await connection.execute(
        "SELECT fact_id, details FROM pii.fact_details WHERE fact_type = %s AND fact_id = ANY(%b)",
        (fact_type, [one.fact_id for one in facts]),
    )
    return dict(await cursor.fetchall())


async def keep_details(
    connection: AsyncConnection[Any], fact_type: str, kept: Mapping[UUID, Mapping[str, Any]]
) -> None:
    """Replace the free words of facts by what may stay of them."""
    await connection.execute(
        "WITH given AS (SELECT * FROM unnest(%(facts)b::uuid[], %(details)b::text[]::jsonb[])"
        " g (fact_id, details)), gone AS (DELETE FROM pii.fact_details d USING given g"
        " WHERE d.fact_type = %(type)s AND d.fact_id = g.fact_id AND g.details = '{}')"
        " UPDATE pii.fact_details d SET details = g.details FROM given g"
        " WHERE d.fact_type = %(type)s AND d.fact_id = g.fact_id AND g.details <> '{}'",
        {
            "type": fact_type,
            "facts": list(kept),
            "details": [json.dumps(words, ensure_ascii=False) for words in kept.values()],
        },
    )


async def _count(cursor: Any) -> int:
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
