"""A released version keeps reading what it read: each schema is held against its snapshot."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from event_contracts import ContractError, registry, snapshots
from event_contracts.compatibility import breaks
from event_contracts.snapshots import drift, incompatible, schemas, write

Schema = dict[str, Any]
CURRENT = schemas(registry)


def test_every_event_is_what_its_snapshot_says() -> None:
    assert drift(CURRENT) == []
    assert snapshots.main(["--check"]) == 0


RELEASED: Schema = {
    "$defs": {"Mood": {"enum": ["good", "bad"], "type": "string"}},
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "mood", "minutes"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "mood": {"$ref": "#/$defs/Mood"},
        "minutes": {"type": "integer", "minimum": 1, "maximum": 480},
        "share": {"anyOf": [{"type": "number", "maximum": 1}, {"type": "null"}], "default": None},
        "word": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 60},
        "words": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "state": {"const": "on", "type": "string", "default": "on"},
        "counts": {
            "type": "object",
            "additionalProperties": False,
            "patternProperties": {"^[a-z]+$": {"type": "integer", "minimum": 0}},
            "propertyNames": {"maxLength": 80},
        },
    },
}
Change = Callable[[Schema, Schema], Any]


def changed(change: Change) -> Schema:
    schema = deepcopy(RELEASED)
    change(schema, schema["properties"])
    return schema


def rename(_: Schema, fields: Schema) -> None:
    fields["length"] = fields.pop("minutes")


INCOMPATIBLE: dict[str, tuple[Change, str]] = {
    "removed": (lambda s, f: f.pop("share"), "share: is gone"),
    "renamed": (rename, "minutes: is gone"),
    "retyped": (
        lambda s, f: f["minutes"].update(type="number"),
        "minutes: no longer takes integer",
    ),
    "retyped-format": (lambda s, f: f["id"].pop("format"), "id: no longer takes string:uuid"),
    "retyped-wider": (lambda s, f: f["minutes"].update(type="string"), "minutes: takes string now"),
    "new-required": (
        lambda s, f: (f.update(new={"type": "integer"}), s["required"].append("new")),
        "new: is new and required",
    ),
    "new-optional": (lambda s, f: f.update(new={"type": "integer"}), "new: is new"),
    "required-now": (lambda s, f: s["required"].append("share"), "share: is required now"),
    "enum-narrowed": (
        lambda s, f: s["$defs"]["Mood"].update(enum=["good"]),
        "mood: no longer takes bad",
    ),
    "enum-reworded": (
        lambda s, f: s["$defs"]["Mood"].update(enum=["good", "awful"]),
        "mood: no longer takes bad",
    ),
    "enum-from-any": (lambda s, f: f["word"].update(enum=["a"]), "word: takes listed values only"),
    "const-changed": (lambda s, f: f["state"].update(const="off"), "state: no longer takes on"),
    "default-changed": (lambda s, f: f["share"].update(default=0.5), "share: default changed"),
    "default-new": (lambda s, f: f["word"].update(default=None), "word: default changed"),
    "null-removed": (
        lambda s, f: f["share"].update(anyOf=[{"type": "number", "maximum": 1}]),
        "share: no longer takes null",
    ),
    "maximum-lower": (lambda s, f: f["minutes"].update(maximum=240), "minutes: maximum fell"),
    "minimum-higher": (lambda s, f: f["minutes"].update(minimum=5), "minutes: minimum rose"),
    "bound-new": (lambda s, f: f["share"]["anyOf"][0].update(minimum=0), "share: minimum rose"),
    "shorter": (lambda s, f: f["word"].update(maxLength=10), "word: maxLength fell"),
    "pattern-changed": (lambda s, f: f["word"].update(pattern="^[a-c]+$"), "word: pattern changed"),
    "pattern-new": (lambda s, f: f["words"]["items"].update(pattern="^a$"), "words.items: pattern"),
    "items-retyped": (
        lambda s, f: f["words"].update(items={"type": "integer"}),
        "words.items: no longer takes string",
    ),
    "more-items": (lambda s, f: f["words"].update(minItems=2), "words: minItems rose"),
    "unique-items": (
        lambda s, f: f["words"].update(uniqueItems=True),
        "words: uniqueItems changed",
    ),
    "keys-changed": (
        lambda s, f: f["counts"].update(patternProperties={"^[a-c]+$": {"type": "integer"}}),
        "counts.keys: changed",
    ),
    "key-values-narrowed": (
        lambda s, f: f["counts"]["patternProperties"]["^[a-z]+$"].update(minimum=1),
        "counts.keys: minimum rose",
    ),
    "keys-shorter": (
        lambda s, f: f["counts"]["propertyNames"].update(maxLength=8),
        "counts.propertyNames: maxLength fell",
    ),
    "opened": (lambda s, f: s.pop("additionalProperties"), "additionalProperties: changed"),
    "unheard-of": (lambda s, f: f["minutes"].update(multipleOf=5), "minutes: multipleOf changed"),
}

COMPATIBLE: dict[str, Change] = {
    "same": lambda s, f: None,
    "words": lambda s, f: f["minutes"].update(title="M", description="How long.", examples=[3]),
    "enum-grown": lambda s, f: s["$defs"]["Mood"].update(enum=["good", "bad", "fine"]),
    "maximum-higher": lambda s, f: f["minutes"].update(maximum=600),
    "bound-gone": lambda s, f: f["minutes"].pop("minimum"),
    "pattern-gone": lambda s, f: f["word"].pop("pattern"),
    "required-no-more": lambda s, f: s["required"].remove("minutes"),
    "null-too": lambda s, f: f["minutes"].update(
        anyOf=[{"type": "integer", "minimum": 1, "maximum": 480}, {"type": "null"}]
    ),
    "definition-inlined": lambda s, f: f.update(mood=s["$defs"].pop("Mood")),
}


@pytest.mark.parametrize(("change", "said"), INCOMPATIBLE.values(), ids=INCOMPATIBLE)
def test_an_incompatible_change_is_refused(change: Change, said: str) -> None:
    found = breaks(RELEASED, changed(change))

    assert any(line.startswith(said) for line in found), found


@pytest.mark.parametrize("change", COMPATIBLE.values(), ids=COMPATIBLE)
def test_words_may_change_and_values_may_grow(change: Change) -> None:
    assert breaks(RELEASED, changed(change)) == []


@pytest.mark.parametrize("event_type", registry)
def test_each_field_of_each_event_is_guarded(event_type: str) -> None:
    """Taking any field out of any event, or demanding or retyping it, is refused."""
    released = CURRENT[event_type]
    for name, field in released["properties"].items():
        without = {other: kept for other, kept in released["properties"].items() if other != name}
        for fields in (without, without | {name: {"type": "array"}}, without | {f"{name}2": field}):
            assert breaks(released, released | {"properties": fields}), name


def test_a_union_that_can_not_be_compared_is_refused() -> None:
    twice = {"anyOf": [{"type": "string", "maxLength": 1}, {"type": "string"}]}

    with pytest.raises(ContractError):
        breaks(twice, twice)


SESSION = "kintell.session.completed.v1"


@pytest.fixture
def released(tmp_path: Path) -> Path:
    write(CURRENT, tmp_path)
    return tmp_path


def test_a_missing_snapshot_is_refused(released: Path) -> None:
    (released / f"{SESSION}.json").unlink()

    (said,) = drift(CURRENT, released)

    assert said.startswith(f"{SESSION}: has no snapshot")


def test_a_snapshot_without_its_event_is_refused(released: Path) -> None:
    kept = {name: schema for name, schema in CURRENT.items() if name != SESSION}

    assert [line.split(";")[0] for line in incompatible(kept, released)] == [
        f"{SESSION}: a released event is gone"
    ]


def test_an_incompatible_class_is_told_apart_from_its_snapshot(released: Path) -> None:
    broken = deepcopy(CURRENT)
    broken[SESSION]["properties"]["duration_minutes"]["anyOf"][0]["maximum"] = 240

    assert drift(broken, released)[0].startswith(f"{SESSION}: duration_minutes: maximum fell")


def test_a_compatible_change_has_to_be_written_down(released: Path) -> None:
    grown = deepcopy(CURRENT)
    grown[SESSION]["properties"]["duration_minutes"]["anyOf"][0]["maximum"] = 600

    assert incompatible(grown, released) == []
    assert [line.split(",")[0] for line in drift(grown, released)] == [
        f"{SESSION}: snapshot is not current"
    ]
    write(grown, released)
    assert drift(grown, released) == []


def test_snapshots_are_json_schemas_with_a_name(released: Path) -> None:
    for path in released.glob("*.json"):
        schema = json.loads(path.read_text())
        assert schema["$id"] == f"urn:waymark:schema:{path.stem}"
