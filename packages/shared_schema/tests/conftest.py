"""Empty databases, and connections as any role."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from psycopg import sql

from waymark.servers import PostgresServer
from waymark.servers.account import server_account, temporary_folder
from waymark.servers.postgres import FAST_AND_FORGETFUL
from waymark.testing.databases import MigratedDatabase, Template, copied

Connect = Callable[[str], psycopg.Connection[Any]]


@pytest.fixture
def empty_database(postgres_server: PostgresServer) -> Iterator[str]:
    """The superuser's URL of a database with nothing in it."""
    name = f"empty_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_server.url(), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield postgres_server.url(name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


_EMPTY = """
SET session_replication_role = replica;
DO $$
DECLARE
    filled regclass;
BEGIN
    FOR filled IN
        SELECT oid::regclass FROM pg_class WHERE relkind = 'r'
        AND relnamespace::regnamespace::text IN ('pii', 'program', 'insight', 'auth', 'ops')
    LOOP
        EXECUTE format('DELETE FROM %s', filled);
    END LOOP;
END
$$;
RESET session_replication_role;
"""


@pytest.fixture(scope="module")
def database(migrated: Template) -> Iterator[MigratedDatabase]:
    """A migrated database for the tests of one module."""
    with copied(migrated) as database:
        yield database


@pytest.fixture
def owner(database: MigratedDatabase) -> Iterator[psycopg.Connection[Any]]:
    """The superuser, on a migrated database without rows."""
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute(_EMPTY)
        yield connection


@pytest.fixture
def connect(database: MigratedDatabase, owner: psycopg.Connection[Any]) -> Iterator[Connect]:
    """A login of a service role, on the same database as `owner`."""
    with ExitStack() as stack:
        yield lambda role: stack.enter_context(psycopg.connect(database.url(role), autocommit=True))


@pytest.fixture
def lonely_server() -> Iterator[PostgresServer]:
    """A cluster of its own, in which no other database uses the roles."""
    folder = temporary_folder("waymark-schema-", server_account())
    server = PostgresServer(folder / "data", folder / "log", settings=FAST_AND_FORGETFUL)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)
