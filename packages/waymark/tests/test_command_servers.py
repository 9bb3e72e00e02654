"""The servers from the wheels."""

import psycopg

from shared_schema.roles import service_roles
from waymark.servers import NatsServer, PostgresServer
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
