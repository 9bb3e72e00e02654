"""Rows that were not taken, with their reasons and their original."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from connectors_service.mapping.rows import Refused
from shared_schema.tables.pii import RefusedRow

PAGE = 1000


async def keep_refused(
    connection: AsyncConnection[Any],
    import_id: UUID,
    refused: Sequence[Refused],
    nth: Mapping[int, int],
) -> None:
    """Store refused rows of a chunk; `nth` goes with a row, so that a replay keeps its key."""
    await _keep(connection, import_id, refused, nth, "refused", [None] * len(refused))


async def keep_held(
    connection: AsyncConnection[Any],
    import_id: UUID,
    held: Sequence[tuple[Refused, str]],
    nth: Mapping[int, int],
) -> None:
    """Store the rows of a chunk that wait, each with what it waits for."""
    rows, awaited = [row for row, _ in held], [key for _, key in held]
    await _keep(connection, import_id, rows, nth, "held", awaited)


async def _keep(
    connection: AsyncConnection[Any],
    import_id: UUID,
    rows: Sequence[Refused],
    nth: Mapping[int, int],
    state: str,
    awaited: Sequence[str | None],
) -> None:
    """Store rows that were not taken (row policies rule out COPY here)."""
    if rows:
        await connection.execute(
            "INSERT INTO pii.refused_rows"
            " (import_id, row_no, state, reasons, original, waits_for)"
            " SELECT %s, r.row_no, %s, r.reasons, r.original, r.waits_for"
            " FROM unnest(%b::int[], %b::text[]::jsonb[], %b::text[]::jsonb[], %b::text[])"
            " r (row_no, reasons, original, waits_for)",
            (
                import_id,
                state,
                [row.row for row in rows],
                [_reasons(row) for row in rows],
                [_original(row, nth) for row in rows],
                list(awaited),
            ),
        )


def _original(refused: Refused, nth: Mapping[int, int]) -> str:
    counted = {"nth": nth[refused.row]} if refused.row in nth else {}
    return json.dumps({"cells": refused.cells, **counted}, ensure_ascii=False)


def _reasons(refused: Refused) -> str:
    reasons = [
        {"code": reason.code, "column": reason.column, "message": reason.message}
        for reason in refused.reasons
    ]
    return json.dumps(reasons, ensure_ascii=False)


async def forget(session: AsyncSession, import_id: UUID) -> None:
    """Delete all rows of an import that were not taken: it starts over."""
    await session.execute(delete(RefusedRow).where(RefusedRow.import_id == import_id))


async def discard(connection: AsyncConnection[Any], import_id: UUID) -> None:
    """Let the rows that wait or were refused go: their import was undone."""
    await connection.execute(
        "UPDATE pii.refused_rows SET state = 'discarded', resolved_at = now()"
        " WHERE import_id = %s AND state IN ('refused', 'held')",
        (import_id,),
    )


async def waiting(session: AsyncSession, import_id: UUID) -> int:
    """Return how many rows of an import are refused or held."""
    query = select(func.count()).where(
        RefusedRow.import_id == import_id, RefusedRow.state.in_(("refused", "held"))
    )
    return await session.scalar(query) or 0


async def refused_after(
    session: AsyncSession, import_id: UUID, row: int, limit: int
) -> Sequence[RefusedRow]:
    """Return the refused rows behind a row number, in the order of the file."""
    query = (
        select(RefusedRow)
        .where(
            RefusedRow.import_id == import_id,
            RefusedRow.row_no > row,
            RefusedRow.state == "refused",
        )
        .order_by(RefusedRow.row_no)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def all_refused(session: AsyncSession, import_id: UUID) -> AsyncIterator[RefusedRow]:
    """Yield every refused row, a page at a time."""
    row = 0
    while page := await refused_after(session, import_id, row, PAGE):
        for refused in page:
            yield refused
        session.expunge_all()
        row = page[-1].row_no
