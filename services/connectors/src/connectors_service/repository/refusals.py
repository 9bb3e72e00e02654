"""Rows that were not taken, with their reasons and their original."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from connectors_service.mapping.rows import Refused
from shared_schema.tables.pii import RefusedRow

PAGE = 1000


async def keep_refused(
    connection: AsyncConnection[Any], import_id: UUID, refused: Sequence[Refused]
) -> None:
    """Store refused rows of a chunk (row policies rule out COPY here)."""
    if refused:
        await connection.execute(
            "INSERT INTO pii.refused_rows (import_id, row_no, reasons, original)"
            " SELECT %s, r.row_no, r.reasons, r.original"
            " FROM unnest(%b::int[], %b::text[]::jsonb[], %b::text[]::jsonb[])"
            " r (row_no, reasons, original)",
            (
                import_id,
                [row.row for row in refused],
                [_reasons(row) for row in refused],
                [json.dumps({"cells": row.cells}, ensure_ascii=False) for row in refused],
            ),
        )


def _reasons(refused: Refused) -> str:
    reasons = [
        {"code": reason.code, "column": reason.column, "message": reason.message}
        for reason in refused.reasons
    ]
    return json.dumps(reasons, ensure_ascii=False)


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
