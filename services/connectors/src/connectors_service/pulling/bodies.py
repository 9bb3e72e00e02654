"""From the bytes of a page to its records, and from records to the lines that are stored."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from connectors_service.pulling.definition import Definition
from connectors_service.pulling.errors import UnreadablePageError
from connectors_service.pulling.paging import at

Record = dict[str, Any]
_LINES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)
_CSV = frozenset({"text/csv", "application/csv"})
_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_SHOWN = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
_MAX_CELLS = 2000
MOST_LEVELS = 100


def records_of(definition: Definition, content_type: str, body: bytes) -> tuple[list[Record], Any]:
    """Return a page's records, and the whole body where it is JSON; raises UnreadablePageError."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _CSV:
        return _shaped(definition, _from_csv(body)), None
    if kind in _LINES:
        return _shaped(
            definition, (_json(line) for line in body.splitlines() if line.strip())
        ), None
    if not (kind in ("application/json", "text/json") or kind.endswith("+json")):
        raise UnreadablePageError(_not_json(kind))
    whole = _json(body)
    return _shaped(definition, _listed(definition, whole)), whole


def _not_json(kind: str) -> str:
    shown = kind if _SHOWN.fullmatch(kind) else "without a type"
    return f"The answer is {shown}, not JSON, NDJSON or CSV: is this a page for people?"


def parsed(raw: bytes) -> Any:
    """Read JSON; whole numbers beyond 64 bits stay what they are. Raises ValueError."""
    return json.loads(raw) if _LONG_NUMBER.search(raw) else orjson.loads(raw)


def _json(raw: bytes) -> Any:
    try:
        return parsed(raw)
    except (ValueError, RecursionError):
        raise UnreadablePageError("The answer is no valid JSON, or is cut off.") from None


def _listed(definition: Definition, whole: Any) -> list[Any]:
    found = at(whole, definition.records)
    if not isinstance(found, list):
        place = definition.records or "the top"
        raise UnreadablePageError(f"There is no list of records at {place} (see `records`).")
    return found


def _from_csv(body: bytes) -> Iterator[Record]:
    try:
        text = body.decode("utf-8-sig")
        head = text.partition("\n")[0]
        delimiter = max(",;\t|", key=head.count)
        yield from csv.DictReader(
            io.StringIO(text, newline=""), delimiter=delimiter, restkey="more", strict=True
        )
    except (UnicodeDecodeError, csv.Error):
        raise UnreadablePageError("The answer is no CSV in UTF-8.") from None


def _shaped(definition: Definition, found: Iterable[Any]) -> list[Record]:
    """Return the records with the definition's fields taken from where they stand."""
    pointers = definition.fields
    inner = {_first(pointer) for pointer in pointers.values()}
    records = []
    for record in found:
        if not isinstance(record, dict):
            raise UnreadablePageError("The records of the page are no JSON objects.")
        if len(record) > _MAX_CELLS:
            raise UnreadablePageError(f"A record has more than {_MAX_CELLS} members.")
        if pointers:
            taken = {name: at(record, pointer) for name, pointer in pointers.items()}
            record = taken | {k: v for k, v in record.items() if k not in inner | taken.keys()}
        records.append(record)
    return records


def _first(pointer: str) -> str:
    return pointer.split("/", 2)[1].replace("~1", "/").replace("~0", "~") if pointer else ""


def line_of(record: Record) -> bytes:
    """Return a record as a line of NDJSON; raises UnreadablePageError."""
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        return _slowly(record)


def _slowly(record: Record) -> bytes:
    """Write what needs more than 64 bits; half characters and deep nesting are refused here."""
    if is_deep(record):
        raise UnreadablePageError(f"A record is nested more than {MOST_LEVELS} levels deep.")
    try:
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:
        raise UnreadablePageError("A record holds text that is no valid Unicode.") from None


def is_deep(value: Any) -> bool:
    """Tell whether a value is nested more than `MOST_LEVELS` deep."""
    level = [value]
    for _ in range(MOST_LEVELS):
        nested = [each for each in level if isinstance(each, dict | list)]
        level = [
            child
            for each in nested
            for child in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True
