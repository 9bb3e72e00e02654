"""Following the event log, also over transactions that commit in another order than they began."""

import json
import threading
from collections.abc import Generator
from uuid import UUID, uuid4

import psycopg

from waymark.eventlog import Event, events_in, following, newest
from waymark.testing.databases import MigratedDatabase

INSERT = (
    "INSERT INTO ops.outbox (outbox_id, producer, type, content_type, body)"
    " VALUES (%s, 'connectors', %s, 'application/json', %s)"
)


def _add(connection: psycopg.Connection, event_type: str, number: int, id_: UUID) -> None:
    body = json.dumps({"type": event_type, "data": number}).encode()
    connection.execute(INSERT, [id_, event_type, body])


def _take(stream: Generator[Event], got: list[int], number: int) -> None:
    got.extend(next(stream)["data"] for _ in range(number))
    stream.close()


def test_the_newest_events_come_oldest_first(database: MigratedDatabase) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        for number in range(5):
            _add(connection, "a.b.v1", number, UUID(int=number + 1))
        _add(connection, "other.v1", 9, uuid4())

    found = newest(database.owner_url, "a.*", 2)

    assert [event["data"] for event in found] == [3, 4]


def test_the_newest_are_counted_as_events_also_within_a_batch(database: MigratedDatabase) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        batch = json.dumps([{"data": 1}, {"data": 2}, {"data": 3}]).encode()
        connection.execute(INSERT, [UUID(int=1), "a.b.v1", batch])

    assert [event["data"] for event in newest(database.owner_url, "a.*", 2)] == [2, 3]


def test_following_misses_no_transaction_that_commits_late(database: MigratedDatabase) -> None:
    early, late = UUID(int=1), UUID(int=2)
    stream = following(database.owner_url, "a.b.v1")
    got: list[int] = []
    reader = threading.Thread(target=lambda: _take(stream, got, 2))
    with (
        psycopg.connect(database.owner_url) as slow,
        psycopg.connect(database.owner_url, autocommit=True) as quick,
    ):
        reader.start()
        _add(slow, "a.b.v1", 1, early)
        _add(quick, "a.b.v1", 2, late)
        quick.execute("NOTIFY waymark_outbox")
        slow.execute("NOTIFY waymark_outbox")

    reader.join(20)
    assert sorted(got) == [1, 2]


def test_a_batch_is_as_many_events() -> None:
    assert events_in(b'[{"id": 1}, {"id": 2}]') == [{"id": 1}, {"id": 2}]
    assert events_in(b'{"id": 1}') == [{"id": 1}]
