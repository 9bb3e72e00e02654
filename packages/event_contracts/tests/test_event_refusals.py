"""What is no event of ours is refused with its field named and nothing of it repeated."""

import json
import traceback
from typing import Any
from uuid import UUID

import pytest

from event_contracts import (
    Envelope,
    Event,
    EventError,
    InvalidPayloadError,
    Refused,
    UnknownEventTypeError,
    decode,
    decode_batch,
    decode_each,
    encode,
    encode_batch,
    registry,
)
from event_contracts.docs.samples import sample

SECRET = "Jane Doe <jane@example.org>"
SESSION = "kintell.session.completed.v1"
COUNTS = {"pii.texts": 12}
FIELDS = [
    pytest.param(event, field, id=f"{event.type}-{field}")
    for event in registry.values()
    for field in event.model_fields
]


def message(event_type: str = SESSION, /, **data: Any) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(encode(sample(registry[event_type])))
    written["data"] |= data
    return written


def refusal(broken: Any) -> EventError:
    with pytest.raises(EventError) as caught:
        decode(broken if isinstance(broken, dict | bytes | str) else json.dumps(broken))
    return caught.value


def fields_of(error: EventError) -> set[str]:
    assert isinstance(error, InvalidPayloadError)
    return {problem.field for problem in error.problems}


@pytest.mark.parametrize(("event", "field"), FIELDS)
def test_no_field_takes_free_text_or_a_contact(event: type[Event], field: str) -> None:
    right = message(event.type)["data"].get(field)
    for text in (SECRET, "jane@example.org", "+49 171 2345678", "She felt better today."):
        wrong = [text] if isinstance(right, list) else {text: 1} if right == COUNTS else text

        error = refusal(message(event.type, **{field: wrong}))

        assert any(name.startswith(f"data.{field}") for name in fields_of(error))
        assert text not in "".join(traceback.format_exception(error))
        assert error.__context__ is None, "pydantic's error holds the input"


@pytest.mark.parametrize(("event", "field"), FIELDS)
def test_a_missing_field_is_named(event: type[Event], field: str) -> None:
    written = message(event.type)
    written["data"].pop(field, None)

    if event.model_fields[field].is_required():
        assert fields_of(refusal(written)) == {f"data.{field}"}
    elif event.type != "outcomes.score.recorded.v1":  # needs a value or a reason
        assert decode(written).type == event.type


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"duration_minutes": 0}, "data.duration_minutes"),
        ({"duration_minutes": 481}, "data.duration_minutes"),
        ({"duration_minutes": "45"}, "data.duration_minutes"),
        ({"duration_minutes": True}, "data.duration_minutes"),
        ({"revision": 0}, "data.revision"),
        ({"revision": 1.5}, "data.revision"),
        ({"status": "scheduled"}, "data.status"),
        ({"completed_at": None}, "data.completed_at"),
        ({"completed_at": 1_772_000_000}, "data.completed_at"),
        ({"completed_at": "2026-03-02T17:30:00"}, "data.completed_at"),
        ({"completed_at": "0001-01-01T00:00:00+14:00"}, "data.completed_at"),
        ({"language_level": "b1"}, "data.language_level"),
        ({"extra_field": 1}, "data.extra_field"),
        ({SECRET: 1}, "data.(unnamed)"),
    ],
)
def test_a_wrong_payload_names_its_field(data: dict[str, Any], field: str) -> None:
    error = refusal(message(**data))

    assert fields_of(error) == {field}
    assert isinstance(error, InvalidPayloadError)
    assert error.event_type == SESSION
    assert "Jane" not in str(error)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, 1.1])
def test_a_rating_is_a_number_from_0_to_1(value: float) -> None:
    error = refusal(json.dumps(message("kintell.rating.created.v1", value=value)))

    assert fields_of(error) == {"data.value"}


@pytest.mark.parametrize(
    "data",
    [
        {"value": 0.5, "abstention_reason": "too_short"},
        {"value": None},
        {"value": 1.2, "dimension": "belonging"},
        {"interval_high": 1.2, "dimension": "confidence"},
        {"value": 6.1, "dimension": "lang_level_proxy"},
    ],
)
def test_a_score_is_on_its_scale_or_says_why_it_is_none(data: dict[str, Any]) -> None:
    error = refusal(message("outcomes.score.recorded.v1", **data))

    assert fields_of(error) <= {"data", "data.value"}


@pytest.mark.parametrize(
    "data",
    [
        {"value": None, "abstention_reason": "too_short"},
        {"value": 5.5, "dimension": "lang_level_proxy"},
        {"value": 0.0, "dimension": "belonging"},
    ],
)
def test_a_score_may_abstain_and_language_levels_reach_six(data: dict[str, Any]) -> None:
    assert decode(message("outcomes.score.recorded.v1", **data))


@pytest.mark.parametrize(
    ("event_type", "said"),
    [
        ("kintell.session.completed.v9", "kintell.session.completed.v9"),
        ("nothing.of.ours.v1", "nothing.of.ours.v1"),
        (SECRET, "(malformed)"),
        ("", "(malformed)"),
        ("jane.doe", "(malformed)"),
        (None, "(malformed)"),
    ],
)
def test_an_unknown_type_is_refused(event_type: str | None, said: str) -> None:
    error = refusal(message() | {"type": event_type})

    assert isinstance(error, UnknownEventTypeError)
    assert str(error) == f"unknown event type {said}"
    assert error.__context__ is None


def test_an_unknown_type_is_refused_by_the_registry_too() -> None:
    with pytest.raises(UnknownEventTypeError):
        registry["nothing.of.ours.v1"]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("specversion", "0.3"),
        ("id", "17"),
        ("source", SECRET),
        ("subject", SECRET),
        ("time", "yesterday"),
        ("datacontenttype", "text/plain"),
        ("dataschema", "urn:waymark:schema:kintell.rating.created.v1"),
        ("correlationid", SECRET),
        ("causationid", SECRET),
        ("companyid", SECRET),
        ("data", SECRET),
    ],
)
def test_a_wrong_envelope_names_its_attribute(attribute: str, value: str) -> None:
    error = refusal(message() | {attribute: value})

    assert fields_of(error) == {attribute}
    assert "Jane" not in str(error)


@pytest.mark.parametrize(
    "garbage",
    [
        *(b"", b"null", b"[]", b"{}", b"17", b"\xff\xfe", b"{", b'{"type": ', b'"\\ud800"'),
        *(b"[" * 100_000, b'{"type":1e400}', b"NaN"),
    ],
)
def test_garbage_is_refused_and_never_crashes(garbage: bytes) -> None:
    assert isinstance(refusal(garbage), EventError)
    with pytest.raises(EventError):
        decode_batch(garbage + b" " if garbage != b"[]" else b"{}")


def test_a_mapping_that_is_no_json_is_refused() -> None:
    error = refusal(message(session_id=object()))

    assert fields_of(error) == {"(message)"}


def batch_with(broken: Any) -> bytes:
    return json.dumps([message(), broken, message()]).encode()


def test_a_batch_names_the_position_of_what_it_refuses() -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        decode_batch(batch_with(message(revision=0)))

    assert fields_of(caught.value) == {"1.data.revision"}


@pytest.mark.parametrize(
    ("broken", "event_id"),
    [
        (message(revision=0), UUID(message()["id"])),
        (message() | {"type": "nothing.of.ours.v1"}, UUID(message()["id"])),
        (message() | {"id": 17}, None),
        (["no", "event"], None),
        (None, None),
    ],
)
def test_one_bad_event_leaves_its_neighbours(broken: Any, event_id: UUID | None) -> None:
    first, refused, last = decode_each(batch_with(broken))

    assert isinstance(first, Envelope)
    assert isinstance(last, Envelope)
    assert isinstance(refused, Refused)
    assert (refused.index, refused.event_id) == (1, event_id)
    assert json.loads(refused.raw) == broken


@pytest.mark.parametrize("garbage", [b"{}", b"null", b"[", b"", encode(sample(registry[SESSION]))])
def test_what_is_no_batch_is_refused_whole(garbage: bytes) -> None:
    with pytest.raises(InvalidPayloadError):
        decode_each(garbage)


def test_an_empty_batch_is_a_batch() -> None:
    assert decode_batch(encode_batch([])) == []
    assert decode_each(b"[]") == []


def test_an_event_that_a_service_builds_wrongly_does_not_repeat_the_value() -> None:
    with pytest.raises(ValueError, match="session_id") as caught:
        registry[SESSION].model_validate({"session_id": SECRET})

    assert "Jane" not in str(caught.value)
