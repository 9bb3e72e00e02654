"""docs/asyncapi.json: every channel and message as AsyncAPI 3.0."""

import json
from typing import Any

from event_contracts import Event, Registry, encode, schema_of, subject_of
from event_contracts.codec import JSON, JSON_BATCH
from event_contracts.compatibility import Schema, inlined
from event_contracts.docs.samples import sample
from event_contracts.snapshots import ENVELOPE, envelope_schema, event_schema

ABOUT = (
    "CloudEvents 1.0 in JSON over NATS JetStream, singly or as a batch of up to 100 of one type. "
    "Events carry ids and facts, never free text or personal data."
)


def render(known: Registry) -> str:
    """Return the document as text, equal for equal registries."""
    return json.dumps(document(known), indent=2, ensure_ascii=False) + "\n"


def document(known: Registry) -> dict[str, Any]:
    """Return the AsyncAPI document of these events."""
    events = list(known.values())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Waymark events",
            "version": "1.0.0",
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": JSON,
        "servers": {"local": {"host": "127.0.0.1:4222", "protocol": "nats"}},
        "channels": {event.__name__: _channel(event) for event in events},
        "operations": {
            f"{action}{event.__name__}": _operation(action, event)
            for event in events
            for action in ("send", "receive")
        },
        "components": {
            "messages": {
                name: message
                for event in events
                for name, message in (
                    (event.__name__, _message(event)),
                    (f"{event.__name__}Batch", _batch(event)),
                )
            },
            "schemas": _schemas(events),
        },
    }


def _reference(*path: str) -> dict[str, str]:
    return {"$ref": "/".join(("#", *path))}


def _messages(event: type[Event]) -> tuple[str, str]:
    return event.__name__, f"{event.__name__}Batch"


def _channel(event: type[Event]) -> dict[str, Any]:
    return {
        "address": subject_of(event.type),
        "title": event.type,
        "description": event.__doc__,
        "messages": {name: _reference("components", "messages", name) for name in _messages(event)},
    }


def _operation(action: str, event: type[Event]) -> dict[str, Any]:
    channel = ("channels", event.__name__)
    return {
        "action": action,
        "channel": _reference(*channel),
        "messages": [_reference(*channel, "messages", name) for name in _messages(event)],
    }


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": event.__doc__,
        "contentType": JSON,
        "payload": _reference("components", "schemas", f"{event.type}.message"),
        "examples": [{"name": event.__name__, "payload": json.loads(encode(sample(event)))}],
    }


def _batch(event: type[Event]) -> dict[str, Any]:
    one = _reference("components", "schemas", f"{event.type}.message")
    return {
        "name": f"{event.type}.batch",
        "title": f"{event.__name__}, packed",
        "contentType": JSON_BATCH,
        "payload": {"type": "array", "minItems": 1, "items": one},
    }


def _schemas(events: list[type[Event]]) -> dict[str, Any]:
    found = {ENVELOPE: _plain(envelope_schema())}
    for event in events:
        found[event.type] = _plain(event_schema(event))
        found[f"{event.type}.message"] = _message_schema(event)
    return found


def _plain(schema: Schema) -> Schema:
    """Return the schema without what would make it a document of its own."""
    return {key: part for key, part in inlined(schema).items() if key not in ("$id", "$schema")}


def _message_schema(event: type[Event]) -> Schema:
    fixed = {
        "type": {"const": event.type},
        "dataschema": {"const": schema_of(event.type)},
        "data": _reference("components", "schemas", event.type),
    }
    envelope = _reference("components", "schemas", ENVELOPE)
    return {"allOf": [envelope, {"type": "object", "properties": fixed}]}
