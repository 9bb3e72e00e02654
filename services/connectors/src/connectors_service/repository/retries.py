"""Rows that are tried again: which, what became of them, and how the import's counts move."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from connectors_service.mapping.rows import Refused
from connectors_service.replaying.rows import Kept, kept_row
from connectors_service.repository.imports import Counts
from connectors_service.repository.undo import OVER
from shared_schema.tables.imports import Import

CHUNKS_FROM = 2**30
"""Chunks of rows that are tried again have higher numbers than any row of a file."""


async def ask(session: AsyncSession, import_id: UUID, asked: dict[str, Any]) -> bool:
    """Begin a replay; False where the import is not over, or is being changed already."""
    begun = await session.scalar(
        update(Import)
        .where(
            Import.import_id == import_id,
            Import.status.in_(OVER),
            ~Import.dry_run,
            Import.undo.is_(None),
            func.coalesce(Import.replay["status"].astext, "") != "running",
        )
        .values(replay=asked)
        .returning(Import.import_id)
    )
    return begun is not None


async def note(session: AsyncSession, import_id: UUID, replay: dict[str, Any]) -> None:
    """Store how far a replay is."""
    await session.execute(update(Import).where(Import.import_id == import_id).values(replay=replay))


async def refused_page(
    connection: AsyncConnection[Any], import_id: UUID, after: int, limit: int
) -> list[Kept]:
    """Return refused rows behind a row, in the order of the file."""
    cursor = await connection.execute(
        "SELECT row_no, original, state, reasons FROM pii.refused_rows WHERE import_id = %s"
        " AND state = 'refused' AND row_no > %s ORDER BY row_no LIMIT %s",
        (import_id, after, limit),
    )
    return [kept_row(*row) for row in await cursor.fetchall()]


async def ready_page(connection: AsyncConnection[Any], import_id: UUID, limit: int) -> list[Kept]:
    """Return rows that need not wait any more, in the order of the file."""
    cursor = await connection.execute(
        "SELECT row_no, original, state, reasons FROM pii.refused_rows WHERE import_id = %s"
        " AND state = 'held' AND waits_for IS NULL ORDER BY row_no LIMIT %s",
        (import_id, limit),
    )
    return [kept_row(*row) for row in await cursor.fetchall()]


async def imports_with_ready_rows(connection: AsyncConnection[Any]) -> list[UUID]:
    """Return the imports whose rows need not wait any more."""
    cursor = await connection.execute(
        "SELECT DISTINCT import_id FROM pii.refused_rows"
        " WHERE state = 'held' AND waits_for IS NULL LIMIT 100"
    )
    return [row[0] for row in await cursor.fetchall()]


async def free_chunk(connection: AsyncConnection[Any], import_id: UUID) -> int:
    """Return the number of the next chunk of rows that are tried again."""
    cursor = await connection.execute(
        "SELECT greatest(coalesce(max(chunk_no), 0), %s) + 1 FROM ops.import_rows"
        " WHERE import_id = %s",
        (CHUNKS_FROM, import_id),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else CHUNKS_FROM + 1


async def settle(
    connection: AsyncConnection[Any],
    import_id: UUID,
    taken: Sequence[int],
    refused: Sequence[Refused],
    held: Sequence[tuple[Refused, str]],
) -> None:
    """Store what became of rows that were tried again."""
    await connection.execute(
        "UPDATE pii.refused_rows SET state = 'replayed', waits_for = NULL, resolved_at = now()"
        " WHERE import_id = %s AND row_no = ANY(%b)",
        (import_id, list(taken)),
    )
    again: list[tuple[Refused, str, str | None]] = [(row, "refused", None) for row in refused]
    again += [(row, "held", awaited) for row, awaited in held]
    if again:
        await connection.execute(
            "UPDATE pii.refused_rows r SET state = g.state, reasons = g.reasons,"
            " waits_for = g.waits_for"
            " FROM unnest(%b::int[], %b::text[], %b::text[], %b::text[]::jsonb[])"
            " g (row_no, state, waits_for, reasons)"
            " WHERE r.import_id = %s AND r.row_no = g.row_no",
            (
                [row.row for row, _, _ in again],
                [state for _, state, _ in again],
                [awaited for _, _, awaited in again],
                [_reasons(row) for row, _, _ in again],
                import_id,
            ),
        )


def _reasons(refused: Refused) -> str:
    return json.dumps(
        [
            {"code": reason.code, "column": reason.column, "message": reason.message}
            for reason in refused.reasons
        ],
        ensure_ascii=False,
    )


async def move_counts(session: AsyncSession, import_id: UUID, was: Counts, now: Counts) -> None:
    """Count rows as what they are now, no longer as what they were."""
    await session.execute(
        update(Import)
        .where(Import.import_id == import_id)
        .values(
            rows_created=Import.rows_created + now.created,
            rows_updated=Import.rows_updated + now.updated,
            rows_unchanged=Import.rows_unchanged + now.unchanged,
            rows_refused=Import.rows_refused + now.refused - was.refused,
            rows_held=Import.rows_held + now.held - was.held,
        )
    )
