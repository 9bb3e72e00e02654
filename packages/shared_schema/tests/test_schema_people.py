"""Identifiers become people once, whoever asks and how often; only connectors may ask."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors

from shared_schema.roles import service_roles
from waymark.testing.databases import MigratedDatabase

Connect = Callable[[str], psycopg.Connection[Any]]
Owner = psycopg.Connection[Any]
Found = dict[str, tuple[UUID, bool]]


@pytest.fixture
def connectors(connect: Connect) -> Owner:
    return connect("connectors_worker")


def resolve(connection: Owner, *ids: str, provider: str = "email") -> Found:
    """By identifier as asked: its person, and whether it is new."""
    rows = connection.execute(
        "SELECT external_id, person_id, created FROM pii.resolve_people(%s, %s)",
        [[provider] * len(ids), list(ids)],
    )
    return {external_id: (person, created) for external_id, person, created in rows}


def people(owner: Owner) -> int:
    row = owner.execute("SELECT count(*) FROM pii.persons").fetchone()
    assert row is not None
    return int(row[0])


def test_an_unknown_identifier_creates_a_provisional_person(
    owner: Owner, connectors: Owner
) -> None:
    person, created = resolve(connectors, "ana@example.org")["ana@example.org"]

    stored = owner.execute("SELECT person_id, status FROM pii.persons").fetchall()
    assert created
    assert stored == [(person, "provisional")]


def test_a_known_identifier_keeps_its_person(owner: Owner, connectors: Owner) -> None:
    first = resolve(connectors, "ana@example.org")["ana@example.org"]

    again = resolve(connectors, "ana@example.org", "bo@example.org")

    assert again["ana@example.org"] == (first[0], False)
    assert again["bo@example.org"][1]
    assert people(owner) == 2


def test_an_address_in_any_case_is_one_person_and_comes_back_as_asked(
    owner: Owner, connectors: Owner
) -> None:
    found = resolve(connectors, "Ana@Example.org", "ana@example.org", "ÉVA@example.org")

    assert found["Ana@Example.org"] == found["ana@example.org"]
    assert (
        resolve(connectors, "éva@example.org")["éva@example.org"][0]
        == (found["ÉVA@example.org"][0])
    )
    assert people(owner) == 2


def test_other_providers_ids_keep_their_case(owner: Owner, connectors: Owner) -> None:
    resolve(connectors, "K-1", "k-1", provider="kintell")

    assert people(owner) == 2


def test_the_domain_of_an_address_is_kept_and_no_other(owner: Owner, connectors: Owner) -> None:
    resolve(connectors, "ana@Acme.com")
    resolve(connectors, "a@b", provider="kintell")

    domains = owner.execute("SELECT provider, domain FROM pii.external_ids ORDER BY 1")
    assert domains.fetchall() == [("email", "acme.com"), ("kintell", None)]


def test_an_address_that_is_not_folded_can_not_be_stored(owner: Owner) -> None:
    owner.execute("INSERT INTO pii.persons (person_id) VALUES (%s)", [uuid4()])
    with pytest.raises(errors.CheckViolation):
        owner.execute(
            "INSERT INTO pii.external_ids (provider, external_id, person_id)"
            " SELECT 'email', 'Ana@example.org', person_id FROM pii.persons"
        )


def test_lists_of_different_length_are_refused(connectors: Owner) -> None:
    with pytest.raises(errors.InvalidParameterValue):
        connectors.execute("SELECT pii.resolve_people(ARRAY['email'], ARRAY['a', 'b'])")


def test_nothing_asked_is_nothing_found(connectors: Owner) -> None:
    assert resolve(connectors) == {}


def test_a_dry_run_learns_who_is_known_and_creates_no_one(owner: Owner, connectors: Owner) -> None:
    person, _ = resolve(connectors, "ana@example.org")["ana@example.org"]

    rows = connectors.execute(
        "SELECT external_id, person_id FROM pii.known_people(%s, %s)",
        [["email", "email"], ["ANA@example.org", "bo@example.org"]],
    )

    assert dict(rows.fetchall()) == {"ANA@example.org": person, "bo@example.org": None}
    assert people(owner) == 1


def test_a_rolled_back_import_leaves_no_one(owner: Owner, connectors: Owner) -> None:
    with connectors.transaction(force_rollback=True):
        resolve(connectors, "ana@example.org")

    assert people(owner) == 0


def in_own_transaction(url: str, start: threading.Barrier, ids: Sequence[str]) -> Found:
    with psycopg.connect(url) as connection:
        start.wait(10)
        return resolve(connection, *ids)


def test_two_imports_of_the_same_people_agree_and_never_deadlock(
    owner: Owner, database: MigratedDatabase
) -> None:
    url = database.url("connectors_worker")
    for attempt in range(8):
        ids = [f"{attempt}-{number * 7919 % 3000}@example.org" for number in range(3000)]
        start = threading.Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            one = pool.submit(in_own_transaction, url, start, ids[:2500])
            other = pool.submit(in_own_transaction, url, start, ids[:500:-1])

        shared = set(one.result()) & set(other.result())
        assert all(one.result()[i][0] == other.result()[i][0] for i in shared)
        assert all(one.result()[i][1] != other.result()[i][1] for i in shared)
    assert people(owner) == 8 * 3000


def test_an_import_waits_for_the_people_of_another_and_takes_over_if_it_fails(
    owner: Owner, database: MigratedDatabase
) -> None:
    url = database.url("connectors_worker")
    with psycopg.connect(url) as first, ThreadPoolExecutor(1) as pool:
        lost = resolve(first, "ana@example.org")["ana@example.org"]
        waiting = pool.submit(in_own_transaction, url, threading.Barrier(1), ["ana@example.org"])
        wait_for_a_blocked_one(owner)
        first.rollback()

        found = waiting.result(10)["ana@example.org"]

    assert found[1]
    assert found[0] != lost[0]
    assert people(owner) == 1


def wait_for_a_blocked_one(owner: Owner) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
    for _ in range(1000):
        if owner.execute(query).fetchone() != (0,):
            return
        owner.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("no one waits")


def set_names(connection: Owner, named: dict[UUID, str]) -> Any:
    row = connection.execute(
        "SELECT pii.set_display_names(%s, %s)", [list(named), list(named.values())]
    ).fetchone()
    assert row is not None
    return row[0]


def test_a_name_fills_a_gap_and_never_replaces_one(owner: Owner, connectors: Owner) -> None:
    ana, bo = (
        person for person, _ in resolve(connectors, "ana@example.org", "bo@example.org").values()
    )
    assert set_names(connectors, {ana: " Ana "}) == 1

    assert set_names(connectors, {ana: "Someone else", bo: "  "}) == 0

    names = owner.execute("SELECT person_id, display_name FROM pii.persons").fetchall()
    assert dict(names) == {ana: "Ana", bo: None}


def test_an_erased_person_gets_no_name(owner: Owner, connectors: Owner) -> None:
    person, _ = resolve(connectors, "ana@example.org")["ana@example.org"]
    owner.execute("UPDATE pii.persons SET status = 'erased', erased_at = now()")

    assert set_names(connectors, {person: "Ana"}) == 0


@pytest.mark.parametrize(
    "call",
    [
        "pii.resolve_people('{}', '{}')",
        "pii.known_people('{}', '{}')",
        "pii.companies_by_address('{}')",
        "pii.set_display_names('{}', '{}')",
    ],
)
def test_only_connectors_may_ask(connect: Connect, call: str) -> None:
    for role in set(service_roles()) - {"connectors_worker"}:
        with pytest.raises(errors.InsufficientPrivilege):
            connect(role).execute(f"SELECT {call}".encode())


def test_the_callers_search_path_and_temporary_tables_change_nothing(
    owner: Owner, connectors: Owner
) -> None:
    connectors.execute("CREATE TEMPORARY TABLE persons (person_id uuid)")
    connectors.execute(
        "CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql RETURN 'hijacked'"
    )
    connectors.execute("SET search_path = pg_temp, pii, public")

    resolve(connectors, "ANA@example.org")

    stored = owner.execute("SELECT external_id FROM pii.external_ids").fetchall()
    assert stored == [("ana@example.org",)]


def test_a_text_never_changes(owner: Owner) -> None:
    owner.execute(
        "INSERT INTO pii.texts (fact_type, fact_id, field, body, body_hmac, occurred_at)"
        " VALUES ('kintell_session', uuidv7(), 'feedback_text', 'Good', '', now())"
    )

    with pytest.raises(errors.FeatureNotSupported):
        owner.execute("UPDATE pii.texts SET body = 'Bad'")


def test_erasing_a_text_takes_its_vectors_along(owner: Owner, connect: Connect) -> None:
    owner.execute(
        "WITH t AS (INSERT INTO pii.texts (fact_type, fact_id, field, body, body_hmac, occurred_at)"
        " VALUES ('kintell_session', uuidv7(), 'feedback_text', 'Good', '', now()) RETURNING *)"
        " INSERT INTO pii.text_embeddings SELECT text_id, 'm', 0, 4,"
        " array_fill(0, ARRAY[384])::real[]::halfvec FROM t"
    )

    connect("connectors_worker").execute("DELETE FROM pii.texts")

    assert owner.execute("SELECT count(*) FROM pii.text_embeddings").fetchone() == (0,)
