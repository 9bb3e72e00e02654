"""The bulk way of a handler: the same effects once, and the handler itself where it can't."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from event_contracts import Envelope, Event, SessionCompleted, encode, encode_batch, uuid7, wrap
from shared_utils.consume import handles
from shared_utils.consume.bulk import BulkReader
from shared_utils.testing import World, session_completed, subjects, write_effects

if TYPE_CHECKING:
    from event_contracts.plain import Record
    from shared_utils.work import Work

_EFFECT = text("INSERT INTO public.effects VALUES (:id, :subject, :correlationid)")


class Bulk:
    """Writes the effects of plain records, unless it is told to give way or to fail."""

    def __init__(self, *, gives_way: bool = False, fails: bool = False) -> None:
        self.gives_way = gives_way
        self.fails = fails
        self.applied = 0
        self.handled = 0

    def read(self, _: type[Event], records: Sequence[Record]) -> Any:
        return records

    async def apply(self, parts: Sequence[Any], work: Work) -> bool:
        records = [record for part in parts for record in part]
        await work.session.execute(_EFFECT, records)
        self.applied += len(records)
        if self.fails:
            raise ArithmeticError
        return not self.gives_way


def handler_with(bulk: Bulk) -> Any:
    @handles(SessionCompleted, bulk=bulk)
    async def record_sessions(events: Sequence[Envelope[SessionCompleted]], work: Work) -> None:
        bulk.handled += len(events)
        await write_effects(events, work)

    return record_sessions


async def delivered(world: World, bulk: Bulk) -> list[Event]:
    """Ten packed events and one alone, each written once as the effects show."""
    events: list[Event] = [session_completed() for _ in range(11)]
    await world.relay()
    await world.subscriber(handler_with(bulk))
    await world.publish(*events[:10])
    await world.publish(events[10])
    await world.until_effects(11)
    await world.until_quiet()
    return events


async def test_plain_messages_have_their_effects_in_bulk(world: World) -> None:
    bulk = Bulk()

    events = await delivered(world, bulk)

    assert await world.effects() == subjects(events)
    assert (bulk.applied, bulk.handled) == (11, 0)


async def test_what_bulk_gives_up_the_handler_does(world: World) -> None:
    bulk = Bulk(gives_way=True)

    events = await delivered(world, bulk)

    assert await world.effects() == subjects(events)
    assert bulk.handled == 11


async def test_a_bulk_way_that_fails_costs_nothing_but_time(world: World) -> None:
    bulk = Bulk(fails=True)

    events = await delivered(world, bulk)

    assert await world.effects() == subjects(events)
    assert bulk.handled == 11
    assert await world.value("SELECT count(*) FROM ops.dead_letters") == 0


def reader(kind: str = SessionCompleted.type) -> BulkReader | None:
    return BulkReader.of(kind, SessionCompleted, [handler_with(Bulk())])


def test_one_message_that_is_not_plain_sends_all_to_the_handler() -> None:
    found, event = reader(), wrap(session_completed(), source="x", correlation_id="y", id=uuid7())
    assert found is not None
    batch, alone = encode_batch([event, event]), encode(event)

    parts = found.parts({"batch": batch, "alone": alone}) or {}

    assert {name: part.events for name, part in parts.items()} == {"batch": 2, "alone": 1}
    for stray in (b"", b"{}", alone + b"," + alone, batch.replace(b'"1.0"', b'"2.0"')):
        assert found.parts({"batch": batch, "stray": stray}) is None


def test_messages_of_an_older_version_go_to_the_handler() -> None:
    assert reader("kintell.session.completed.v0") is None
