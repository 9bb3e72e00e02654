"""Transactions of one login: read-only, one tenant's, and alive after the server was away."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared_utils.db import Database
from shared_utils.testing import World
from waymark.servers import PostgresServer


async def test_a_read_cannot_write(world: World) -> None:
    database = await world.database("profile")

    async with database.read() as session:
        with pytest.raises(DBAPIError, match="read-only"):
            await session.execute(text("INSERT INTO effects VALUES (uuidv7(), 'x', 'y')"))


async def test_the_tenant_is_set_for_one_transaction_and_forgotten(world: World) -> None:
    url = world.urls("profile_tenant")
    database = await world.opened(Database(url, 1, application_name="profile"))
    company_id = await world.value("SELECT uuidv7()")
    current = text("SELECT program.current_company()")

    async with database.tenant_read(company_id) as session:
        assert (await session.execute(current)).scalar_one() == company_id
    async with database.read() as session:
        assert (await session.execute(current)).scalar_one() is None


async def test_a_pool_of_dead_connections_is_as_good_as_new(
    world: World, postgres_server: PostgresServer
) -> None:
    database = await world.database("profile")

    async def held() -> None:
        async with database.read() as session:
            await session.execute(text("SELECT pg_sleep(0.05)"))

    await asyncio.gather(*(held() for _ in range(5)))
    postgres_server.stop()
    postgres_server.start()

    await asyncio.gather(*(database.ping() for _ in range(10)))


async def test_a_ping_says_when_the_server_is_away(
    world: World, postgres_server: PostgresServer
) -> None:
    database = await world.database("profile")
    await database.ping()
    postgres_server.stop()
    try:
        with pytest.raises(DBAPIError):
            await database.ping()
    finally:
        postgres_server.start()

    await database.ping()


async def test_copy_goes_through_the_transaction_of_the_work(world: World) -> None:
    database = await world.database("profile")

    async def copied_then_failed() -> None:
        async with database.work() as work:
            connection = await work.raw()
            async with connection.cursor() as cursor, cursor.copy("COPY effects FROM STDIN") as to:
                await to.write_row(["00000000-0000-0000-0000-000000000001", "x", "y"])
            counted = await work.session.execute(text("SELECT count(*) FROM effects"))
            assert counted.scalar_one() == 1
            raise LookupError

    with pytest.raises(LookupError):
        await copied_then_failed()
    assert await world.value("SELECT count(*) FROM effects") == 0
