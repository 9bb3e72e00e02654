"""A payload taken apart: the members its shape knows, those it does not, and how it drifted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from connectors_service.reading.dialect import normalised
from connectors_service.webhooks.errors import BadWebhookError
from connectors_service.webhooks.shape import Route, Shape
from shared_utils import strict_json

MOST_ITEMS = 1000
MOST_DRIFT = 50
OTHER_NAME = "(unprintable name)"
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True, slots=True)
class Payload:
    """`known` members by the shape's path, `unknown` ones by their own; JSON values."""

    known: Mapping[str, Any]
    unknown: Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Drift:
    """A member that is not as the shape says: `kind` is unknown, missing or type."""

    field: str
    kind: str


def items_of(shape: Shape, body: bytes) -> list[dict[str, Any]]:
    """Return the objects of a body; raises BadWebhookError for anything else."""
    try:
        value = strict_json.loads(body)
    except strict_json.StrictJsonError as refusal:
        raise BadWebhookError(str(refusal)) from None
    items = value if shape.several and isinstance(value, list) else [value]
    if not 1 <= len(items) <= MOST_ITEMS or not all(isinstance(item, dict) for item in items):
        raise BadWebhookError(_wanted(shape))
    return items


def _wanted(shape: Shape) -> str:
    several = f", or a list of 1 to {MOST_ITEMS} of them" if shape.several else ""
    return f"The body has to be a JSON object{several}."


def taken_apart(shape: Shape, item: Mapping[str, Any]) -> Payload:
    """Sort the members of an object; names match without regard to case, `_` and `-`."""
    known: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for path, value in _members(shape, item, ""):
        name = shape.known.get(normalised(path))
        if name is None or name in known:
            unknown[path] = value
        else:
            known[name] = value
    return Payload(known, unknown)


def _members(shape: Shape, item: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in item.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and normalised(path) in shape.objects:
            yield from _members(shape, value, f"{path}.")
        else:
            yield path, value


def drift_of(shape: Shape, payload: Payload) -> list[Drift]:
    """Return how a payload differs from its shape; the first fifty findings."""
    found = {Drift(_shown(path), "unknown") for path in payload.unknown}
    for path, expected in shape.fields.items():
        value = payload.known.get(path)
        if value is None:
            if expected.required:
                found.add(Drift(path, "missing"))
        elif type_of(value) not in expected.types:
            found.add(Drift(path, "type"))
    return sorted(found)[:MOST_DRIFT]


def _shown(path: str) -> str:
    """Names are counted outside `pii`: one that may itself be personal is not told."""
    return path if _PLAIN_NAME.fullmatch(path) else OTHER_NAME


def type_of(value: Any) -> str:
    """Return the JSON type of a value."""
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", list: "list"}
    return kinds.get(type(value), "object")


def routes_of(shape: Shape, payload: Payload) -> list[str]:
    """Return the mappings by which a payload becomes rows, each once."""
    names = [route.mapping for route in shape.rows if _meets(route, payload)]
    return list(dict.fromkeys(names)) or [shape.rows[0].mapping]


def _meets(route: Route, payload: Payload) -> bool:
    return all(_says(payload, *condition) for condition in route.when.items()) and not any(
        _says(payload, *condition) for condition in route.unless.items()
    )


def _says(payload: Payload, path: str, words: Sequence[str]) -> bool:
    value = payload.known.get(path)
    return value not in (None, "") and (not words or str(value).casefold() in words)


def text_of(value: Any, *, as_json: bool = False) -> str:
    """Return a value as a file's cell would hold it; lists of words as comma lists."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and not as_json and not any(isinstance(x, dict) for x in value):
        return ",".join(map(text_of, value))
    return orjson.dumps(value).decode()
