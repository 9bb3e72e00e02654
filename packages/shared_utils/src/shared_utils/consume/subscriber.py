"""Runs a service's handlers: a durable consumer a type, batches, back-off, an orderly end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from event_contracts import Event, registry
from shared_utils.background import Background
from shared_utils.bus import Bus, Message, Puller
from shared_utils.bus.stream import ACK_WAIT_SECONDS
from shared_utils.consume import inbox
from shared_utils.consume.consumer import Consumer
from shared_utils.consume.failures import back_off, is_transient
from shared_utils.consume.handling import Handler
from shared_utils.consume.measures import DEAD_LETTERS, RETRIED
from shared_utils.consume.replays import Replays
from shared_utils.db import Database
from shared_utils.log import error_name, get_logger

_log = get_logger(__name__)

T = TypeVar("T")

BATCH = 50
"""The most messages that share a transaction."""

_FINISH_SECONDS = 8.0
_REPLAY_EVERY_SECONDS = 1.0
_PRUNE_EVERY_SECONDS = 3600.0
_INBOX_OUTLIVES_EVENTS = timedelta(days=7)


class Subscriber:
    """Consumes for a service from `start` to `close`.

    At most `concurrency` transactions run at a time, whatever the number of event types, so that
    requests still find a connection in the pool.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        service: str,
        handlers: Sequence[Handler[Any]],
        *,
        max_attempts: int = 5,
        concurrency: int = 2,
        events_keep: timedelta = timedelta(days=30),
    ) -> None:
        self._database = database
        self._bus = bus
        self._service = service
        self._turns = asyncio.Semaphore(concurrency)
        self._keep = events_keep + _INBOX_OUTLIVES_EVENTS
        self._stopping = asyncio.Event()
        self.consumers = _consumers(database, service, handlers, max_attempts)
        self._replays = Replays(database, self.consumers)
        self._jobs = [
            *(self._job(consumer) for consumer in self.consumers.values()),
            Background(self._replay, "dead letters"),
            Background(self._prune, "inbox"),
        ]

    async def start(self) -> None:
        """Begin to consume; neither server needs to be there yet."""
        for job in self._jobs:
            await job.start()

    async def close(self) -> None:
        """Take nothing more, finish what was taken, and go."""
        self._stopping.set()
        await asyncio.gather(*(job.finish(_FINISH_SECONDS) for job in self._jobs))

    @property
    def is_alive(self) -> bool:
        """Whether none of its jobs keeps crashing."""
        return all(job.is_alive for job in self._jobs)

    def _job(self, consumer: Consumer) -> Background:
        return Background(lambda: self._consume(consumer), consumer.name)

    async def _consume(self, consumer: Consumer) -> None:
        puller = self._bus.puller(consumer.name, consumer.event_type)
        try:
            await self._take_turns(consumer, puller)
        finally:
            await puller.close()

    async def _take_turns(self, consumer: Consumer, puller: Puller) -> None:
        failures = 0
        while messages := await self._unless_stopping(puller.next_batch(BATCH)):
            async with _held(messages), self._turns:
                done = await _processed(consumer, messages, failures)
            failures = 0 if done else failures + 1
            if failures:
                await self._unless_stopping(asyncio.sleep(back_off(failures)))

    async def _replay(self) -> None:
        while not self._stopping.is_set():
            if not await self._replayed_one():
                await self._unless_stopping(asyncio.sleep(_REPLAY_EVERY_SECONDS))

    async def _replayed_one(self) -> bool:
        try:
            found = await self._replays.apply_next()
            DEAD_LETTERS.labels(self._service).set(await self._replays.open_letters())
        except Exception as failure:
            if not is_transient(failure):
                raise
            return False
        return found

    async def _prune(self) -> None:
        while not self._stopping.is_set():
            await self._unless_stopping(asyncio.sleep(_PRUNE_EVERY_SECONDS))
            for name in self.consumers:
                async with self._database.work() as work:
                    await inbox.prune(work.session, name, self._keep)

    async def _unless_stopping(self, awaited: Awaitable[T]) -> T | None:
        """What is awaited, or None as soon as the subscriber is told to stop."""
        waiting = asyncio.ensure_future(awaited)
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait([waiting, stop], return_when=asyncio.FIRST_COMPLETED)
            return waiting.result() if waiting.done() else None
        finally:
            waiting.cancel()
            stop.cancel()


async def _processed(consumer: Consumer, messages: Sequence[Message], failures: int) -> bool:
    """Whether the messages were dealt with; if the moment was bad, they are sent back."""
    try:
        await consumer.process(messages)
    except Exception as failure:
        if not is_transient(failure):
            raise
        _log.warning(
            "not now", consumer=consumer.name, failures=failures + 1, failure=error_name(failure)
        )
        RETRIED.labels(consumer.name, "transient").inc(len(messages))
        for message in messages:
            await message.nak(back_off(failures + 1))
        return False
    return True


@asynccontextmanager
async def _held(messages: Sequence[Message]) -> AsyncIterator[None]:
    """Keep the server from sending the messages to others while they are worked on."""
    heart = asyncio.create_task(_beat(messages), name="heartbeat")
    try:
        yield
    finally:
        heart.cancel()


async def _beat(messages: Sequence[Message]) -> None:
    while True:
        await asyncio.sleep(ACK_WAIT_SECONDS / 3)
        for message in messages:
            await message.working()


def _consumers(
    database: Database, service: str, handlers: Iterable[Handler[Any]], max_attempts: int
) -> dict[str, Consumer]:
    """One consumer a type on the wire, old versions among them, with all handlers of its class."""
    wanted: dict[type[Event], list[Handler[Any]]] = {}
    for handler in handlers:
        for event_class in handler.events:
            wanted.setdefault(event_class, []).append(handler)
    made = (
        Consumer(database, consumer_name(service, kind), kind, event_class, found, max_attempts)
        for event_class, found in wanted.items()
        for kind in registry.arriving_as(event_class)
    )
    return {consumer.name: consumer for consumer in made}


def consumer_name(service: str, event_type: str) -> str:
    """The durable consumer of a service for an event type: `profile-buddy-match-created-v1`."""
    return f"{service}-{event_type.replace('.', '-')}"
