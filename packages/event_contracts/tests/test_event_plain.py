"""A plain batch is read as `decode_batch` would read it, and never where that would refuse it."""

import copy
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_contracts import (
    EventError,
    ProfileUpdated,
    RatingCreated,
    SessionCompleted,
    decode_batch,
    encode,
    encode_batch,
    envelope_class,
    registry,
)
from event_contracts.docs.samples import sample
from event_contracts.event import Event
from event_contracts.ids import uuid7_texts
from event_contracts.plain import plain_reader, written_batch

Json = dict[str, Any]

READABLE = [known for known in registry.values() if plain_reader(known) is not None]
every_readable = pytest.mark.parametrize("event_class", READABLE, ids=lambda cls: cls.type)
PERSON = "01a1fbfc-1b46-7d38-a667-31cbaf63e4d0"

AWKWARD: list[Any] = [
    None, "", " ", "x\n", True, False, 0, 1, -1, 1.0, 0.5, -0.0, 2**31, 2**63, 1e300, 481,
    "2026-03-02T17:30:00Z", "2026-03-02T17:30:00+00:00", "2026-03-02T17:30:00-05:00",
    "2026-03-02T17:30:00", "2026-03-02 17:30:00Z", "2026-03-02T17:30Z", "2026-02-29T10:00:00Z",
    "2028-02-29T10:00:00Z", "2026-02-30T10:00:00Z", "2026-04-31T10:00:00Z",
    "2026-12-31T23:59:59Z", "2026-12-31T23:59:60Z", "2026-12-31T24:00:00Z",
    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
    "2026-03-02T17:30:00.5Z", "2026-03-02T17:30:00.500000Z", "2026-03-02T17:30:00.000000Z",
    "2026-03-02T17:30:00.000001Z", "2026-03-02T17:30:00.1234567Z", "2026-03-02T17:30:00z",
    "2026-03-02", "2026-02-30", "20260302", "2026-3-2", "1772472600", 1772472600,
    "01A1FBFC-1B46-7D38-A667-31CBAF63E4D0", "01a1fbfc1b467d38a66731cbaf63e4d0",
    "urn:uuid:01a1fbfc-1b46-7d38-a667-31cbaf63e4d0", PERSON, "completed", "COMPLETED", "language",
    "A1", "a_word", "ÉCOLE", "\ud800", [], [PERSON], {}, {"a": 1},
]  # fmt: skip


def as_json(event_class: type[Event]) -> Json:
    found: Json = json.loads(encode(sample(event_class)))
    return found


@st.composite
def batches(draw: st.DrawFn) -> tuple[type[Event], str]:
    """One to three samples of one type, some of whose fields were given something awkward."""
    event_class = draw(st.sampled_from(READABLE))
    events = [as_json(event_class) for _ in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(0, 2))):
        event = draw(st.sampled_from(events))
        part = draw(st.sampled_from([event, event["data"]]))
        match draw(st.integers(0, 9)):
            case 0:
                part.pop(draw(st.sampled_from(sorted(part))), None)
            case 1:
                part["unheard_of"] = draw(st.sampled_from(AWKWARD))
            case _:
                part[draw(st.sampled_from(sorted(part)))] = draw(st.sampled_from(AWKWARD))
        if not isinstance(event.get("data"), dict):
            event["data"] = as_json(event_class)["data"]
    return event_class, json.dumps(events)


def without_nulls(value: Json) -> Json:
    return {
        name: without_nulls(each) if isinstance(each, dict) else each
        for name, each in value.items()
        if each is not None
    }


def agrees(event_class: type[Event], batch: str) -> bool:
    """Whether it is read plainly; fails where decoding refuses it, or says something else."""
    reader = plain_reader(event_class)
    assert reader is not None
    records = reader(batch.encode("utf-8", "surrogatepass"))
    if records is None:
        return False
    said = [json.loads(encode(each)) for each in decode_batch(batch)]
    assert [without_nulls(record) for record in records] == said
    return True


@every_readable
def test_each_field_agrees_on_each_awkward_value(event_class: type[Event]) -> None:
    whole = as_json(event_class)
    names: list[tuple[str | None, str]]
    names = [(None, name) for name in envelope_class(event_class).model_fields]
    names += [("data", name) for name in event_class.model_fields]
    taken = 0
    for part, name in names:
        for value in AWKWARD:
            event = copy.deepcopy(whole)
            (event[part] if part else event)[name] = value
            taken += agrees(event_class, json.dumps([event]))

    assert 0 < taken < len(names) * len(AWKWARD)


@settings(max_examples=150, deadline=None)
@given(drawn=batches())
def test_what_is_read_plainly_is_what_decoding_says(drawn: tuple[type[Event], str]) -> None:
    agrees(*drawn)


@every_readable
def test_what_we_encode_is_plain(event_class: type[Event]) -> None:
    reader = plain_reader(event_class)
    assert reader is not None

    records = reader(encode_batch([sample(event_class)] * 3))

    assert records == [as_json(event_class)] * 3


@pytest.mark.parametrize(
    "batch",
    [b"", b"[", b"{}", b"[{}]", b"[null]", b"\xff", b'"[]"', b"[1e999]"],
    ids=repr,
)
def test_what_is_no_batch_is_not_plain(batch: bytes) -> None:
    reader = plain_reader(SessionCompleted)

    assert reader is not None
    assert reader(batch) is None


def test_another_type_of_the_same_family_is_not_plain() -> None:
    reader = plain_reader(RatingCreated)

    assert reader is not None
    assert reader(encode_batch([sample(SessionCompleted)])) is None


def test_of_a_name_said_twice_the_last_counts_in_both_readings() -> None:
    event = json.dumps(as_json(SessionCompleted))
    twice = f'[{event[:-1]}, "id": "{PERSON}"}}]'
    reader = plain_reader(SessionCompleted)
    assert reader is not None

    [record] = reader(twice.encode()) or []

    assert UUID(record["id"]) == decode_batch(twice)[0].id == UUID(PERSON)


def test_a_written_batch_is_what_the_events_would_encode_to() -> None:
    moment = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
    data = {"person_id": PERSON, "revision": 3, "changed": ["sessions"]}
    write = written_batch(ProfileUpdated, "profile", moment)

    body = write("import:7", [(PERSON, json.dumps(data, separators=(",", ":")), PERSON)] * 2)

    events = decode_batch(body)
    assert encode_batch(events) == body
    assert {str(event.causationid) for event in events} == {PERSON}
    assert [event.data for event in events] == [ProfileUpdated(**copy.deepcopy(data))] * 2


def test_ids_made_together_are_as_good_as_ids_made_alone() -> None:
    ids = uuid7_texts(300)

    assert ids == sorted(set(ids))
    assert {UUID(text).version for text in ids} == {7}
    assert uuid7_texts(1)[0] > ids[-1]


def test_the_awkward_values_are_refused_somewhere() -> None:
    event = as_json(SessionCompleted)
    event["data"]["completed_at"] = "2026-02-30T10:00:00Z"

    with pytest.raises(EventError):
        decode_batch(json.dumps([event]))
