"""The database of a process: one pool, and transactions that are opened and committed here."""

import select
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from psycopg.conninfo import make_conninfo
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from event_contracts import Envelope, Event
from shared_utils.tasks import completed
from shared_utils.work import Work

_CONNECT_SECONDS = 5
_WAIT_FOR_CONNECTION_SECONDS = 10
_SERVER_LIMITS = (
    "-c statement_timeout=120s -c idle_in_transaction_session_timeout=120s -c lock_timeout=60s"
)


class Database:
    """A pool of connections for one login.

    `application_name` is the service: PostgreSQL shows it, and events carry it as their source.
    Nothing connects before the first transaction; connections that the server closed meanwhile
    are replaced when they are taken from the pool.
    """

    def __init__(self, url: str, pool_size: int = 5, *, application_name: str) -> None:
        self.service = application_name
        self._engine = _engine(url, pool_size, application_name)
        self._reader = self._engine.execution_options(postgresql_readonly=True)
        self._sessions = async_sessionmaker(expire_on_commit=False)

    async def start(self) -> None:
        """Nothing yet: the pool fills as it is used, so the server may come later."""

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def ping(self) -> None:
        """Return if the database answers; else raise what it or the network said."""
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    @asynccontextmanager
    async def work(
        self,
        *,
        correlation_id: str | None = None,
        causation_id: UUID | None = None,
        at_hand: Iterable[Envelope[Event]] = (),
    ) -> AsyncIterator[Work]:
        """One transaction: on a clean exit it commits with the events that were published in it.

        Any exception rolls everything back. Without `correlation_id` the current one is taken.
        `at_hand` are the events that this work handles, which others may name as their cause.
        """
        async with self._transaction(self._engine) as session:
            work = Work(session, self.service, correlation_id, causation_id, at_hand)
            yield work
            await work.write_outbox()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A read-only transaction."""
        async with self._transaction(self._reader) as session:
            yield session

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        """A session with its transaction.

        A cancel waits while the connection is taken from the pool or given back: cut off in
        between, it would be lost to the pool and stay open at the server.
        """
        session = self._sessions(bind=engine)
        try:
            async with session.begin():
                await completed(session.connection())
                yield session
        finally:
            await completed(session.close())

    @asynccontextmanager
    async def tenant_read(self, company_id: UUID) -> AsyncIterator[AsyncSession]:
        """A read-only transaction that sees the rows of one company (with a tenant login)."""
        async with self.read() as session:
            await session.execute(_SET_COMPANY, {"company_id": str(company_id)})
            yield session


_SET_COMPANY = text("SELECT set_config('app.company_id', :company_id, true)")


def driver_url(url: str) -> str:
    """The URL as SQLAlchemy wants it for psycopg 3."""
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def connection_string(url: str, application_name: str) -> str:
    """The URL as psycopg wants it for a connection outside the pool."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return make_conninfo(plain, **_connect_arguments(application_name))


def _connect_arguments(application_name: str) -> dict[str, Any]:
    return {
        "application_name": application_name,
        "connect_timeout": _CONNECT_SECONDS,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }


def _engine(url: str, pool_size: int, application_name: str) -> AsyncEngine:
    engine = create_async_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_WAIT_FOR_CONNECTION_SECONDS,
        connect_args={**_connect_arguments(application_name), "options": _SERVER_LIMITS},
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """Have the pool replace a connection on which the server has said goodbye.

    An idle connection has nothing to read; a closed one has. It costs no round trip.
    """
    poller = select.poll()
    poller.register(connection.driver_connection.fileno(), select.POLLIN | select.POLLHUP)
    if poller.poll(0):
        raise DisconnectionError
