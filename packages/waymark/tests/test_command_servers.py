"""The servers from the wheels."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from shared_schema.roles import service_roles
from waymark.servers import NatsServer, PostgresServer
from waymark.servers.account import server_account
from waymark.servers.binaries import reachable
from waymark.servers.process import spawn
from waymark.testing.databases import MigratedDatabase


def test_postgresql_is_real_and_carries_pgvector(postgres_server: PostgresServer) -> None:
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        version = connection.execute("SHOW server_version_num").fetchone()

    assert version is not None
    assert int(version[0]) >= 180000


def test_nats_keeps_its_url_over_a_crash(nats_server: NatsServer) -> None:
    url = nats_server.url

    nats_server.kill()
    assert not nats_server.is_ready()
    nats_server.start()

    assert nats_server.is_ready()
    assert nats_server.url == url


def test_every_test_gets_a_migrated_database_and_each_login_its_password(
    database: MigratedDatabase,
) -> None:
    for role in service_roles():
        with psycopg.connect(database.url(role)) as connection:
            user = connection.execute("SELECT current_user").fetchone()

        assert user == (role,)


def test_programs_that_the_account_cant_reach_are_copied_whole_to_where_it_can(
    tmp_path: Path,
) -> None:
    account = server_account()
    if account is None:
        pytest.skip("only root drops to another account")
    name = f"test-{uuid4().hex}"
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "hello").write_text("#!/bin/sh\necho hello from $(id -u)\n")
    (closed / "hello").chmod(0o755)

    root = reachable(closed, ("hello",), name, account)

    said = subprocess.run(
        [str(root / "hello")], user=account.uid, group=account.gid, capture_output=True, cwd="/"
    )
    shutil.rmtree(root)
    assert root != closed
    assert said.stdout.decode() == f"hello from {account.uid}\n"


@pytest.fixture
def in_roots_group() -> Iterator[None]:
    """This process in the group of root, which no server may inherit."""
    before = os.getgroups()
    if os.geteuid() == 0:
        os.setgroups([0])
    yield
    if os.geteuid() == 0:
        os.setgroups(before)


@pytest.mark.usefixtures("in_roots_group")
def test_a_child_runs_as_the_account_without_the_groups_of_root(tmp_path: Path) -> None:
    account, log = server_account(), tmp_path / "log"

    spawn(["/usr/bin/id"], log=log, account=account).wait(10)

    uid = os.getuid() if account is None else account.uid
    assert f"uid={uid}(" in log.read_text()
    assert account is None or "(root)" not in log.read_text()
