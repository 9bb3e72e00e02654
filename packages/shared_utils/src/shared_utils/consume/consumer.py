"""Applies the messages of one event type: each once, and none stopped by another."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from event_contracts import Envelope, Event, encode
from shared_utils.bus import Message
from shared_utils.consume import inbox
from shared_utils.consume.bulk import BulkReader, NotInBulkError, Part
from shared_utils.consume.delivery import Broken, Decoded, Delivery, decoded, decoded_with
from shared_utils.consume.failures import back_off, is_transient, reason
from shared_utils.consume.handling import Handler
from shared_utils.consume.inbox import Given
from shared_utils.consume.measures import (
    BATCH_SECONDS,
    GIVEN_UP,
    HANDLED,
    REPEATED,
    RETRIED,
)
from shared_utils.correlation import correlated
from shared_utils.db import Database
from shared_utils.log import error_name, get_logger
from shared_utils.work import Work

_log = get_logger(__name__)

_LONGEST_SECONDS = 150
_FIRST_RETRY_SECONDS = 0.2
_LAST_RETRY_SECONDS = 30.0


@dataclass(frozen=True)
class _Done:
    """How many messages were new, and the events in them."""

    messages: int
    events: int


class Consumer:
    """One durable consumer: its name, the class its events arrive as, and who handles them."""

    def __init__(
        self,
        database: Database,
        name: str,
        event_type: str,
        event_class: type[Event],
        handlers: Sequence[Handler[Any]],
        max_attempts: int,
    ) -> None:
        self.name = name
        self.event_type = event_type
        self.event_class = event_class
        self._database = database
        self._handlers = handlers
        self._max_attempts = max_attempts
        self._only_with = _only_with(handlers)
        self._bulk = BulkReader.of(event_type, event_class, handlers)

    async def process(self, messages: Sequence[Message]) -> None:
        """Apply messages in one transaction; if that fails, each alone. Transient failures raise.

        Messages of which nothing more is to come are acknowledged, the others sent back.
        """
        deliveries = [Delivery(message, self._decoded) for message in messages]
        with BATCH_SECONDS.labels(self.name).time():
            try:
                await self._apply(deliveries)
            except Exception as failure:
                if is_transient(failure):
                    raise
                await self._one_by_one(deliveries, failure)

    def _decoded(self, body: bytes) -> Decoded:
        if self._only_with is None:
            return decoded(body, self.event_class)
        return decoded_with(self._only_with, body, self.event_class)

    async def _apply(self, deliveries: Sequence[Delivery]) -> None:
        async with asyncio.timeout(_LONGEST_SECONDS):
            done = await self._done_in_bulk(deliveries)
            if done is None:
                with correlated(_only({one.correlation_id for one in deliveries})) as correlation:
                    done = await self._commit(deliveries, correlation)
        self._note(deliveries, done)
        for delivery in deliveries:
            await delivery.message.ack()

    async def _done_in_bulk(self, deliveries: Sequence[Delivery]) -> _Done | None:
        """Apply plain messages the quick way; None where only the handlers can."""
        if self._bulk is None:
            return None
        known = {delivery.message_id: delivery.message for delivery in deliveries}
        parts = self._bulk.parts({name: message.body for name, message in known.items()})
        if parts is None:
            return None
        with correlated(_only({one.correlation_id for one in known.values()})) as correlation:
            try:
                return await self._commit_in_bulk(self._bulk, parts, correlation)
            except NotInBulkError:
                return None
            except Exception as failure:
                if is_transient(failure):
                    raise
                _log.warning("bulk failed", consumer=self.name, exc_info=failure)
                return None

    async def _commit_in_bulk(
        self, bulk: BulkReader, parts: Mapping[str, Part], correlation: str
    ) -> _Done:
        async with self._database.work(correlation_id=correlation) as work:
            taken = await inbox.take(work.session, self.name, list(parts))
            fresh = [part for message_id, part in parts.items() if message_id in taken]
            await bulk.apply(fresh, work)
        return _Done(len(fresh), sum(part.events for part in fresh))

    async def _commit(self, deliveries: Sequence[Delivery], correlation: str) -> _Done:
        known = {delivery.message_id: delivery for delivery in deliveries}
        envelopes = [envelope for found in known.values() for envelope in found.envelopes]
        async with self._database.work(
            correlation_id=correlation,
            causation_id=envelopes[0].id if len(envelopes) == 1 else None,
            at_hand=envelopes,
        ) as work:
            taken = await inbox.take(work.session, self.name, list(known))
            fresh = [known[message_id] for message_id in known if message_id in taken]
            await self._handle(fresh, work)
        return _Done(len(fresh), sum(len(delivery.envelopes) for delivery in fresh))

    async def _handle(self, deliveries: Sequence[Delivery], work: Work) -> None:
        for delivery in deliveries:
            for broken in delivery.broken:
                await self._give_up(work, delivery, broken, attempts=1)
        envelopes = [envelope for found in deliveries for envelope in found.envelopes]
        if envelopes:
            await self.handle(envelopes, work)

    async def handle(self, envelopes: Sequence[Envelope[Event]], work: Work) -> None:
        """Have every handler apply the events within the work."""
        for handler in self._handlers:
            await handler(envelopes, work)

    async def _one_by_one(self, deliveries: Sequence[Delivery], failure: Exception) -> None:
        if len(deliveries) == 1:
            await self._count(deliveries[0], failure)
            return
        for delivery in deliveries:
            try:
                await self._apply([delivery])
            except Exception as alone:
                if is_transient(alone):
                    raise
                await self._count(delivery, alone)

    async def _count(self, delivery: Delivery, failure: Exception) -> None:
        """Count the attempt in the database, which remembers it over every restart."""
        async with self._database.work() as work:
            attempts = await inbox.count_attempt(
                work.session, self.name, delivery.message_id, error_name(failure)
            )
        _log.warning("handler failed", consumer=self.name, attempts=attempts, exc_info=failure)
        if attempts < self._max_attempts:
            RETRIED.labels(self.name, "failed").inc()
            await delivery.message.nak(
                back_off(attempts, first=_FIRST_RETRY_SECONDS, most=_LAST_RETRY_SECONDS)
            )
        else:
            await self._isolate(delivery, attempts)

    async def _isolate(self, delivery: Delivery, attempts: int) -> None:
        """Apply each event of the message alone, and give up those that fail."""
        with correlated(delivery.correlation_id) as correlation:
            async with self._database.work(
                correlation_id=correlation, at_hand=delivery.envelopes
            ) as work:
                if await inbox.take(work.session, self.name, [delivery.message_id]):
                    await self._apply_or_give_up(delivery, work, attempts)
                    await inbox.forget_attempts(work.session, self.name, [delivery.message_id])
        await delivery.message.ack()

    async def _apply_or_give_up(self, delivery: Delivery, work: Work, attempts: int) -> None:
        for broken in delivery.broken:
            await self._give_up(work, delivery, broken, attempts)
        for envelope in delivery.envelopes:
            try:
                async with work.attempt():
                    await self.handle([envelope], work)
            except Exception as failure:
                if is_transient(failure):
                    raise
                lost = Broken(str(envelope.id), encode(envelope), reason(failure))
                await self._give_up(work, delivery, lost, attempts)

    async def _give_up(self, work: Work, delivery: Delivery, broken: Broken, attempts: int) -> None:
        _log.error("event given up", consumer=self.name, event_id=broken.event_id)
        GIVEN_UP.labels(self.name).inc()
        given = Given(
            delivery.message_id,
            broken.event_id,
            self.event_type,
            broken.body,
            broken.reason,
            attempts,
            delivery.correlation_id,
        )
        await inbox.give_up(work.session, self.name, given)

    def _note(self, deliveries: Sequence[Delivery], done: _Done) -> None:
        HANDLED.labels(self.name).inc(done.events)
        REPEATED.labels(self.name).inc(len(deliveries) - done.messages)
        _log.debug("events handled", consumer=self.name, events=done.events)


def _only_with(handlers: Sequence[Handler[Any]]) -> str | None:
    """The field without which an event concerns none of the handlers, if there is one."""
    fields = {handler.only_with for handler in handlers}
    return fields.pop() if len(fields) == 1 else None


def _only(found: Collection[str | None]) -> str | None:
    """The correlation id of all messages; none if they come from different requests."""
    return next(iter(found)) if len(found) == 1 else None
