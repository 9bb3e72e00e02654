"""Handlers of records: the same effects once, whether messages are plain or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from event_contracts import CheckinCompleted, Event, SessionCompleted, encode, encode_batch, wrap
from event_contracts.docs.samples import sample
from event_contracts.plain import plain_reader
from shared_utils.consume import cause, handles_plain
from shared_utils.consume.bulk import BulkReader
from shared_utils.testing import World, session_completed, subjects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from event_contracts.plain import Record
    from shared_utils.consume import Handler
    from shared_utils.work import Work

_EFFECT = text("INSERT INTO public.effects VALUES (:id, :subject, :correlationid)")

WITH: Any = sample(CheckinCompleted)
WITHOUT = WITH.model_copy(update={"data": WITH.data.model_copy(update={"text_id": None})})


def recorder(seen: list[Record]) -> Handler[Event]:
    @handles_plain(SessionCompleted)
    async def record_sessions(records: Sequence[Record], work: Work) -> None:
        seen.extend(records)
        if len(records) > 1 and any(one["data"].get("duration_minutes") == 13 for one in records):
            raise ArithmeticError
        await work.session.execute(_EFFECT, records)

    return record_sessions


async def test_a_batch_that_fails_is_applied_event_by_event(world: World) -> None:
    seen: list[Record] = []
    events = [session_completed(duration_minutes=minutes) for minutes in (60, 13, 45)]
    await world.relay()
    await world.subscriber(recorder(seen), max_attempts=1)

    await world.publish(*events)
    await world.until_effects(3)
    await world.until_quiet()

    assert await world.effects() == subjects(events)
    assert await world.value("SELECT count(*) FROM ops.dead_letters") == 0


async def test_an_event_decoded_says_what_the_plain_one_says(world: World) -> None:
    seen: list[Record] = []
    envelope = wrap(session_completed(), source="test", correlation_id="c")
    read = plain_reader(SessionCompleted)
    assert read is not None
    database = await world.database("profile")

    async with database.work() as work:
        await recorder(seen)([envelope], work)

    assert seen == read(encode_batch([envelope]))
    assert cause(seen[0]) == (str(envelope.id), "c")
    assert cause(seen[0]).because.id == envelope.id


def reader() -> BulkReader:
    @handles_plain(CheckinCompleted, only_with="text_id")
    async def read_texts(records: Sequence[Record], work: Work) -> None: ...

    found = BulkReader.of(CheckinCompleted.type, CheckinCompleted, [read_texts])
    assert found is not None
    assert read_texts.name == "read_texts"
    return found


@pytest.mark.parametrize(
    ("envelopes", "concerned"),
    [([WITH, WITHOUT, WITH], 2), ([WITHOUT, WITHOUT], 0), ([WITH], 1)],
)
def test_only_events_with_the_field_are_read(envelopes: list[Any], concerned: int) -> None:
    parts = reader().parts({"m": encode_batch(envelopes)})

    assert parts is not None
    assert parts["m"].events == len(parts["m"].content) == concerned


def test_an_untidy_batch_is_left_to_the_decoder() -> None:
    assert reader().parts({"m": encode(WITH)[:-1]}) is None
    assert reader().parts({"m": b'[{"text_id":1}]'}) is None
