"""What is told of written facts: their events, worded from stored rows."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row

from connectors_service.datasets.facts import Beside, Changed, FactTable, Row, Told
from connectors_service.repository.loads import hold_table
from event_contracts import Event

Rows = Mapping[UUID, Row]


def worded(table: FactTable, changes: Sequence[Changed], beside: Rows) -> list[Event]:
    """Return the events of written facts; `beside` holds the rows of their parents by id."""
    told = table.told
    if told is None:
        return []
    events = (told.word(change, beside.get(_parent_of(told, change))) for change in changes)
    return [event for event in events if event is not None]


def _parent_of(told: Told, change: Changed) -> Any:
    return change.new[told.beside.link] if told.beside else None


async def rows_beside(
    connection: AsyncConnection[Any], table: FactTable, changes: Sequence[Changed]
) -> Rows:
    """Return what the events of these facts repeat of their parents, by the parent's id."""
    beside = table.told.beside if table.told else None
    if beside is None or not changes:
        return {}
    return await _parents(connection, beside, {change.new[beside.link] for change in changes})


async def _parents(connection: AsyncConnection[Any], beside: Beside, ids: Collection[UUID]) -> Rows:
    model = beside.table.model.__table__
    parent = beside.table.id_column
    statement = sql.SQL("SELECT {id}, {columns} FROM {table} WHERE {id} = ANY(%b)").format(
        id=sql.Identifier(parent),
        columns=sql.SQL(", ").join(map(sql.Identifier, beside.columns)),
        table=sql.Identifier(model.schema, model.name),
    )
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, (list(ids),))
        return {row.pop(parent): row for row in await cursor.fetchall()}


async def told_anew(
    connection: AsyncConnection[Any], follower: FactTable, parents: Rows
) -> list[dict[str, Any]]:
    """Raise the revision of the facts that hang on these parents, and return them."""
    beside = follower.told.beside if follower.told else None
    model = follower.model.__table__
    if beside is None or not parents:
        return []
    statement = sql.SQL(
        "UPDATE {table} SET revision = revision + 1, updated_at = now()"
        " WHERE {link} = ANY(%b) RETURNING *"
    ).format(table=sql.Identifier(model.schema, model.name), link=sql.Identifier(beside.link))
    async with connection.cursor(row_factory=dict_row) as cursor:
        await hold_table(cursor, model.fullname)
        await cursor.execute(statement, (list(parents),))
        return await cursor.fetchall()
