"""The facts that rows hang on, and the rows that wait for facts that are not there yet."""

from collections.abc import Collection, Mapping
from typing import Any

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row

from connectors_service.datasets.facts import FactTable, Row
from connectors_service.datasets.parents import ById, ByPair, Parent, ParentName
from connectors_service.repository.references import known_people
from event_contracts.vocabulary import FactType
from shared_utils.hashing import KeyedHash

Names = Mapping[int, ParentName]


async def parents_of(
    connection: AsyncConnection[Any], parent: Parent[Any], names: Names
) -> dict[int, Row]:
    """Return each row's parent: its id and its people, by their columns."""
    by_id = {row: name.external_id for row, name in names.items() if isinstance(name, ById)}
    stored = await _by_external_id(connection, parent, set(by_id.values()))
    found = {row: stored[key] for row, key in by_id.items() if key in stored}
    return found | await _by_pair(connection, parent, names)


async def _by_external_id(
    connection: AsyncConnection[Any], parent: Parent[Any], keys: Collection[str]
) -> dict[str, Row]:
    if not keys:
        return {}
    rows = await _fetch(
        connection,
        sql.SQL("SELECT external_id, {columns} FROM {table} t WHERE external_id = ANY(%b)").format(
            columns=_columns(parent), table=_table(parent.table)
        ),
        (list(keys),),
    )
    return {row.pop("external_id"): row for row in rows}


async def _by_pair(
    connection: AsyncConnection[Any], parent: Parent[Any], names: Names
) -> dict[int, Row]:
    pairs = {row: name for row, name in names.items() if isinstance(name, ByPair)}
    emails = {email for pair in pairs.values() for email in (pair.participant, pair.volunteer)}
    people = await known_people(connection, emails) if emails else {}
    asked = [
        (row, people[pair.participant], people[pair.volunteer], pair.day)
        for row, pair in pairs.items()
        if pair.participant in people and pair.volunteer in people
    ]
    if not asked:
        return {}
    participant, volunteer = parent.people
    query = sql.SQL(
        "SELECT DISTINCT ON (w.row_no) w.row_no, {columns}"
        " FROM unnest(%b::int[], %b::uuid[], %b::uuid[], %b::date[])"
        " w (row_no, participant, volunteer, day)"
        " JOIN {table} t ON t.{participant} = w.participant AND t.{volunteer} = w.volunteer"
        " AND (t.{since} AT TIME ZONE 'UTC')::date <= w.day"
        " ORDER BY w.row_no, t.{since} DESC, t.{id}"
    ).format(
        columns=_columns(parent),
        table=_table(parent.table),
        participant=sql.Identifier(participant),
        volunteer=sql.Identifier(volunteer),
        since=sql.Identifier(parent.since),
        id=sql.Identifier(parent.table.id_column),
    )
    rows = await _fetch(
        connection, query, tuple(list(column) for column in zip(*asked, strict=True))
    )
    return {row.pop("row_no"): row for row in rows}


async def _fetch(
    connection: AsyncConnection[Any], query: sql.Composed, asked: tuple[Any, ...]
) -> list[dict[str, Any]]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, asked)
        return await cursor.fetchall()


def _columns(parent: Parent[Any]) -> sql.Composed:
    names = (parent.table.id_column, *parent.people)
    return sql.SQL(", ").join(sql.Identifier("t", name) for name in names)


def _table(table: FactTable) -> sql.Identifier:
    model = table.model.__table__
    return sql.Identifier(model.schema, model.name)


def awaited(fact_type: FactType, name: ParentName, keyed: KeyedHash) -> str:
    """Return how a held row states what it waits for: the kind of fact and its natural key.

    A pair is stated by a keyed hash, so that no address stands there.
    """
    if isinstance(name, ById):
        return f"{fact_type}:{name.external_id}"
    pair = keyed.identifier("pair", f"{name.participant} {name.volunteer}")
    return f"{fact_type}:pair:{pair.hex()}"


async def anyone_waits(connection: AsyncConnection[Any]) -> bool:
    """Tell whether any row waits for a fact."""
    cursor = await connection.execute(
        "SELECT EXISTS (SELECT FROM pii.refused_rows"
        " WHERE state = 'held' AND waits_for IS NOT NULL)"
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def let_go(connection: AsyncConnection[Any], awaited: Collection[str]) -> None:
    """Let the rows go that wait for these facts: a runner tries them again soon."""
    await connection.execute(
        "UPDATE pii.refused_rows SET waits_for = NULL WHERE state = 'held' AND waits_for = ANY(%b)",
        (list(awaited),),
    )


async def let_go_of_present(connection: AsyncConnection[Any], table: FactTable) -> None:
    """Let the rows go that wait for a fact, by the partner's id, that is there after all."""
    await connection.execute(
        sql.SQL(
            "UPDATE pii.refused_rows r SET waits_for = NULL WHERE state = 'held'"
            " AND EXISTS (SELECT FROM {table} t WHERE r.waits_for = {kind} || t.external_id)"
        ).format(table=_table(table), kind=f"{table.fact_type}:")
    )
