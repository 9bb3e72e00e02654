"""Holds the stream against the outbox, and sends out again what the stream has lost."""

from datetime import timedelta

from shared_utils.bus import Bus, ConsumerState, Stream, StreamState
from shared_utils.db import Database
from shared_utils.log import get_logger
from shared_utils.relay import outbox
from shared_utils.relay.judgement import Key, Sweep, Verdict, judge, key_of, next_sweep
from shared_utils.relay.measures import AGAIN, PENDING, REBUILT

_log = get_logger(__name__)

_AT_ONCE = 2000


class Reconciler:
    """Knows which consumers have, or will get, everything that is in the outbox.

    A stream that was wiped, rolled back or replaced is made anew. Its sequences go on where the
    old ones ended, so a sequence below the stream's first one always means: not there any more.
    What is not there and not in the inbox of every consumer of its type goes out again;
    `has_sent_again` says that there may be such messages in the outbox.
    """

    def __init__(self, database: Database, bus: Bus, replicas: int, keep: timedelta) -> None:
        self._database = database
        self._bus = bus
        self._replicas = replicas
        self._keep = keep
        self._covered: dict[Key, int] = {}
        self._gaps: set[int] = set()
        self._sweep: Sweep | None = None
        self.has_sent_again = True

    async def reconcile(self) -> None:
        """Make sure of the stream, and find out what there is to sweep. BusUnavailableError."""
        stream = self._bus.stream()
        state = await self._ensured(stream)
        consumers = await stream.consumers()
        _measure(consumers)
        keys = {key_of(consumer) for consumer in consumers}
        await self._fill_gaps(state, keys)
        if self._sweep is None:
            self._sweep = next_sweep(self._covered, keys, state.first_seq)

    async def sweep_some(self) -> bool:
        """Examine some of what left the stream; False if there is nothing more to examine."""
        sweep = self._sweep
        if sweep is None:
            return False
        swept = await self._swept(sweep.keys, sweep.below, sweep.down_to)
        self._sweep = sweep.after(swept.examined, swept.lowest, _AT_ONCE)
        if self._sweep is None:
            self._covered = dict.fromkeys(sweep.keys, sweep.first_seq)
        return True

    async def _ensured(self, stream: Stream) -> StreamState:
        async with self._database.read() as session:
            owner = await outbox.owner(session)
            last = await outbox.last_published(session)
        state = await stream.state()
        found_id = None
        if last is not None and state is not None and last.stream_seq <= state.last_seq:
            found_id = await stream.message_id_at(last.stream_seq)
        verdict = judge(state, owner, last, found_id)
        if state is not None and verdict is Verdict.KEEP:
            return state
        return await self._built(stream, owner, verdict)

    async def _built(self, stream: Stream, owner: str, verdict: Verdict) -> StreamState:
        async with self._database.read() as session:
            first_seq = await outbox.highest_sequence(session) + 1
        if verdict is Verdict.REBUILD:
            await stream.delete()
        await stream.create(
            first_seq=first_seq, owner=owner, replicas=self._replicas, keep=self._keep
        )
        REBUILT.inc()
        _log.warning("stream made", first_seq=first_seq, why=verdict.name.lower())
        self._covered, self._gaps, self._sweep = {}, set(), None
        return StreamState(first_seq, first_seq - 1, owner=owner)

    async def _fill_gaps(self, state: StreamState, keys: set[Key]) -> None:
        """Send out again what was taken out of the middle of the stream."""
        for sequence in set(state.deleted) - self._gaps:
            await self._swept(frozenset(keys), sequence + 1, sequence)
            self._gaps.add(sequence)

    async def _swept(self, keys: frozenset[Key], below: int, down_to: int) -> outbox.Swept:
        consumers = [(name, event_type) for name, event_type, _ in sorted(keys)]
        async with self._database.work() as work:
            swept = await outbox.sweep(
                work.session, consumers, below=below, down_to=down_to, most=_AT_ONCE
            )
        if swept.again:
            self.has_sent_again = True
            AGAIN.inc(swept.again)
            _log.warning("messages go out again", messages=swept.again, below=below)
        return swept


def _measure(consumers: list[ConsumerState]) -> None:
    PENDING.clear()
    for consumer in consumers:
        PENDING.labels(consumer.name).set(consumer.pending + consumer.unacknowledged)
