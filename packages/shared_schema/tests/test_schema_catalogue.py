"""The catalogue holds what is declared and nothing else: grants, owners, forced row security."""

from collections.abc import Iterator
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import DefaultClause, Table, UniqueConstraint

from event_contracts import vocabulary as events
from shared_schema import catalogue, grants, policies, vocabulary
from shared_schema.roles import OWNER, TENANTS, service_roles
from shared_schema.tables import SCHEMAS, metadata
from waymark.testing.databases import MigratedDatabase

Owner = psycopg.Connection[Any]

KEYS_ACROSS_COMPANIES = {
    ("program.companies", ("domain",)): "Only the import of an admin or coordinator writes it.",
    ("program.companies", ("key",)): "Only the import of an admin or coordinator writes it.",
}
"""Keys of tables with a company that don't hold the company, and why they tell nothing."""


@pytest.fixture
def owner(database: MigratedDatabase) -> Iterator[Owner]:
    """The superuser; what a test changes is rolled back."""
    with psycopg.connect(database.owner_url) as connection:
        yield connection
        connection.rollback()


def values(connection: Owner, query: LiteralString) -> set[str]:
    return {row[0] for row in catalogue.read(connection, query)}


def test_every_grant_is_declared_and_every_declared_grant_is_there(owner: Owner) -> None:
    assert list(catalogue.drift(owner)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "GRANT SELECT ON auth.users TO profile_worker",
        "GRANT UPDATE (body) ON pii.texts TO connectors_worker",
        "GRANT EXECUTE ON FUNCTION pii.known_people(text[], text[]) TO PUBLIC",
        "REVOKE INSERT ON ops.outbox FROM safety_worker",
        "GRANT USAGE ON SCHEMA auth TO profile_tenant",
    ],
)
def test_a_grant_that_strays_is_told(owner: Owner, statement: str) -> None:
    owner.execute(statement.encode())

    assert len(list(catalogue.drift(owner))) == 1


def test_each_table_is_in_the_declared_list() -> None:
    assert set(grants.GRANTS) == set(metadata.tables)


def test_a_table_has_one_writer_or_each_writes_its_own_rows() -> None:
    shared = {table for table in grants.GRANTS if len(grants.writers(table)) != 1}

    assert shared == set(policies.SERVICE_ROWS)


def test_no_service_role_owns_anything(owner: Owner) -> None:
    owners = values(
        owner,
        "SELECT relowner::regrole::text FROM pg_class"
        " WHERE relnamespace::regnamespace::text = ANY (%(schemas)s)"
        " UNION SELECT proowner::regrole::text FROM pg_proc"
        " WHERE pronamespace::regnamespace::text = ANY (%(schemas)s)"
        " UNION SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = ANY (%(schemas)s)",
    )

    assert owners == {OWNER}


def test_service_roles_are_ordinary_and_can_become_no_one_else(owner: Owner) -> None:
    privileged = owner.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)",
        [list(service_roles())],
    ).fetchall()
    members = owner.execute(
        "SELECT member::regrole::text FROM pg_auth_members WHERE member::regrole::text = ANY (%s)",
        [list(service_roles())],
    ).fetchall()
    login = owner.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [OWNER])

    assert (privileged, members) == ([], [])
    assert login.fetchone() == (False,)


def test_every_table_that_a_company_reaches_forces_row_security(owner: Owner) -> None:
    forced = values(
        owner,
        "SELECT oid::regclass::text FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        " AND relnamespace::regnamespace::text = ANY (%(schemas)s)",
    )
    reached = {
        grant.object
        for grant in catalogue.granted(owner)
        if grant.role in TENANTS and grant.object in metadata.tables
    }

    assert forced == set(policies.protected_tables())
    assert reached - forced == set(policies.SHARED_WITH_TENANTS)


def test_a_table_that_names_a_company_is_protected_or_out_of_its_reach() -> None:
    for name, table in metadata.tables.items():
        if "company_id" in table.columns and name not in policies.TENANT_ROWS:
            assert not set(grants.GRANTS[name]) & set(TENANTS), name


def test_a_company_may_only_read(owner: Owner) -> None:
    allowed = {
        grant.privilege
        for grant in catalogue.granted(owner)
        if grant.role in TENANTS and grant.object in metadata.tables
    }

    assert allowed == {"SELECT"}


def test_a_company_reads_nothing_around_row_security(owner: Owner) -> None:
    assert (
        values(
            owner,
            "SELECT relname FROM pg_class WHERE relkind IN ('m', 'f')"
            " AND relnamespace::regnamespace::text = ANY (%(schemas)s)",
        )
        == set()
    )
    careless = values(
        owner,
        "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'v'"
        " AND relnamespace::regnamespace::text = ANY (%(schemas)s)"
        " AND NOT coalesce(reloptions, '{}') && ARRAY['security_invoker=true']",
    )
    assert careless == set()


def test_no_function_of_ours_is_for_everyone(owner: Owner) -> None:
    open_to_all = {
        grant.object for grant in catalogue.granted(owner) if grant.role in {"PUBLIC", "-"}
    }

    assert open_to_all == set()


def test_functions_with_the_owners_rights_have_a_fixed_search_path(owner: Owner) -> None:
    loose = values(
        owner,
        "SELECT oid::regprocedure::text FROM pg_proc WHERE prosecdef"
        " AND pronamespace::regnamespace::text = ANY (%(schemas)s)"
        " AND NOT coalesce(proconfig, '{}')"
        " && ARRAY['search_path=pg_catalog, pg_temp']",
    )

    assert loose == set()


def test_a_function_created_later_is_not_for_everyone_either(owner: Owner) -> None:
    owner.execute("SET ROLE waymark_owner")
    owner.execute("CREATE FUNCTION ops.newcomer() RETURNS int LANGUAGE sql RETURN 1")

    assert all(grant.role != "PUBLIC" for grant in catalogue.granted(owner))


def key_columns(table: Table) -> set[tuple[str, ...]]:
    """Primary key, unique constraints and unique indexes, by their columns."""
    keys = {tuple(table.primary_key.columns.keys())}
    keys |= {
        tuple(constraint.columns.keys())
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }
    return keys | {tuple(index.columns.keys()) for index in table.indexes if index.unique}


def is_surrogate(table: Table, key: tuple[str, ...]) -> bool:
    """Whether the key is a random id of ours, which no one can guess."""
    if len(key) > 1 or table.c[key[0]].type.python_type is not UUID:
        return False
    default = table.c[key[0]].server_default
    generated = isinstance(default, DefaultClause) and str(default.arg) == "uuidv7()"
    return generated or key == tuple(table.primary_key.columns.keys())


def test_keys_of_tables_with_a_company_hold_the_company() -> None:
    leaking = {
        (name, key)
        for name in policies.TENANT_ROWS
        if "company_id" in metadata.tables[name].columns
        for key in key_columns(metadata.tables[name])
        if "company_id" not in key and not is_surrogate(metadata.tables[name], key)
    }

    assert leaking == set(KEYS_ACROSS_COMPANIES)


def test_foreign_keys_between_companies_tables_hold_the_company() -> None:
    for name in policies.TENANT_ROWS:
        table = metadata.tables[name]
        for foreign in table.foreign_key_constraints:
            both = "company_id" in table.columns and "company_id" in foreign.referred_table.columns
            assert not both or "company_id" in foreign.column_keys, f"{name}: {foreign.name}"


def test_everything_says_why_it_is_there(owner: Owner) -> None:
    silent = values(
        owner,
        "SELECT conname::text FROM pg_constraint WHERE contype IN ('c', 'u', 'f')"
        " AND connamespace::regnamespace::text = ANY (%(schemas)s)"
        " AND obj_description(oid, 'pg_constraint') IS NULL"
        " UNION ALL SELECT c.relname FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid"
        " WHERE c.relnamespace::regnamespace::text = ANY (%(schemas)s)"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid)"
        " AND obj_description(c.oid, 'pg_class') IS NULL"
        " UNION ALL SELECT relname FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace::regnamespace::text = ANY (%(schemas)s)"
        " AND obj_description(oid, 'pg_class') IS NULL",
    )

    assert silent == set()


@pytest.mark.parametrize(
    ("allowed", "spoken"),
    [
        (vocabulary.FACT_TYPES, events.FactType),
        (vocabulary.SESSION_TYPES, events.SessionType),
        (vocabulary.SESSION_STATUSES, events.SessionStatus),
        (vocabulary.CEFR_LEVELS, events.CefrLevel),
        (vocabulary.PERSON_KINDS, events.PersonKind),
        (vocabulary.PROGRAMS, events.Program),
        (vocabulary.MATCH_STATUSES, events.MatchStatus),
        (vocabulary.MOODS, events.Mood),
        (vocabulary.LEARNING_STATUSES, events.LearningStatus),
        (vocabulary.CREDENTIAL_TYPES, events.CredentialType),
        (vocabulary.ENROLLMENT_STATUSES, events.EnrollmentStatus),
        (vocabulary.POSITIONS, events.CompanyPosition),
        (vocabulary.DIMENSIONS, events.Dimension),
        (vocabulary.PERIOD_STATUSES, events.PeriodStatus),
        (vocabulary.REVIEW_DECISIONS, events.ReviewDecision),
    ],
    ids=lambda words: getattr(words, "__name__", ""),
)
def test_tables_allow_the_words_that_events_speak(allowed: tuple[str, ...], spoken: Any) -> None:
    assert set(allowed) == set(spoken)


def test_schemas_hold_every_table() -> None:
    assert {table.schema for table in metadata.tables.values()} == set(SCHEMAS)
