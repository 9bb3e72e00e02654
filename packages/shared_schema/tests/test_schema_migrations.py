"""Migrations run up and down from an empty database and end where the declarations say."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import Any

import psycopg
import pytest
from psycopg import sql

from shared_schema import catalogue, ddl, migrate, roles
from shared_schema.tables import SCHEMAS
from waymark.servers import PostgresServer
from waymark.testing.databases import MigratedDatabase

FROZEN = files("shared_schema") / "migrations" / "sql"


def schemas_of(connection: psycopg.Connection[Any]) -> set[str]:
    return {row[0] for row in connection.execute("SELECT nspname FROM pg_namespace")}


def roles_of(connection: psycopg.Connection[Any]) -> set[str]:
    return {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}


def run_frozen(connection: psycopg.Connection[Any], name: str) -> None:
    connection.execute((FROZEN / name).read_bytes())


def functions() -> list[str]:
    """The files of all versions that make functions and triggers, named `*functions.sql`."""
    return sorted(
        f"{version.name}/{file.name}"
        for version in FROZEN.iterdir()
        for file in version.iterdir()
        if file.name.endswith("functions.sql")
    )


def test_an_empty_database_comes_up_and_goes_down_again(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        before = catalogue.snapshot(connection), schemas_of(connection)

    migrate.upgrade(empty_database)
    assert migrate.current(empty_database) == migrate.head()
    migrate.downgrade(empty_database, "base")

    with psycopg.connect(empty_database) as connection:
        assert (catalogue.snapshot(connection), schemas_of(connection)) == before
        assert migrate.current(empty_database) is None
        defaults = connection.execute("SELECT count(*) FROM pg_default_acl").fetchone()
        assert defaults == (0,)


def test_up_down_up_ends_where_up_ends(empty_database: str) -> None:
    migrate.upgrade(empty_database)
    with psycopg.connect(empty_database) as connection:
        once = catalogue.snapshot(connection)

    migrate.downgrade(empty_database, "base")
    migrate.upgrade(empty_database)

    with psycopg.connect(empty_database) as connection:
        assert catalogue.snapshot(connection) == once


def test_the_frozen_migrations_make_what_the_declarations_say(
    empty_database: str, owner: psycopg.Connection[Any]
) -> None:
    with psycopg.connect(empty_database) as declared:
        run_frozen(declared, "0001/01_roles.sql")
        run_frozen(declared, "0001/02_foundations.sql")
        for schema in SCHEMAS:
            for statement in ddl.tables(schema):
                declared.execute(statement.encode())
        for name in functions():
            run_frozen(declared, name)
        for statement in (*ddl.row_security(), *ddl.privileges()):
            declared.execute(statement.encode())

        assert catalogue.snapshot(owner) == catalogue.snapshot(declared)


def test_a_second_upgrade_changes_nothing(database: MigratedDatabase) -> None:
    with psycopg.connect(database.owner_url) as connection:
        before = catalogue.snapshot(connection)

    migrate.upgrade(database.owner_url)

    with psycopg.connect(database.owner_url) as connection:
        assert catalogue.snapshot(connection) == before


def test_two_upgrades_at_once_are_one(empty_database: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrate.upgrade, [empty_database] * 2))

    assert migrate.current(empty_database) == migrate.head()


def test_a_downgrade_leaves_the_roles_to_the_other_databases(
    empty_database: str, owner: psycopg.Connection[Any]
) -> None:
    migrate.upgrade(empty_database)

    migrate.downgrade(empty_database, "base")

    assert {*roles.service_roles(), roles.OWNER} <= roles_of(owner)
    assert list(catalogue.drift(owner)) == []


def test_the_last_downgrade_of_a_cluster_takes_the_roles_along(
    lonely_server: PostgresServer,
) -> None:
    url = lonely_server.url("postgres")
    migrate.upgrade(url)

    migrate.downgrade(url, "base")

    with psycopg.connect(url) as connection:
        assert not {*roles.service_roles(), roles.OWNER} & roles_of(connection)


def test_an_ordinary_login_that_owns_its_database_can_migrate(
    lonely_server: PostgresServer,
) -> None:
    password = secrets.token_urlsafe(12)
    with psycopg.connect(lonely_server.url(), autocommit=True) as server:
        statement = sql.SQL("CREATE ROLE deployer LOGIN CREATEROLE PASSWORD {}")
        server.execute(statement.format(sql.Literal(password)))
        server.execute("CREATE DATABASE waymark OWNER deployer")
    with psycopg.connect(lonely_server.url("waymark"), autocommit=True) as prepared:
        prepared.execute("CREATE EXTENSION vector")
    url = lonely_server.url("waymark", "deployer", password)

    migrate.upgrade(url)
    with psycopg.connect(lonely_server.url("waymark")) as connection:
        assert list(catalogue.drift(connection)) == []
    migrate.downgrade(url, "base")

    with psycopg.connect(lonely_server.url("waymark")) as connection:
        assert not set(SCHEMAS) & schemas_of(connection)


def test_a_database_that_is_not_utf8_is_refused(postgres_server: PostgresServer) -> None:
    with psycopg.connect(postgres_server.url(), autocommit=True) as server:
        server.execute(
            "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'"
            " LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"
        )

    with pytest.raises(Exception, match="must be encoded in UTF8"):
        migrate.upgrade(postgres_server.url("latin"))
