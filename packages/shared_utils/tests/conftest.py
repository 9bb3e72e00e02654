"""What the tests of the events side share."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import psycopg
import pytest

from shared_utils import log
from shared_utils.testing import EFFECTS, World
from waymark.servers import NatsServer
from waymark.testing.databases import MigratedDatabase


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    log.configure("test", "WARNING")


@pytest.fixture
async def world(database: MigratedDatabase, nats_server: NatsServer) -> AsyncIterator[World]:
    """Servers with a table for effects; nothing is relayed or consumed yet."""
    async with await psycopg.AsyncConnection.connect(database.owner_url) as connection:
        await connection.execute(EFFECTS)
    async with AsyncExitStack() as stack:
        yield World(database.owner_url, database.url, nats_server.url, stack)
