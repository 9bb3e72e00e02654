"""The temporary tables in which a chunk waits."""

from typing import Any

from psycopg import AsyncConnection, sql


async def forget_staged(connection: AsyncConnection[Any]) -> None:
    """Drop what is staged, so that the same transaction can stage the next rows."""
    cursor = await connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'"
    )
    for (name,) in await cursor.fetchall():
        await connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier("pg_temp", name)))
