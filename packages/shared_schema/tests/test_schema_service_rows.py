"""In the tables that services share, each sees and writes its own rows."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

Connect = Callable[[str], psycopg.Connection[Any]]


def count(connection: psycopg.Connection[Any], table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split(".")))
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


OUTBOX = (
    "INSERT INTO ops.outbox (producer, type, content_type, body) VALUES (%s, 't', 'c', ''::bytea)"
)


def test_a_service_sees_and_writes_its_own_events(connect: Connect) -> None:
    for service in ("safety", "connectors"):
        connect(f"{service}_worker").execute(OUTBOX, [service])

    assert count(connect("safety_worker"), "ops.outbox") == 1
    with pytest.raises(errors.InsufficientPrivilege):
        connect("safety_worker").execute(OUTBOX, ["connectors"])


def test_the_producer_of_an_event_is_who_is_signed_in(connect: Connect) -> None:
    statement = "INSERT INTO ops.outbox (type, content_type, body) VALUES ('t', 'c', '')"
    row = connect("q2q_ai_worker").execute(f"{statement} RETURNING producer".encode()).fetchone()

    assert row == ("q2q_ai",)


def test_the_relay_publishes_for_all_and_changes_no_event(connect: Connect) -> None:
    for service in ("safety", "connectors"):
        connect(f"{service}_worker").execute(OUTBOX, [service])
    relay = connect("relay")

    published = relay.execute("UPDATE ops.outbox SET published_at = now(), stream_seq = 1")

    assert published.rowcount == 2
    with pytest.raises(errors.InsufficientPrivilege):
        relay.execute("UPDATE ops.outbox SET body = ''")


def test_an_inbox_belongs_to_its_consumer_and_the_relay_sees_what_arrived(
    connect: Connect,
) -> None:
    statement = "INSERT INTO ops.inbox (consumer, message_id) VALUES (%s, 'm')"
    connect("profile_worker").execute(statement, ["profile-kintell-session-completed-v1"])

    assert count(connect("relay"), "ops.inbox") == 1
    assert count(connect("safety_worker"), "ops.inbox") == 0
    with pytest.raises(errors.InsufficientPrivilege):
        connect("safety_worker").execute(statement, ["profile-kintell-rating-created-v1"])


def test_the_gateway_reads_every_services_audit_and_can_not_rewrite_it(connect: Connect) -> None:
    statement = (
        "INSERT INTO ops.audit_log (actor, role, action, object_type)"
        " VALUES ('a', 'admin', 'x', 'y')"
    )
    connect("safety_worker").execute(statement)

    assert count(connect("gateway_worker"), "ops.audit_log") == 1
    assert count(connect("profile_worker"), "ops.audit_log") == 0
    with pytest.raises(errors.InsufficientPrivilege):
        connect("gateway_worker").execute("UPDATE ops.audit_log SET actor = 'b'")
