"""The relay with its health and its metrics: the parts, and who starts them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from shared_utils.background import Background
from shared_utils.bus import Bus
from shared_utils.db import Database
from shared_utils.health import Health, HealthCheck
from shared_utils.http import operations
from shared_utils.relay.relay import Relay
from shared_utils.relay.settings import RelaySettings


def build(settings: RelaySettings) -> FastAPI:
    """The app that publishes while it is served."""
    database = Database(
        settings.database_url, settings.database_pool_size, application_name=settings.service
    )
    bus = Bus(settings.nats_url, settings.service)
    relay = Relay(
        settings.database_url,
        database,
        bus,
        replicas=settings.nats_replicas,
        keep=settings.events_keep,
    )
    job = Background(relay.run, "relay")

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for part in (database, bus, job):
                stack.push_async_callback(part.close)
                await part.start()
            yield

    app = FastAPI(title="Waymark relay", lifespan=running, docs_url=None, redoc_url=None)
    app.state.settings = settings
    checks = [HealthCheck("database", database.ping), HealthCheck("bus", bus.ping)]
    app.state.health = Health(checks, lambda: job.is_alive)
    app.include_router(operations.router)
    return app
