"""Fixtures for every member's tests; the root conftest.py loads this module as a plugin."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from waymark.servers import NatsServer, PostgresServer
from waymark.servers.account import server_account, temporary_folder
from waymark.servers.postgres import FAST_AND_FORGETFUL
from waymark.testing.databases import MigratedDatabase, Template, copied, migrated_template
from waymark.testing.processes import ServiceStarter
from waymark.testing.tokens import Keyset, published_keyset


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder that the servers' account owns, for this session."""
    folder = temporary_folder("waymark-test-", server_account())
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server(server_folder: Path) -> Iterator[PostgresServer]:
    """One PostgreSQL for the session; quick and forgetful (fsync off)."""
    server = PostgresServer(
        server_folder / "postgres", server_folder / "postgres.log", settings=FAST_AND_FORGETFUL
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated(postgres_server: PostgresServer) -> Template:
    """The migrated template of the session's server."""
    return migrated_template(postgres_server)


@pytest.fixture
def database(migrated: Template) -> Iterator[MigratedDatabase]:
    """A freshly migrated database for one test: `.owner_url`, `.url("profile_worker")`."""
    with copied(migrated) as database:
        yield database


@pytest.fixture
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A NATS of its own with an empty JetStream for one test; may be killed and started again."""
    folder = temporary_folder("waymark-test-nats-", server_account())
    server = NatsServer(folder / "store", folder / "nats.log", durable=False)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def nats_url(nats_server: NatsServer) -> str:
    """The URL of this test's NATS."""
    return nats_server.url


@pytest.fixture(scope="session")
def keyset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyset]:
    """Signing keys (`.path`, `.token(role, …)`) and where they are published (`.jwks_url`)."""
    with published_keyset(tmp_path_factory.mktemp("keys")) as keys:
        yield keys


@pytest.fixture
def token(keyset: Keyset) -> Callable[..., str]:
    """`token("admin")`, `token("company_user", company_id=…)`: a signed access token."""
    return keyset.token


@pytest.fixture
def start_service(
    database: MigratedDatabase, nats_url: str, keyset: Keyset, tmp_path: Path
) -> Iterator[ServiceStarter]:
    """`start_service("profile")`: the real service as a child, on this test's database and NATS."""
    starter = ServiceStarter(database, nats_url, keyset, tmp_path)
    yield starter
    starter.stop()
