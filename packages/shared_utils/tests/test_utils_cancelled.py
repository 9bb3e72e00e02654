"""A cancelled transaction gives its connection back, whenever the cancel comes."""

import asyncio
import gc
import random

from sqlalchemy import text

from shared_utils.db import Database
from waymark.testing.databases import MigratedDatabase


async def ask_on_and_on(database: Database) -> None:
    while True:
        async with database.read() as session:
            await session.execute(text("SELECT 1"))


async def test_a_cancel_at_any_moment_loses_no_connection(database: MigratedDatabase) -> None:
    own = Database(database.url("connectors_worker"), 2, application_name="connectors")
    moments = random.Random(4)

    for _ in range(80):
        asking = asyncio.create_task(ask_on_and_on(own))
        await asyncio.sleep(moments.random() * 0.02)
        asking.cancel()
        await asyncio.wait({asking})

    async with asyncio.timeout(5), own.read() as first, own.read() as second:
        assert await first.scalar(text("SELECT 1")) == await second.scalar(text("SELECT 1"))
    await own.close()
    gc.collect()  # a lost connection warns here, and warnings are errors
