"""Waits until every event has had its effects."""

import asyncio
import time
from dataclasses import dataclass

import psycopg

from shared_utils.bus import Bus, BusUnavailableError
from waymark.errors import CommandError

_UNPUBLISHED = "SELECT count(*) FROM ops.outbox WHERE published_at IS NULL"
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Backlog:
    """What still has to happen, and how far the stream is."""

    unpublished: int
    unhandled: int
    last_sequence: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits; an effect may still have published something meanwhile."""
        return self.unpublished == 0 and self.unhandled == 0


class NotSettledError(CommandError):
    """Events still wait for their effects."""


async def settled(postgres_url: str, nats_url: str, seconds: float) -> Backlog:
    """Return once two looks in a row find nothing waiting; NotSettledError after `seconds`."""
    bus = Bus(nats_url, "waymark-command")
    await bus.start()
    try:
        await asyncio.wait_for(bus.connected(), seconds)
        return await _twice_empty(postgres_url, bus, seconds)
    finally:
        await bus.close()


async def _twice_empty(postgres_url: str, bus: Bus, seconds: float) -> Backlog:
    deadline = time.monotonic() + seconds
    before: Backlog | None = None
    while True:
        now = await _backlog(postgres_url, bus)
        if now is not None and now.is_empty and now == before:
            return now
        if time.monotonic() > deadline:
            raise NotSettledError(f"events still wait for their effects: {now}")
        before = now
        await asyncio.sleep(_POLL_SECONDS)


async def _backlog(postgres_url: str, bus: Bus) -> Backlog | None:
    """None while NATS or its stream is away."""
    try:
        stream = bus.stream()
        state, consumers = await stream.state(), await stream.consumers()
    except BusUnavailableError:
        return None
    if state is None:
        return None
    waiting = sum(each.pending + each.unacknowledged for each in consumers)
    return Backlog(await asyncio.to_thread(_unpublished, postgres_url), waiting, state.last_seq)


def _unpublished(postgres_url: str) -> int:
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute(_UNPUBLISHED).fetchone()
    return int(row[0]) if row else 0
