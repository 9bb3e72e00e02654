"""Every event survives the wire: alone, packed, and as the mapping its JSON parses to."""

import json
import re
import string
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import RFC_4122

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_contracts import (
    Envelope,
    Event,
    ScoreOverridden,
    ScoreRecorded,
    decode,
    decode_batch,
    decode_each,
    encode,
    encode_batch,
    registry,
    subject_of,
    uuid7,
    wrap,
)
from event_contracts.compatibility import inlined
from event_contracts.snapshots import event_schema

Json = dict[str, Any]
ASCII = st.characters(codec="ascii")
CODES = st.text(string.ascii_letters + string.digits + "-._", min_size=1, max_size=64)

every_event = pytest.mark.parametrize("event_class", registry.values(), ids=lambda cls: cls.type)


def moments() -> st.SearchStrategy[datetime]:
    offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
    days, clocks = st.dates(date(1, 1, 2), date(9999, 12, 30)), st.times()
    return st.builds(datetime.combine, days, clocks, offsets)


def strings(schema: Json) -> st.SearchStrategy[str]:
    match schema:
        case {"format": "uuid"}:
            return st.uuids().map(str)
        case {"format": "date"}:
            return st.dates().map(date.isoformat)
        case {"format": "date-time"}:
            return moments().map(datetime.isoformat)
    found = st.from_regex(schema["pattern"], fullmatch=True, alphabet=ASCII)
    return found.filter(lambda word: len(word) <= schema["maxLength"])


def mappings(schema: Json) -> st.SearchStrategy[Json]:
    ((pattern, value),) = schema["patternProperties"].items()
    keys = strings({"pattern": pattern, "maxLength": schema["propertyNames"]["maxLength"]})
    return st.dictionaries(keys, values_of(value), max_size=3)


def values_of(schema: Json) -> st.SearchStrategy[Any]:
    """Return values that the JSON Schema takes: nothing here knows the classes."""
    if "anyOf" in schema:
        return st.one_of(*map(values_of, schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    match schema["type"]:
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "number":
            return st.floats(schema["minimum"], schema["maximum"])
        case "array":
            items = values_of(schema["items"])
            return st.lists(items, min_size=schema.get("minItems", 0), max_size=3)
        case "object":
            return mappings(schema)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    return strings(schema)


def payloads(event_class: type[Event]) -> st.SearchStrategy[Json]:
    schema = inlined(event_schema(event_class))
    required = set(schema["required"])
    fields = {name: values_of(field) for name, field in schema["properties"].items()}
    drawn = st.fixed_dictionaries(
        {name: fields[name] for name in required},
        optional={name: fields[name] for name in fields.keys() - required},
    )
    return drawn.map(scored) if event_class in (ScoreRecorded, ScoreOverridden) else drawn


def scored(data: Json) -> Json:
    """Bring a drawn score under the two rules that JSON Schema can't say."""
    top = 6 if data["dimension"] == "lang_level_proxy" else 1
    for name in {"value", "interval_low", "interval_high"} & data.keys():
        data[name] = None if data[name] is None else min(data[name], top)
    if "score_id" in data and "override_id" not in data:
        data["abstention_reason"] = "too_short" if data.get("value") is None else None
    return data


def parse(event_class: type[Event], data: Json) -> Event:
    return event_class.model_validate_json(json.dumps(data), strict=True)


def envelopes(events: st.SearchStrategy[Event]) -> st.SearchStrategy[Envelope[Event]]:
    return st.builds(
        wrap,
        events,
        source=CODES,
        correlation_id=CODES,
        causation_id=st.none() | st.uuids(),
        company_id=st.none() | st.uuids(),
        id=st.uuids(),
        time=moments(),
    )


def events_of(event_class: type[Event]) -> st.SearchStrategy[Event]:
    return payloads(event_class).map(lambda data: parse(event_class, data))


MIXED = st.lists(envelopes(st.one_of(*map(events_of, registry.values()))), max_size=8)


@every_event
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_an_event_survives_the_wire(event_class: type[Event], data: st.DataObject) -> None:
    said = data.draw(payloads(event_class))
    sent = data.draw(envelopes(st.just(parse(event_class, said))))

    arrived = decode(encode(sent))

    assert arrived == sent
    assert type(arrived.data) is event_class
    assert decode(json.loads(encode(sent))) == sent
    assert plain(json.loads(encode(sent))["data"]) == plain(defaults(event_class) | said)


@settings(max_examples=50, deadline=None)
@given(sent=MIXED)
def test_a_packed_batch_survives_the_wire_in_its_order(sent: list[Envelope[Event]]) -> None:
    packed = encode_batch(sent)

    assert decode_batch(packed) == sent
    assert decode_each(packed) == sent


def defaults(event_class: type[Event]) -> Json:
    fields = inlined(event_schema(event_class))["properties"].items()
    return {name: field["default"] for name, field in fields if "default" in field}


def plain(data: Json) -> Json:
    """Return the data without absent values, its moments spelled one way."""
    return {name: in_utc(value) for name, value in data.items() if value is not None}


MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:.*")


def in_utc(value: Any) -> Any:
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return datetime.fromisoformat(value).astimezone(UTC)
    return value


def test_a_moment_arrives_in_utc() -> None:
    data = decode(encode(session("2026-03-02T18:30:00+01:00"))).data

    assert data.model_dump()["completed_at"] == datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
    assert data.model_dump()["completed_at"].tzinfo is UTC


def session(completed_at: str) -> Envelope[Event]:
    ids = {name: str(uuid7()) for name in ("session_id", "participant_id", "volunteer_id")}
    said = {"revision": 1, "session_type": "language", "completed_at": completed_at}
    moment = {"scheduled_at": "2026-03-02T17:00:00Z"}
    event = parse(registry["kintell.session.completed.v1"], ids | said | moment)
    return wrap(event, source="connectors", correlation_id="c")


def test_the_envelope_is_a_cloud_event() -> None:
    envelope = session("2026-03-02T17:30:00Z")

    written = json.loads(encode(envelope))

    assert written.keys() == {
        *("specversion", "id", "source", "type", "subject", "time"),
        *("datacontenttype", "dataschema", "correlationid", "data"),
    }
    assert written["specversion"] == "1.0"
    assert written["subject"] == written["data"]["session_id"]
    assert written["dataschema"] == "urn:waymark:schema:kintell.session.completed.v1"
    assert subject_of(written["type"]) == "waymark.kintell.session.completed.v1"


def test_what_others_add_to_the_envelope_on_the_way_is_dropped() -> None:
    written = json.loads(encode(session("2026-03-02T17:30:00Z")))

    arrived = decode(written | {"traceparent": "00-0af7", "note": "Jane"})

    assert json.loads(encode(arrived)) == written


def test_ids_sort_by_the_moment_they_were_made() -> None:
    made = [uuid7() for _ in range(10_000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}
