"""Publishes what the outbox holds, in the order it was written, until nothing is left."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from time import monotonic

from shared_utils.bus import Bus, BusUnavailableError
from shared_utils.bus.messages import transport_id
from shared_utils.consume.failures import back_off, is_transient
from shared_utils.db import Database
from shared_utils.log import error_name, get_logger
from shared_utils.relay import outbox
from shared_utils.relay.leadership import Leadership, leadership
from shared_utils.relay.measures import AGE, FAILED, LEADING, PUBLISHED, WAITING
from shared_utils.relay.outbox import Mark, Row
from shared_utils.relay.reconcile import Reconciler

_log = get_logger(__name__)

FRESH = 96
AGAIN = 32
"""How many new and how many repeated messages are taken at once, so that neither waits."""

IN_FLIGHT = 16

_POLL_SECONDS = 0.5
_RECONCILE_SECONDS = 3.0
_PRUNE_SECONDS = 3600.0
_KEPT_LONGER = timedelta(days=1)


class Relay:
    """The relay of one database and one bus; several may run, one of them leads."""

    def __init__(
        self, url: str, database: Database, bus: Bus, *, replicas: int, keep: timedelta
    ) -> None:
        self._url = url
        self._database = database
        self._bus = bus
        self._keep = keep
        self._reconciler = Reconciler(database, bus, replicas, keep)
        self._reconciled_with: str | None = None
        self._reconciled_at = 0.0
        self._pruned_at = monotonic()

    async def run(self) -> None:
        """Lead whenever no other relay does, for ever."""
        failures = 0
        while True:
            try:
                async with leadership(self._url, self._database.service) as leader:
                    failures = 0
                    await self._lead(leader)
            except Exception as failure:
                if not is_transient(failure):
                    raise
                failures += 1
                _log.warning("relay interrupted", failure=error_name(failure))
            finally:
                LEADING.set(0)
            await asyncio.sleep(back_off(failures))

    async def _lead(self, leader: Leadership) -> None:
        LEADING.set(1)
        self._reconciled_with = None
        _log.info("relay leads")
        while True:
            leader.check()
            try:
                is_idle = await self._round()
            except BusUnavailableError:
                self._reconciled_with = None
                await leader.woken(back_off(1))
                continue
            if is_idle:
                await leader.woken(_POLL_SECONDS)

    async def _round(self) -> bool:
        """One turn of everything; True if nothing waits that nobody would wake us for."""
        if self._is_doubtful():
            await self._reconcile()
        rows = await self._publish_some()
        is_catching_up = sum(row.stream_seq is not None for row in rows) == AGAIN
        self._reconciler.has_sent_again = is_catching_up
        has_swept = not is_catching_up and await self._reconciler.sweep_some()
        await self._prune()
        return len(rows) < FRESH and not is_catching_up and not has_swept

    def _is_doubtful(self) -> bool:
        is_due = monotonic() - self._reconciled_at > _RECONCILE_SECONDS
        return is_due or self._bus.server_id != self._reconciled_with

    async def _reconcile(self) -> None:
        server_id = self._bus.server_id
        await self._reconciler.reconcile()
        self._reconciled_with, self._reconciled_at = server_id, monotonic()
        async with self._database.read() as session:
            count, age = await outbox.waiting(session)
        WAITING.set(count)
        AGE.set(age)

    async def _publish_some(self) -> Sequence[Row]:
        async with self._database.work() as work:
            again = AGAIN if self._reconciler.has_sent_again else 0
            rows = await outbox.claim(work, FRESH, again)
            if rows:
                marks = await self._published(rows)
                await outbox.mark(work.session, marks)
        if rows and len(marks) < len(rows):
            raise BusUnavailableError
        PUBLISHED.inc(sum(row.event_count for row in rows))
        return rows

    async def _published(self, rows: Sequence[Row]) -> list[Mark]:
        """Publish some rows at a time; after the first failure no more are begun."""
        remaining, marks = iter(rows), list[Mark]()

        async def publish_remaining() -> None:
            for row in remaining:
                try:
                    marks.append(await self._publish(row))
                except BusUnavailableError:
                    FAILED.inc()
                    for _ in remaining:
                        pass

        await asyncio.gather(*(publish_remaining() for _ in range(IN_FLIGHT)))
        return marks

    async def _publish(self, row: Row) -> Mark:
        if self._bus.server_id != self._reconciled_with:
            raise BusUnavailableError
        published = await self._bus.publish(
            row.type,
            row.body,
            transport_id=transport_id(row.outbox_id, row.stream_seq),
            content_type=row.content_type,
            correlation=row.correlation_id or "",
        )
        return Mark(row.outbox_id, published.sequence)

    async def _prune(self) -> None:
        if monotonic() - self._pruned_at < _PRUNE_SECONDS:
            return
        self._pruned_at = monotonic()
        async with self._database.work() as work:
            await outbox.prune(work.session, self._keep + _KEPT_LONGER)
