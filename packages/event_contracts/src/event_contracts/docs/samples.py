"""One believable example of each event, the same on every run."""

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from event_contracts import Envelope, Event, wrap
from event_contracts.compatibility import Schema, inlined

MOMENT = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)

WORDS: dict[str, Any] = {
    "abstention_reason": None,  # a score has a value or this, never both
    "category": "self_harm",
    "changed": ["has_mentor_session"],
    "dataset": "kintell-sessions",
    "event_type": "hangout",
    "method": "metrics-1",
    "milestone": "first_mentor_session",
    "model_id": "local-9f86d081884c7d65",
    "policy_version": "policy-1",
    "provider": "ecornell",
    "purpose": "scoring",
    "reason_code": "false_alarm",
    "rules": ["self_harm.intent"],
    "rules_version": "journey-1",
    "service": "safety",
}
"""What an example says where the type alone would say something dull."""


def sample(event_class: type[Event]) -> Envelope[Event]:
    """Return the event with every field that can be said at once."""
    fields = inlined(event_class.model_json_schema())["properties"]
    values = {name: value_of(name, field) for name, field in fields.items()} | {
        name: word for name, word in WORDS.items() if name in fields
    }
    said = {name: value for name, value in values.items() if value is not None}
    return wrap(
        event_class.model_validate(said),
        source="waymark",
        correlation_id=id_of("correlation").hex,
        causation_id=id_of("causation"),
        id=id_of(event_class.type),
        time=MOMENT,
    )


def id_of(name: str) -> Any:
    """Return the id that stands for this name in every example."""
    return uuid5(NAMESPACE_URL, f"urn:waymark:example:{name}")


def value_of(name: str, field: Schema) -> Any:
    """Return a JSON value that the schema takes; an example given there comes first."""
    for known in ("examples", "enum"):
        if known in field:
            return field[known][0]
    if "anyOf" in field:
        return value_of(name, field["anyOf"][0])
    return field["const"] if "const" in field else _value_of_type(name, field)


def _value_of_type(name: str, field: Schema) -> Any:
    match field.get("format", field["type"]):
        case "uuid":
            return str(id_of(name))
        case "integer":
            return field["minimum"]
        case "array":
            return [value_of(name, field["items"])]
        case "object":
            (value,) = field["patternProperties"].values()
            return {value_of(name, field["propertyNames"]): value_of(name, value)}
        case "boolean":
            return field["default"]
    raise LookupError(f"{name}: give its type an example")
