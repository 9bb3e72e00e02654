"""What an import's report counts: refused rows by code, and by column."""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb


async def error_counts(connection: AsyncConnection[Any], import_id: UUID) -> dict[str, Any]:
    """Return how many rows each code refuses, and each code in each column."""
    cursor = await connection.execute(
        "SELECT reason ->> 'code', reason ->> 'column', GROUPING(reason ->> 'column') = 1,"
        " count(DISTINCT r.row_no)"
        " FROM pii.refused_rows r CROSS JOIN LATERAL jsonb_array_elements(r.reasons) reason"
        " WHERE r.import_id = %s AND r.state = 'refused'"
        " GROUP BY GROUPING SETS ((1), (1, 2)) ORDER BY 4 DESC, 1, 2",
        (import_id,),
    )
    codes: dict[str, int] = {}
    columns = []
    for code, column, is_total, rows in await cursor.fetchall():
        if is_total:
            codes[code] = rows
        else:
            columns.append({"column": column, "code": code, "rows": rows})
    return {"codes": codes, "columns": columns}


async def keep(connection: AsyncConnection[Any], import_id: UUID, part: dict[str, Any]) -> None:
    """Add a part to an import's report."""
    await connection.execute(
        "UPDATE ops.imports SET report = coalesce(report, '{}') || %s WHERE import_id = %s",
        (Jsonb(part), import_id),
    )


async def keep_error_counts(connection: AsyncConnection[Any], import_id: UUID) -> None:
    """Store in an import's report what its refused rows count to."""
    await keep(connection, import_id, await error_counts(connection, import_id))
