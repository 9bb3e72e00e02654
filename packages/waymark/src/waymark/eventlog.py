"""The event log as it stands in PostgreSQL's outbox, read from its end."""

import json
from collections.abc import Generator
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

CHANNEL = sql.SQL("LISTEN waymark_outbox")
_QUIET_SECONDS = 1.0
_NEWEST = """
    SELECT outbox_id, body FROM (
        SELECT outbox_id, body FROM ops.outbox WHERE type LIKE %(pattern)s
        ORDER BY created_at DESC, outbox_id DESC LIMIT %(number)s
    ) newest ORDER BY outbox_id
"""
_NEW = """
    SELECT outbox_id, body FROM ops.outbox
    WHERE type LIKE %(pattern)s AND created_at >= now() - interval '10 minutes'
        AND outbox_id <> ALL(%(seen)s::uuid[])
    ORDER BY outbox_id
"""
_SEEN = "SELECT outbox_id FROM ops.outbox WHERE created_at >= now() - interval '10 minutes'"

Event = dict[str, Any]


def newest(url: str, event_type: str, number: int) -> list[Event]:
    """The `number` newest events, oldest first; `*` in the type is any text."""
    with psycopg.connect(url, autocommit=True) as connection:
        bound = {"pattern": _pattern(event_type), "number": number}
        rows = connection.execute(_NEWEST, bound).fetchall()
    return [event for _, body in rows for event in events_in(body)][-number:]


def following(url: str, event_type: str) -> Generator[Event]:
    """Events from this call on, for ever.

    A message is told apart by its id, never by its order: transactions commit in another order
    than they take their ids, so "after the last one" would miss some. Rows stay unseen for at most
    the ten minutes that a transaction may last.
    """
    connection = psycopg.connect(url, autocommit=True)
    connection.execute(CHANNEL)
    return _new_events(connection, event_type, {row[0] for row in connection.execute(_SEEN)})


def _new_events(
    connection: psycopg.Connection, event_type: str, seen: set[UUID]
) -> Generator[Event]:
    with connection:
        while True:
            for outbox_id, body in _unseen(connection, event_type, seen):
                seen.add(outbox_id)
                yield from events_in(body)
            for _ in connection.notifies(timeout=_QUIET_SECONDS, stop_after=1):
                break


def events_in(body: bytes) -> list[Event]:
    """The CloudEvents of a message, a single one or a batch."""
    content = json.loads(body)
    return content if isinstance(content, list) else [content]


def _unseen(
    connection: psycopg.Connection, event_type: str, seen: set[UUID]
) -> list[tuple[UUID, bytes]]:
    bound = {"pattern": _pattern(event_type), "seen": list(seen)}
    return connection.execute(_NEW, bound).fetchall()


def _pattern(event_type: str) -> str:
    escaped = event_type.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%")
