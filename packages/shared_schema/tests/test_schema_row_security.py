"""What a company's request sees with the database as its only guard."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from packages.shared_schema.tests.planting import Owner, Planted, count, name_of
from psycopg import errors, sql

from shared_schema import policies
from shared_schema.grants import GRANTS
from shared_schema.roles import TENANTS
from shared_schema.tables import metadata

Connect = Callable[[str], psycopg.Connection[Any]]

REACHED = [
    (table, role)
    for table, roles in GRANTS.items()
    for role in roles
    if role in TENANTS and table in policies.TENANT_ROWS
]
"""Each table under tenancy with each login that reads it for a company."""


def seen_by(connection: Owner, company: UUID | str | None, table: str) -> int:
    """How many rows of a table a transaction for the company counts."""
    with connection.transaction():
        if company is not None:
            connection.execute("SELECT set_config('app.company_id', %s, true)", [str(company)])
        return count(connection, table)


@pytest.fixture
def planted(owner: Owner) -> Planted:
    return Planted(owner)


def test_every_table_under_tenancy_has_rows_to_hide(owner: Owner, planted: Planted) -> None:
    counts = {table: count(owner, table) for table in policies.TENANT_ROWS}

    assert all(rows >= 2 for rows in counts.values()), counts


def test_a_company_sees_its_own_rows_alone(planted: Planted, connect: Connect) -> None:
    for table, role in REACHED:
        expected = 8 if table == "program.attributions" else 1
        assert seen_by(connect(role), planted.company, table) == expected, (table, role)


@pytest.mark.parametrize("company", [None, "", uuid4()], ids=["unset", "emptied", "stranger"])
def test_without_its_company_a_request_sees_no_row(
    planted: Planted, connect: Connect, company: UUID | str | None
) -> None:
    seen = {(t, role): seen_by(connect(role), company, t) for t, role in REACHED}

    assert not any(seen.values()), seen


def test_the_company_of_one_transaction_is_gone_in_the_next(
    planted: Planted, connect: Connect
) -> None:
    connection = connect("profile_tenant")
    assert seen_by(connection, planted.company, "program.kintell_sessions") == 1

    assert seen_by(connection, None, "program.kintell_sessions") == 0


def test_a_company_that_is_no_uuid_is_an_error_not_a_door(connect: Connect) -> None:
    with pytest.raises(errors.InvalidTextRepresentation):
        seen_by(connect("profile_tenant"), "' OR true --", "program.attributions")


def test_a_fact_is_hidden_once_it_is_not_attributed(
    owner: Owner, planted: Planted, connect: Connect
) -> None:
    owner.execute("DELETE FROM program.attributions WHERE fact_type = 'kintell_session'")

    for table in ("program.kintell_sessions", "pii.texts", "insight.outcome_scores"):
        assert seen_by(connect("profile_tenant"), planted.company, table) == 0


@pytest.mark.parametrize(
    ("purpose", "hidden", "shown"),
    [
        ("evidence", ("pii.texts", "insight.evidence_snippets"), "insight.outcome_scores"),
        ("scoring", ("insight.outcome_scores", "insight.evidence_snippets"), "pii.texts"),
    ],
)
def test_words_and_scores_are_hidden_once_their_author_refuses(
    planted: Planted, connect: Connect, purpose: str, hidden: tuple[str, ...], shown: str
) -> None:
    rows = planted.owner.execute("SELECT person_id FROM pii.texts").fetchall()
    for (person,) in rows:
        planted.consent(person, purpose, "withdrawn")

    for table in hidden:
        assert seen_by(connect("profile_tenant"), planted.company, table) == 0
    assert seen_by(connect("profile_tenant"), planted.company, shown) == 1


def test_words_of_someone_who_said_nothing_are_hidden(planted: Planted, connect: Connect) -> None:
    planted.owner.execute("DELETE FROM program.consents")

    assert seen_by(connect("profile_tenant"), planted.company, "pii.texts") == 0
    assert seen_by(connect("profile_tenant"), planted.company, "insight.outcome_scores") == 1


@pytest.mark.parametrize(
    ("parent", "fact_type", "child"),
    [
        ("program.kintell_sessions", "kintell_session", "program.kintell_ratings"),
        ("program.buddy_matches", "buddy_match", "program.buddy_events"),
    ],
)
def test_a_fact_that_counts_does_not_show_the_one_it_hangs_on(
    owner: Owner, planted: Planted, connect: Connect, parent: str, fact_type: str, child: str
) -> None:
    owner.execute("DELETE FROM program.attributions WHERE fact_type = %s", [fact_type])

    assert seen_by(connect("profile_tenant"), planted.company, child) == 1
    assert seen_by(connect("profile_tenant"), planted.company, parent) == 0


def test_a_company_can_write_nothing(planted: Planted, connect: Connect) -> None:
    for role in TENANTS:
        connection = connect(role)
        for table in metadata.tables:
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(sql.SQL("DELETE FROM {}").format(name_of(table)))
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(sql.SQL("INSERT INTO {} DEFAULT VALUES").format(name_of(table)))


def test_a_company_can_not_switch_row_security_off(planted: Planted, connect: Connect) -> None:
    connection = connect("profile_tenant")
    connection.execute("SET row_security = off")

    with pytest.raises(errors.InsufficientPrivilege):
        count(connection, "program.kintell_sessions")


def test_a_company_can_not_become_someone_else(connect: Connect) -> None:
    connection = connect("profile_tenant")
    for role in ("waymark_owner", "profile_worker", "postgres"):
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))


def test_a_worker_sees_all_companies(planted: Planted, connect: Connect) -> None:
    assert count(connect("profile_worker"), "program.kintell_sessions") == 2
    assert count(connect("connectors_worker"), "ops.imports") == 2


def test_the_planner_sees_through_the_current_company(
    owner: Owner, planted: Planted, connect: Connect
) -> None:
    connection = connect("profile_tenant")
    with connection.transaction():
        connection.execute("SELECT set_config('app.company_id', %s, true)", [str(planted.company)])
        plan = connection.execute(
            "EXPLAIN SELECT count(*) FROM program.kintell_sessions", prepare=False
        ).fetchall()

    text = "\n".join(line for (line,) in plan)
    assert "current_setting" in text, "current_company() is no longer inlined"
