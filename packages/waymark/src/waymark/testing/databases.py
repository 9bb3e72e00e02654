"""Fresh databases copied from one migrated template, with a login a service role."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from shared_schema import migrate, roles
from waymark.servers import PostgresServer

TEMPLATE = "waymark_template"


@dataclass(frozen=True)
class MigratedDatabase:
    """A database of its own for one test; `passwords` maps each role to its password."""

    server: PostgresServer
    name: str
    passwords: Mapping[str, str]

    @property
    def owner_url(self) -> str:
        """The login that runs migrations and may see everything."""
        return self.server.url(self.name)

    def url(self, role: str) -> str:
        """The URL of a service's login, such as `profile_worker`; KeyError if there is none."""
        return self.server.url(self.name, role, self.passwords[role])


@dataclass(frozen=True)
class Template:
    """The migrated template of a server and the passwords of its roles."""

    server: PostgresServer
    passwords: Mapping[str, str]

    def copy(self) -> MigratedDatabase:
        """A new database with the template's content."""
        name = f"test_{secrets.token_hex(6)}"
        _execute(self.server, "CREATE DATABASE {} TEMPLATE {}", name, TEMPLATE)
        return MigratedDatabase(self.server, name, self.passwords)

    def drop(self, database: MigratedDatabase) -> None:
        """Forget the database, ending whoever is still connected."""
        _execute(self.server, "DROP DATABASE {} WITH (FORCE)", database.name)


def migrated_template(server: PostgresServer) -> Template:
    """Migrate the template and give every role a password."""
    _execute(server, "CREATE DATABASE {}", TEMPLATE)
    url = server.url(TEMPLATE)
    migrate.upgrade(url)
    passwords = {role: secrets.token_urlsafe(12) for role in roles.service_roles()}
    with psycopg.connect(url, autocommit=True) as connection:
        roles.set_passwords(connection, passwords)
    return Template(server, passwords)


@contextmanager
def copied(template: Template) -> Iterator[MigratedDatabase]:
    """A database that is dropped at the end."""
    database = template.copy()
    yield database
    template.drop(database)


def _execute(server: PostgresServer, statement: str, *names: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))
