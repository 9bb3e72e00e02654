"""A small world of events for tests: a producer, a relay, consumers, and effects to count."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import psycopg
from sqlalchemy import text

from event_contracts import Envelope, Event, MatchCreated, SessionCompleted
from event_contracts.vocabulary import MatchStatus, SessionType
from shared_utils.background import Background
from shared_utils.bus import Bus
from shared_utils.consume import Handler, Subscriber, handles
from shared_utils.db import Database
from shared_utils.http.parts import Part
from shared_utils.relay.relay import Relay
from shared_utils.work import Work

P = TypeVar("P", bound=Part)

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
PATIENCE = 30.0

EFFECTS = """
CREATE TABLE public.effects (event_id uuid, subject text, correlation_id text);
GRANT ALL ON public.effects TO PUBLIC;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""

_EFFECT = text("INSERT INTO public.effects VALUES (:event_id, :subject, :correlation_id)")
_UNPUBLISHED = "SELECT count(*) FROM ops.outbox WHERE published_at IS NULL"


def session_completed(**changes: Any) -> SessionCompleted:
    """A completed session of two strangers."""
    values: dict[str, Any] = {
        "session_id": uuid4(),
        "revision": 1,
        "session_type": SessionType.LANGUAGE,
        "participant_id": uuid4(),
        "volunteer_id": uuid4(),
        "scheduled_at": NOW,
        "completed_at": NOW + timedelta(hours=1),
    }
    return SessionCompleted(**{**values, **changes})


def match_created(**changes: Any) -> MatchCreated:
    """A match of two strangers."""
    values: dict[str, Any] = {
        "match_id": uuid4(),
        "revision": 1,
        "participant_id": uuid4(),
        "buddy_id": uuid4(),
        "status": MatchStatus.ACTIVE,
        "matched_at": NOW,
    }
    return MatchCreated(**{**values, **changes})


def subjects(events: Sequence[Event]) -> list[str]:
    """The subjects of events, sorted as `World.effects` sorts."""
    return sorted(event.subject for event in events)


async def write_effects(events: Sequence[Envelope[Event]], work: Work) -> None:
    """One row an event, with no key: an effect that happens twice can be seen."""
    rows = [
        {
            "event_id": event.id,
            "subject": event.subject,
            "correlation_id": event.correlationid,
        }
        for event in events
    ]
    await work.session.execute(_EFFECT, rows)


@handles(SessionCompleted)
async def record_session(events: Sequence[Envelope[SessionCompleted]], work: Work) -> None:
    """The effect of a session: a row."""
    await write_effects(events, work)


async def until(is_so: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Wait for something to become true; TimeoutError if it doesn't in time."""
    async with asyncio.timeout(seconds):
        while not await is_so():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.02)


@dataclass
class World:
    """Real servers, and the parts that a test starts; `urls` gives the URL of a role."""

    owner_url: str
    urls: Callable[[str], str]
    nats_url: str
    stack: AsyncExitStack

    async def opened(self, part: P) -> P:
        """Start a part, and close it when the test ends."""
        await part.start()
        self.stack.push_async_callback(part.close)
        return part

    async def bus(self, name: str = "test") -> Bus:
        """A connection to the bus."""
        return await self.opened(Bus(self.nats_url, name))

    async def database(self, service: str) -> Database:
        """The database as a service's worker sees it."""
        url = self.urls(f"{service}_worker")
        return await self.opened(Database(url, 5, application_name=service))

    async def relay(self, *, keep: timedelta = timedelta(days=1)) -> Background:
        """Publish from now on."""
        url = self.urls("relay")
        database = await self.opened(Database(url, 3, application_name="relay"))
        relay = Relay(url, database, await self.bus("relay"), replicas=1, keep=keep)
        return await self.opened(Background(relay.run, "relay"))

    async def subscriber(
        self, *handlers: Handler[Any], service: str = "profile", max_attempts: int = 3
    ) -> Subscriber:
        """Consume from now on."""
        database, bus = await self.database(service), await self.bus(service)
        subscriber = Subscriber(database, bus, service, handlers, max_attempts=max_attempts)
        return await self.opened(subscriber)

    async def publish(self, *events: Event, **options: Any) -> None:
        """Commit the events, as connectors would."""
        database = Database(self.urls("connectors_worker"), 2, application_name="connectors")
        async with database.work() as work:
            work.publish(*events, **options)
        await database.close()

    async def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the owner sees."""
        async with await psycopg.AsyncConnection.connect(self.owner_url) as connection:
            return await (await connection.execute(query.encode(), values)).fetchall()

    async def value(self, query: str, *values: Any) -> Any:
        """The first value of the first row."""
        return (await self.rows(query, *values))[0][0]

    async def execute(self, statement: str, *values: Any) -> None:
        """Do something as the owner."""
        async with await psycopg.AsyncConnection.connect(self.owner_url) as connection:
            await connection.execute(statement.encode(), values)

    async def effects(self) -> list[str]:
        """The subject of each effect, sorted."""
        return [row[0] for row in await self.rows("SELECT subject FROM effects ORDER BY subject")]

    async def until_effects(self, count: int) -> None:
        """Wait for so many effects."""

        async def are_there() -> bool:
            return int(await self.value("SELECT count(*) FROM effects")) >= count

        await until(are_there)

    async def until_quiet(self) -> None:
        """Wait until everything was published, and acknowledged by all its consumers."""

        async def is_quiet() -> bool:
            return int(await self.value(_UNPUBLISHED)) == 0 and await self._nothing_pending()

        await until(is_quiet)

    async def _nothing_pending(self) -> bool:
        bus = Bus(self.nats_url, "watcher")
        await bus.start()
        try:
            await bus.connected()
            consumers = await bus.stream().consumers()
        finally:
            await bus.close()
        return all(found.pending + found.unacknowledged == 0 for found in consumers)
