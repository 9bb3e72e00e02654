"""What an app holds besides its routes, opened in order and closed in reverse."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared_utils.auth import RemoteKeys, TokenVerifier
from shared_utils.background import Background
from shared_utils.bus import Bus
from shared_utils.consume import Handler, Subscriber
from shared_utils.db import Database
from shared_utils.health import HealthCheck
from shared_utils.settings import ServiceSettings


class Part(Protocol):
    """Anything that is started and closed."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...


@dataclass
class Parts:
    """The parts of one service; none of them needs its server to be up at the start."""

    database: Database
    tenant_database: Database | None
    bus: Bus | None
    subscriber: Subscriber | None
    verifier: TokenVerifier
    jobs: list[Background] = field(default_factory=list)

    @property
    def checks(self) -> list[HealthCheck]:
        """One check for each server that the parts need."""
        found = [HealthCheck("database", self.database.ping)]
        if self.tenant_database is not None:
            found.append(HealthCheck("tenant-database", self.tenant_database.ping))
        if self.bus is not None:
            found.append(HealthCheck("bus", self.bus.ping))
        return found

    def are_alive(self) -> bool:
        """Whether nothing that runs beside the requests lies crashed."""
        subscribes = self.subscriber is None or self.subscriber.is_alive
        return subscribes and all(job.is_alive for job in self.jobs)

    @asynccontextmanager
    async def started(self) -> AsyncIterator[None]:
        """Start everything, and at the end close it in reverse order."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.verifier.close)
            for part in self._in_order():
                stack.push_async_callback(part.close)
                await part.start()
            yield

    def _in_order(self) -> Iterable[Part]:
        wanted: list[Part | None] = [self.database, self.tenant_database, self.bus, self.subscriber]
        return [*(part for part in wanted if part is not None), *self.jobs]


def parts_for(
    settings: ServiceSettings,
    handlers: Sequence[Handler[Any]],
    *,
    needs_bus: bool,
    verifier: TokenVerifier | None,
) -> Parts:
    """The parts that the settings and handlers call for, none of them started."""
    database = _database(settings, settings.database_url)
    tenant_url = settings.database_tenant_url
    bus = Bus(settings.nats_url, settings.service) if handlers or needs_bus else None
    return Parts(
        database=database,
        tenant_database=_database(settings, tenant_url) if tenant_url else None,
        bus=bus,
        subscriber=_subscriber(settings, database, bus, handlers),
        verifier=verifier or TokenVerifier(RemoteKeys(settings.jwks_url)),
    )


def _database(settings: ServiceSettings, url: str) -> Database:
    return Database(url, settings.database_pool_size, application_name=settings.service)


def _subscriber(
    settings: ServiceSettings, database: Database, bus: Bus | None, handlers: Sequence[Handler[Any]]
) -> Subscriber | None:
    if bus is None or not handlers:
        return None
    return Subscriber(
        database,
        bus,
        settings.service,
        handlers,
        max_attempts=settings.max_attempts,
        events_keep=settings.events_keep,
    )
