"""The JSON Schema of every released version, kept in `schemas/` and held against the classes.

`python -m event_contracts.snapshots` writes what is new; it never overwrites an incompatible one.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from event_contracts import Envelope, Event, Registry, registry, schema_of
from event_contracts.compatibility import Schema, breaks

FOLDER = Path(__file__).parent / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ENVELOPE = "envelope"


def event_schema(event_class: type[Event]) -> Schema:
    """Return the JSON Schema of an event's data."""
    return {
        "$schema": DIALECT,
        "$id": schema_of(event_class.type),
        **event_class.model_json_schema(),
    }


def envelope_schema() -> Schema:
    """Return the JSON Schema of what stands around every event's data."""
    schema = Envelope[Event].model_json_schema()
    schema.pop("$defs")
    schema["properties"]["data"] = {"type": "object", "description": "The event."}
    return {"$schema": DIALECT, "$id": schema_of(ENVELOPE), **schema, "title": "Envelope"}


def schemas(known: Registry) -> dict[str, Schema]:
    """Return the current schema of every event by type, and the envelope's."""
    return {ENVELOPE: envelope_schema()} | {
        event_type: event_schema(event_class) for event_type, event_class in known.items()
    }


def drift(current: dict[str, Schema], folder: Path = FOLDER) -> list[str]:
    """Return what stands between the classes and their snapshots, worst first; empty is well."""
    return [*incompatible(current, folder), *_unwritten(current, folder)]


def incompatible(current: dict[str, Schema], folder: Path = FOLDER) -> list[str]:
    """Return what a released version can no longer read, or how it would be misread."""
    return list(_incompatible(current, folder))


def _incompatible(current: dict[str, Schema], folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.json")):
        name, released = path.stem, json.loads(path.read_text())
        if name not in current:
            yield f"{name}: a released event is gone; keep its class"
            continue
        for what in breaks(released, current[name]):
            yield f"{name}: {what}; a released version stays, declare the next one beside it"


def _unwritten(current: dict[str, Schema], folder: Path) -> Iterator[str]:
    for name, schema in current.items():
        path = folder / f"{name}.json"
        if not path.exists():
            yield f"{name}: has no snapshot, run `python -m event_contracts.snapshots`"
        elif path.read_text() != _text(schema):
            yield f"{name}: snapshot is not current, run `python -m event_contracts.snapshots`"


def write(current: dict[str, Schema], folder: Path = FOLDER) -> None:
    """Write the snapshots; the caller has asked `incompatible` first."""
    folder.mkdir(exist_ok=True)
    for name, schema in current.items():
        (folder / f"{name}.json").write_text(_text(schema))


def _text(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or, with --check, only compare; return 1 and say why when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m event_contracts.snapshots")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    current = schemas(registry)
    checking = parser.parse_args(arguments).check
    wrong = drift(current) if checking else incompatible(current)
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    if not wrong and not checking:
        write(current)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
