"""Brings a database to the newest version, or back: `python -m shared_schema.migrate URL`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text

from shared_schema.locks import Lock


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate up to `revision`; does nothing where the database is there already.

    The user of `url` owns the database and may create roles (a superuser may always).
    Several may call it at once: one works, the others wait.
    """
    with _ready(url) as config:
        command.upgrade(config, revision)


def downgrade(url: str, revision: str) -> None:
    """Migrate down to `revision`; `base` leaves an empty database, its rows are gone."""
    with _ready(url) as config:
        command.downgrade(config, revision)


def head() -> str:
    """The newest version that this package knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(url: str) -> str | None:
    """The version that a database has; None where it was never migrated."""
    with _connected(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python -m shared_schema.migrate postgresql://owner@host/database")
    upgrade(sys.argv[1])


@contextmanager
def _ready(url: str) -> Iterator[Config]:
    config = _config()
    with _connected(url) as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": int(Lock.MIGRATIONS)})
        connection.commit()
        config.attributes["connection"] = connection
        yield config


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(_with_driver(url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _with_driver(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgresql", "postgres"} else url


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "shared_schema:migrations")
    return config


if __name__ == "__main__":
    main()
