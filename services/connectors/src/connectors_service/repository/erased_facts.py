"""Empties columns of facts that stay when a person goes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row

from connectors_service.datasets.facts import Changed
from connectors_service.repository.histories import table_of
from connectors_service.undoing.tables import Undoable


async def empty_columns(
    connection: AsyncConnection[Any], kind: Undoable, emptied: Mapping[UUID, Sequence[str]]
) -> list[Changed]:
    """Empty columns of facts at their next revision; return the rows before and after."""
    names = sorted({name for columns in emptied.values() for name in columns})
    if not names:
        return []
    statement = sql.SQL(
        "UPDATE {table} t SET {columns}, revision = t.revision + 1, updated_at = now()"
        " FROM unnest(%(facts)b::uuid[], {given}) g (fact_id, {flags})"
        " WHERE t.{id} = g.fact_id RETURNING new.*, to_jsonb(old) AS before"
    ).format(
        table=table_of(kind),
        id=sql.Identifier(kind.fact.id_column),
        columns=sql.SQL(", ").join(
            sql.SQL("{0} = CASE WHEN g.{1} THEN NULL ELSE t.{0} END").format(
                sql.Identifier(name), sql.Identifier(f"empty_{name}")
            )
            for name in names
        ),
        flags=sql.SQL(", ").join(sql.Identifier(f"empty_{name}") for name in names),
        given=sql.SQL(", ").join(
            sql.SQL("{}::bool[]").format(sql.Placeholder(name)) for name in names
        ),
    )
    bound: dict[str, Any] = {"facts": list(emptied)}
    for name in names:
        bound[name] = [name in columns for columns in emptied.values()]
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, bound)
        rows = await cursor.fetchall()
    return [Changed(row, row.pop("before")) for row in rows]
