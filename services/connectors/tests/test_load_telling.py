"""The events that the database words are those that the contracts would."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from sqlalchemy import Boolean, Column, Date, Double, Integer, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

from connectors_service.datasets.catalogue import DATASETS
from connectors_service.datasets.facts import Changed, FactTable, Told
from connectors_service.repository import packing
from connectors_service.repository.packing import Wording
from event_contracts import Event, decode, decode_batch
from event_contracts.plain import plain_reader
from shared_utils.db import Database
from waymark.testing.databases import MigratedDatabase

TABLES = {
    target.table.model.__tablename__: target.table
    for dataset in DATASETS.values()
    for target in dataset.targets
    if target.table.told
}
MOMENTS = [
    datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
    datetime(2026, 3, 2, 10, 0, 0, 500, tzinfo=UTC),
    datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]
WORDS = {
    "session_type": ["language", "mentorship"],
    "from_role": ["participant"],
    "position": ["manager", "volunteer"],
    "program": ["buddy", "upskilling"],
    "mood": ["great", "difficult"],
    "credential_type": ["badge"],
    "language_level": ["C1"],
    "language": ["uk", "no"],
    "event_type": ["hangout", "long_walk"],
    "provider": ["ecornell", "my_lms"],
    "course_id": ["ECO-101", "a/b+c"],
    "kind": ["participant", "volunteer"],
}
STATUSES = {
    "kintell_sessions": ["scheduled", "completed", "cancelled"],
    "program_enrollments": ["enrolled", "dropped"],
    "buddy_matches": ["active", "ended"],
    "learning_progress": ["in_progress", "completed"],
}
ALWAYS = {"completed_at", "starts_on"}


def value_of(table: FactTable, column: Column[Any], n: int) -> Any:
    """Return the n-th value of a column: different ones, and NULL where it may be."""
    if column.nullable and n % 3 == 2 and column.name not in ALWAYS:
        return None
    if column.name == "status":
        words = STATUSES[str(table.model.__tablename__)]
        return words[n % len(words)]
    match column.type:
        case Uuid():
            return uuid4()
        case TIMESTAMP():
            return MOMENTS[n % len(MOMENTS)]
        case Date():
            return date(2026, 1, 1 + n % 28)
        case Boolean():
            return n % 2 == 0
        case Double():
            return [0.0, 1.0, 0.1 + 0.2][n % 3]
        case Integer():
            return 1 + n % 7
        case JSONB() | ARRAY():
            return Jsonb({})
    words = WORDS.get(column.name, [f'a "quoted" \\ {column.name}\n{n}'])
    return words[n % len(words)]


def changes_of(table: FactTable, told: Told, count: int) -> list[Changed]:
    """Return written facts, of every third with a former row that differs."""
    columns = list(table.model.__table__.columns)
    changes = []
    for n in range(count):
        new = {column.name: value_of(table, column, n) for column in columns}
        old = {column.name: value_of(table, column, n + 1) for column in columns}
        changes.append(Changed(new | {"row_no": n + 2}, old if n % 3 == 1 else None))
    return changes


@pytest.fixture
async def work_database(database: MigratedDatabase) -> Any:
    opened = Database(database.url("connectors_worker"), 2, application_name="connectors")
    yield opened
    await opened.close()


async def keep(
    connection: psycopg.AsyncConnection[Any], table: FactTable, changes: list[Changed]
) -> None:
    """Fill the temporary table of written facts, and the parents beside it."""
    model = table.model.__table__
    await connection.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE written (LIKE {}, before jsonb, old_revision integer)"
        ).format(sql.Identifier(model.schema, model.name))
    )
    for change in changes:
        state = {**change.new, "before": None}
        if change.old is not None:
            state["before"] = Jsonb({name: _plain(value) for name, value in change.old.items()})
        await connection.execute(
            sql.SQL("INSERT INTO written ({}) VALUES ({})").format(
                sql.SQL(", ").join(map(sql.Identifier, state)),
                sql.SQL(", ").join(map(sql.Placeholder, state)),
            ),
            state,
        )


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, float, bool)) else str(value)


async def insert_parents(
    connection: psycopg.AsyncConnection[Any], told: Told, changes: list[Changed]
) -> dict[UUID, dict[str, Any]]:
    """Store a parent for each fact that hangs on one, and return them by id."""
    if told.beside is None:
        return {}
    table = told.beside.table
    model = table.model.__table__
    parents = {}
    for n, change in enumerate(changes):
        state = {
            column.name: value_of(table, column, n)
            for column in model.columns
            if not column.computed
        } | {table.id_column: change.new[told.beside.link]}
        state |= {"external_id": f"parent {n}"}
        if "duration_minutes" in state:
            state |= {"scheduled_at": MOMENTS[2], "completed_at": MOMENTS[0]}
        await connection.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                sql.Identifier(model.schema, model.name),
                sql.SQL(", ").join(map(sql.Identifier, state)),
                sql.SQL(", ").join(map(sql.Placeholder, state)),
            ),
            state,
        )
        parents[change.new[told.beside.link]] = state
    return parents


async def outbox(connection: psycopg.AsyncConnection[Any]) -> list[dict[str, Any]]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute("SELECT * FROM ops.outbox")
        return await cursor.fetchall()


@pytest.mark.parametrize("name", TABLES)
async def test_the_database_words_events_as_the_contracts_do(
    name: str, work_database: Database
) -> None:
    table = TABLES[name]
    told = table.told
    assert told is not None
    changes = changes_of(table, told, 202)
    async with work_database.work(correlation_id="one-import") as work:
        connection = await work.raw()
        parents = await insert_parents(connection, told, changes)
        await keep(connection, table, changes)
        wording = Wording(table, told, sql.Identifier("written"))
        await packing.tell(work, wording, "import:x:2", len(changes))
        stored = {row["outbox_id"]: row for row in await outbox(connection)}
    async with work_database.work(correlation_id="one-import") as work:
        work.publish_packed(expected(told, changes, parents), "import:x:2")
        published = {row.outbox_id: row for row in work._rows}
        work._rows = []

    assert stored.keys() == published.keys()
    for message_id, row in published.items():
        found = stored[message_id]
        assert (found["type"], found["event_count"], found["correlation_id"]) == (
            row.type,
            row.event_count,
            row.correlation_id,
        )
        assert (found["content_type"], found["subject"]) == (row.content_type, row.subject)
        assert said(found["content_type"], bytes(found["body"])) == said(row.content_type, row.body)
        if (reads := plain_reader(type_of(row.body))) and row.event_count > 1:
            assert reads(bytes(found["body"])) is not None


def expected(
    told: Told, changes: list[Changed], parents: dict[UUID, dict[str, Any]]
) -> list[Event]:
    link = told.beside.link if told.beside else ""
    columns = told.beside.columns if told.beside else ()
    worded = []
    for change in changes:
        parent = parents.get(change.new[link], {}) if link else {}
        event = told.word(change, {name: parent[name] for name in columns})
        if event is not None:
            worded.append(event)
    return worded


def said(content_type: str, body: bytes) -> list[dict[str, Any]]:
    envelopes = decode_batch(body) if "batch" in content_type else [decode(body)]
    return [envelope.model_dump(exclude={"time"}) for envelope in envelopes]


def type_of(body: bytes) -> type[Event]:
    return type(decode_batch(body)[0].data if body[:1] == b"[" else decode(body).data)
