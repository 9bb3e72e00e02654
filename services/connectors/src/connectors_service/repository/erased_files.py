"""Erases from what was received: refused rows, files, webhooks, trials, and names of files."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from connectors_service.erasing.mentions import Mentions
from shared_utils.erasing import Erasure

AT_ONCE = 1_000
BLANK = json.dumps({"cells": []})

_MENTIONED = """
    ({text} ~* ANY(%(patterns)s::text[])
        OR regexp_replace({text}, '[\\s()./-]', '', 'g') LIKE ANY(%(digits)s::text[]))
"""

_REFUSED = f"""
    WITH gone AS (
        UPDATE pii.refused_rows r SET original = %(blank)s::jsonb, state = 'discarded',
            resolved_at = now(), reasons = (SELECT jsonb_agg(jsonb_build_object('code', e -> 'code',
                'column', e -> 'column', 'message', 'This row was erased.'))
                FROM jsonb_array_elements(r.reasons) e)
        WHERE (r.import_id, r.row_no) IN (
            SELECT m.import_id, m.row_no FROM pii.refused_rows m
            WHERE m.original <> %(blank)s::jsonb AND (
                EXISTS (SELECT FROM ops.erasure_rows e WHERE e.erasure_id = %(erasure)s
                    AND e.import_id = m.import_id AND e.row_no = m.row_no)
                OR {_MENTIONED.format(text="m.original::text")})
            LIMIT %(limit)s)
        RETURNING r.import_id, r.row_no
    ), noted AS (
        INSERT INTO ops.erasure_rows (erasure_id, import_id, row_no)
        SELECT %(erasure)s, import_id, row_no FROM gone ON CONFLICT DO NOTHING
    )
    SELECT count(*) FROM gone
"""  # noqa: S608 - no input in it

_NAMES = f"""
    WITH gone AS (
        UPDATE pii.raw_uploads u
        SET filename = 'erased' || coalesce(substring(u.filename FROM '\\.[A-Za-z0-9]{{1,5}}$'), '')
        WHERE {_MENTIONED.format(text="u.filename")}
            OR {_MENTIONED.format(text="translate(u.filename, '_-.', '   ')")} RETURNING 1
    )
    SELECT count(*) FROM gone
"""  # noqa: S608 - no input in it

_TRIALS = """
    WITH tried AS MATERIALIZED (
        SELECT i.import_id FROM ops.imports i JOIN pii.raw_uploads u USING (import_id)
        WHERE i.dry_run AND i.status IN ('completed', 'failed', 'cancelled') LIMIT 20
    ), refusals AS (
        DELETE FROM pii.refused_rows r USING tried s WHERE r.import_id = s.import_id
    ), seen AS (
        UPDATE ops.imports i SET preview = NULL, report = NULL FROM tried s
        WHERE i.import_id = s.import_id
    ), gone AS (
        DELETE FROM pii.raw_uploads u USING tried s WHERE u.import_id = s.import_id RETURNING 1
    )
    SELECT count(*) FROM gone
"""
"""What was only tried is nobody's evidence, and no ledger says whom it names."""

_NEXT_FILE = """
    SELECT r.import_id, i.checkpoint, array_agg(r.row_no)
    FROM ops.erasure_rows r JOIN ops.imports i USING (import_id)
    WHERE r.erasure_id = %s AND NOT r.done AND i.status NOT IN ('receiving', 'received', 'running')
        AND EXISTS (SELECT FROM pii.raw_uploads u WHERE u.import_id = r.import_id)
    GROUP BY r.import_id, i.checkpoint ORDER BY r.import_id LIMIT 1
"""

_BODIES = """
    SELECT w.source, w.webhook_id, b.body, array_agg(DISTINCT w.item)
    FROM ops.erasure_rows r JOIN pii.webhook_rows w USING (import_id, row_no)
    JOIN pii.webhook_bodies b USING (source, webhook_id)
    WHERE r.erasure_id = %(erasure)s AND NOT r.done
    GROUP BY w.source, w.webhook_id, b.body LIMIT 100
"""

_STRAY_BODIES = f"""
    SELECT b.source, b.webhook_id FROM pii.webhook_bodies b
    WHERE b.routed_at IS NULL AND b.processed_at IS NOT NULL AND b.body <> '\\x7b7d'::bytea
        AND {_MENTIONED.format(text="encode(b.body, 'escape')")} LIMIT 100
"""  # noqa: S608 - no input in it

_REWRITE_BODY = """
    UPDATE pii.webhook_bodies SET sha256 = coalesce(sha256, sha256(body)), body = %(body)s,
        rewritten_sha256 = sha256(%(body)s), headers = '{}'
    WHERE source = %(source)s AND webhook_id = %(webhook)s
"""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An upload that names the person: how it is read, and in which rows."""

    import_id: UUID
    checkpoint: dict[str, Any]
    rows: frozenset[int]


@dataclass(frozen=True, slots=True)
class StoredBody:
    """A webhook that names the person, in which of its objects."""

    source: str
    webhook_id: str
    body: bytes
    items: frozenset[int]


def _looked_for(mentions: Mentions) -> dict[str, Any]:
    return {
        "patterns": list(mentions.patterns),
        "digits": [f"%{number}%" for number in mentions.digits],
    }


async def erase_refused(
    connection: AsyncConnection[Any], erasure: Erasure, mentions: Mentions
) -> int:
    """Blank some refused or held rows that are the person's or name the person."""
    bound = {"erasure": erasure.erasure_id, "blank": BLANK, "limit": AT_ONCE}
    return await _count(await connection.execute(_REFUSED, bound | _looked_for(mentions)))


async def erase_names(connection: AsyncConnection[Any], mentions: Mentions) -> int:
    """Rename uploads whose name names the person."""
    return await _count(await connection.execute(_NAMES, _looked_for(mentions)))


async def erase_trials(connection: AsyncConnection[Any]) -> int:
    """Forget some of the files that were only tried."""
    return await _count(await connection.execute(_TRIALS))


async def next_file(connection: AsyncConnection[Any], erasure: Erasure) -> StoredFile | None:
    """Return the next upload to rewrite."""
    cursor = await connection.execute(_NEXT_FILE, (erasure.erasure_id,))
    row = await cursor.fetchone()
    return StoredFile(row[0], row[1], frozenset(row[2])) if row else None


async def pieces_of(connection: AsyncConnection[Any], import_id: UUID) -> list[int]:
    """Return the numbers of the stored pieces of an upload."""
    cursor = await connection.execute(
        "SELECT chunk_no FROM pii.raw_upload_chunks WHERE import_id = %s ORDER BY chunk_no",
        (import_id,),
    )
    return [row[0] for row in await cursor.fetchall()]


async def piece(connection: AsyncConnection[Any], import_id: UUID, number: int) -> bytes:
    """Return one compressed piece."""
    cursor = await connection.execute(
        "SELECT body FROM pii.raw_upload_chunks WHERE import_id = %s AND chunk_no = %s",
        (import_id, number),
    )
    row = await cursor.fetchone()
    return bytes(row[0]) if row else b""


async def replace_piece(
    connection: AsyncConnection[Any], import_id: UUID, number: int, body: bytes
) -> None:
    """Put other bytes in the place of a piece."""
    await connection.execute(
        "UPDATE pii.raw_upload_chunks SET body = %s WHERE import_id = %s AND chunk_no = %s",
        (body, import_id, number),
    )


async def drop_pieces_before(connection: AsyncConnection[Any], import_id: UUID, first: int) -> None:
    """Let go of what the stored text was made from: a workbook as it came."""
    await connection.execute(
        "DELETE FROM pii.raw_upload_chunks WHERE import_id = %s AND chunk_no < %s",
        (import_id, first),
    )


async def note_rewritten(connection: AsyncConnection[Any], file: StoredFile, sha256: bytes) -> None:
    """Keep the digest of what the file is now; it may hold blank lines, so it is no plain one."""
    await connection.execute(
        "UPDATE pii.raw_uploads SET rewritten_sha256 = %s WHERE import_id = %s",
        (sha256, file.import_id),
    )
    await connection.execute(
        "UPDATE ops.imports SET checkpoint = checkpoint || %s, preview = NULL WHERE import_id = %s",
        (Jsonb({"plain": False}), file.import_id),
    )


async def file_done(connection: AsyncConnection[Any], erasure: Erasure, import_id: UUID) -> None:
    """Note that an upload names the person no longer."""
    await connection.execute(
        "UPDATE ops.erasure_rows SET done = true WHERE erasure_id = %s AND import_id = %s",
        (erasure.erasure_id, import_id),
    )


async def next_bodies(connection: AsyncConnection[Any], erasure: Erasure) -> list[StoredBody]:
    """Return some webhooks that hold rows of the person."""
    cursor = await connection.execute(_BODIES, {"erasure": erasure.erasure_id})
    return [
        StoredBody(source, webhook_id, bytes(body), frozenset(items))
        for source, webhook_id, body, items in await cursor.fetchall()
    ]


async def stray_bodies(connection: AsyncConnection[Any], mentions: Mentions) -> list[StoredBody]:
    """Return some webhooks that never became rows and name the person."""
    cursor = await connection.execute(_STRAY_BODIES, _looked_for(mentions))
    return [
        StoredBody(source, webhook_id, b"", frozenset())
        for source, webhook_id in await cursor.fetchall()
    ]


async def rewrite_body(connection: AsyncConnection[Any], found: StoredBody, body: bytes) -> None:
    """Put other bytes in the place of a webhook's; both digests are kept."""
    bound = {"source": found.source, "webhook": found.webhook_id, "body": body}
    await connection.execute(_REWRITE_BODY, bound)


async def bodies_done(
    connection: AsyncConnection[Any], erasure: Erasure, bodies: Collection[StoredBody]
) -> None:
    """Note that webhooks name the person no longer."""
    await connection.execute(
        "UPDATE ops.erasure_rows r SET done = true FROM pii.webhook_rows w,"
        " unnest(%s::text[], %s::text[]) d (source, webhook_id)"
        " WHERE r.erasure_id = %s AND r.import_id = w.import_id AND r.row_no = w.row_no"
        " AND w.source = d.source AND w.webhook_id = d.webhook_id",
        ([one.source for one in bodies], [one.webhook_id for one in bodies], erasure.erasure_id),
    )


async def _count(cursor: Any) -> int:
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
