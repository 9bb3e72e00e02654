"""A consumer of events that have a field passes over the others, and misses nothing it wants."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_contracts import CheckinCompleted, encode
from event_contracts.docs.samples import sample
from shared_utils.consume.delivery import decoded, decoded_with

SAMPLE: dict[str, Any] = json.loads(encode(sample(CheckinCompleted)))
TEXT = SAMPLE["data"]["text_id"]

events = st.sampled_from(
    [
        {"text_id": TEXT},
        {},
        {"text_id": None},
        {"text_id": "not an id"},
        {"text_id": TEXT, "mood": "unheard of"},
        {"notes": [{"a": 1}, {"text_id": TEXT}]},
        {"notes": '},{"text_id":'},
        {"notes": "\\\n"},
    ]
)


def event(changes: dict[str, Any]) -> dict[str, Any]:
    data = {name: value for name, value in SAMPLE["data"].items() if name != "text_id"}
    return SAMPLE | {"data": data | changes}


@settings(max_examples=300, deadline=None)
@given(drawn=st.lists(events, max_size=6), tight=st.booleans())
def test_every_event_with_the_field_is_found(drawn: list[dict[str, Any]], tight: bool) -> None:
    separators = (",", ":") if tight else (", ", ": ")
    body = json.dumps([event(changes) for changes in drawn], separators=separators).encode()

    envelopes, broken = decoded_with("text_id", body, CheckinCompleted)

    whole, all_broken = decoded(body, CheckinCompleted)
    wanted = [one for one in whole if one.data.model_dump()["text_id"] is not None]
    assert [one for one in envelopes if one.data.model_dump()["text_id"] is not None] == wanted
    named = [one for one in all_broken if b'"text_id"' in one.body]
    assert {one.body for one in named} <= {one.body for one in broken}


@pytest.mark.parametrize("body", [b"", b"[", b"]", b"{}", b"[1", b'[{"a":1},{"b":2}', b"null"])
def test_a_message_that_is_no_batch_is_still_refused(body: bytes) -> None:
    envelopes, broken = decoded_with("text_id", body, CheckinCompleted)

    assert not envelopes
    assert [one.body for one in broken] == [body]


def test_a_single_event_is_read_whatever_it_has() -> None:
    [one] = decoded_with("text_id", json.dumps(event({})).encode(), CheckinCompleted)[0]

    assert isinstance(one.data, CheckinCompleted)


def test_events_without_the_field_are_not_even_decoded() -> None:
    broken_without = event({"mood": "unheard of"})
    body = json.dumps([broken_without, event({"text_id": TEXT})], separators=(",", ":")).encode()

    envelopes, broken = decoded_with("text_id", body, CheckinCompleted)

    assert [str(one.data.model_dump()["text_id"]) for one in envelopes] == [TEXT]
    assert not broken
