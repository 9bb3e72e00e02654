"""Builds the projection anew from the event log, beside the one that answers, and swaps them."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from event_contracts import JSON, Envelope, Event, decode, decode_batch
from profile_service.bulk.replaying import BulkReplay, by_type
from profile_service.changes import Changes, FlagChanges, people_in
from profile_service.counting import count_changed
from profile_service.errors import ReplayRunningError
from profile_service.projection import Projector
from profile_service.repository import digests, projection, replay, ties
from profile_service.repository.replay import LoggedMessage
from profile_service.restating.proving import Prover
from profile_service.schemas import ReplayShape
from profile_service.subscriptions import PROJECTED
from shared_utils.consume.bulk import NotInBulkError
from shared_utils.consume.failures import is_transient
from shared_utils.db import Database
from shared_utils.log import get_logger
from shared_utils.work import Work

_log = get_logger(__name__)

_MESSAGES_AT_ONCE = 100
_PAUSE_SECONDS = 2.0
_TYPES = [event.type for event in PROJECTED]


class AbandonedError(Exception):
    """Another process took this replay's generation away."""


@dataclass
class _Count:
    messages: int = 0
    events: int = 0


class Replayer:
    """One replay at a time: `request` asks for it, `run` does it in the background.

    While it fills, the live handlers write both generations, so nothing is missed. What stands
    is never touched before the swap; a replay that would lose a fact is refused. In the end every
    kept figure of companies is computed anew and compared.
    """

    def __init__(self, database: Database, projector: Projector, prover: Prover) -> None:
        self._database = database
        self._projector = projector
        self._prover = prover
        self._bulk = BulkReplay(projector)
        self._asked = asyncio.Event()
        self._progress = ReplayShape(status="idle")

    def progress(self) -> ReplayShape:
        """How far the newest replay of this process is."""
        return self._progress

    async def request(self) -> ReplayShape:
        """Have a replay begin, or raise ReplayRunningError."""
        if self._asked.is_set():
            raise ReplayRunningError
        self._asked.set()
        self._progress = ReplayShape(status="filling", started_at=datetime.now(UTC))
        return self._progress

    async def run(self) -> None:
        """Replay whenever asked, for ever; first clear what a crash left half filled."""
        await self._clear_when_possible()
        while True:
            await self._asked.wait()
            try:
                await self._replay()
            finally:
                self._asked.clear()

    async def _replay(self) -> None:
        try:
            filling = await self._begin()
            await self._fill(filling)
            await self._finish(filling)
        except Exception as error:
            _log.exception("replay failed")
            self._say(status="failed", problem=type(error).__name__)
            with suppress(Exception):  # the next start clears what can't be cleared now
                await self._clear()

    async def _begin(self) -> int:
        async with self._database.work() as work:
            await projection.hold_ties(work.session, alone=True)
            await projection.generations(work.session)
            filling = await replay.begin(work.session)
        if filling is None:
            raise ReplayRunningError
        return filling

    async def _fill(self, filling: int) -> None:
        count, after, started = _Count(), UUID(int=0), time.monotonic()
        while messages := await self._next(after):
            for group in by_type(messages):
                count.events += await self._take(group, filling)
            after = messages[-1].outbox_id
            count.messages += len(messages)
            self._say_speed(count, time.monotonic() - started)

    async def _next(self, after: UUID) -> list[LoggedMessage]:
        async with self._database.read() as session:
            return await replay.history(session, _TYPES, after, _MESSAGES_AT_ONCE)

    async def _take(self, messages: Sequence[LoggedMessage], filling: int) -> int:
        """Apply messages of one type, the quick way if they allow; how many events they held."""
        try:
            async with self._filling(filling) as work:
                return await self._bulk.apply(messages, work, filling)
        except NotInBulkError:
            events = [event for message in messages for event in _events(message)]
        async with self._filling(filling) as work:
            changes = await self._projector.apply(work, events, [filling])
            await self._projector.set_flags(work, changes, filling)
        return len(events)

    @asynccontextmanager
    async def _filling(self, filling: int) -> AsyncIterator[Work]:
        async with self._database.work() as work:
            await projection.hold_ties(work.session, alone=False)
            if (await projection.generations(work.session)).filling != filling:
                raise AbandonedError
            yield work

    async def _finish(self, filling: int) -> None:
        self._say(status="comparing")
        async with self._database.work() as work:
            await projection.hold_ties(work.session, alone=True)
            written = await projection.generations(work.session)
            if written.filling != filling:
                raise AbandonedError
            replaced = await self._swap_unless_lost(work, written.active, filling)
        while await self._forget_some(replaced):
            pass
        swapped = replaced == written.active
        self._say(status="recomputing")
        self._say(metrics=await self._prover.prove())
        self._say(status="completed" if swapped else "refused", finished_at=datetime.now(UTC))

    async def _swap_unless_lost(self, work: Work, active: int, filling: int) -> int:
        """Compare and swap; the generation that is no longer needed."""
        lost = await replay.lost_facts(work.session, active, filling)
        changes = await self._ahead(work, active, filling)
        beside = changes.canon.all_of(people_in(changes.rows.values(), changes.applied))
        flags = await replay.flags_changed(work.session, active, filling, beside)
        before = await digests.projection_digest(work.session, active)
        after = await digests.projection_digest(work.session, filling)
        self._say(
            equal=not lost and not flags,
            digest_before=before,
            digest_after=after,
            lost=lost,
            ahead=len(changes.applied),
            flags_changed=flags,
        )
        if lost:
            await replay.abandon(work.session)
            return filling
        await replay.swap(work.session, after)
        await self._tell_ahead(work, changes, filling)
        return active

    async def _ahead(self, work: Work, active: int, filling: int) -> Changes:
        rows, applied = await replay.facts_ahead(work.session, active, filling)
        people = people_in(rows, applied)
        canon = await ties.canon(work.session, people)
        revisions = await projection.touch_profiles(work.session, canon.all_of(people), [filling])
        return Changes({row.key: row for row in rows}, applied, canon, revisions, {})

    async def _tell_ahead(self, work: Work, changes: Changes, generation: int) -> None:
        """Do for events on their way what their handler no longer will: they are no news to it."""
        await count_changed(work.session, changes, generation, self._projector.zone)
        rules = self._projector.rules
        milestones = {rule.flag: rule.milestone for rule in rules.rules if rule.milestone}
        unsaid = await replay.unsaid_milestones(work.session, generation, milestones)
        flags = FlagChanges({(one.person_id, one.flag): one for one in unsaid})
        await self._projector.tell(work, changes, flags, generation)

    async def _clear_when_possible(self) -> None:
        while True:
            try:
                return await self._clear()
            except (SQLAlchemyError, psycopg.Error) as error:
                if not is_transient(error):
                    raise
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _clear(self) -> None:
        async with self._database.work() as work:
            await projection.hold_ties(work.session, alone=True)
            left = (await projection.generations(work.session)).filling
            await replay.abandon(work.session)
        while left is not None and await self._forget_some(left):
            pass

    async def _forget_some(self, generation: int) -> bool:
        async with self._database.work() as work:
            return await replay.forget_some(work.session, generation)

    def _say_speed(self, count: _Count, seconds: float) -> None:
        self._say(
            messages=count.messages,
            events=count.events,
            seconds=round(seconds, 3),
            events_per_second=round(count.events / seconds, 1) if seconds else 0,
        )

    def _say(self, **news: object) -> None:
        self._progress = self._progress.model_copy(update=news)


def _events(message: LoggedMessage) -> list[Envelope[Event]]:
    if message.content_type == JSON:
        return [decode(message.body)]
    return decode_batch(message.body)
