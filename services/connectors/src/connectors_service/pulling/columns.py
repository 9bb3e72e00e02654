"""From stored lines of JSON to rows under common columns, for pages whose members differ."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from connectors_service.errors import NullBytesError, TooManyColumnsError
from connectors_service.pulling.bodies import parsed
from connectors_service.reading.encoding import UTF8
from connectors_service.reading.limits import Limits
from connectors_service.reading.structure import Dialect, Structure

Line = dict[str, Any]


class Columns:
    """First pass: which members the records have, in the order in which they were met."""

    def __init__(self, limits: Limits) -> None:
        self.rows = 0
        self._limits = limits
        self._names: dict[str, None] = {}
        self._lines = Lines()

    def add(self, piece: bytes) -> None:
        """Look at the next bytes; raises TooManyColumnsError, NullBytesError."""
        for line in self._lines.feed(piece):
            self.rows += 1
            record = _parsed(line)
            if b"\\u0000" in line and _has_zero(record):
                raise NullBytesError(self.rows)
            self._names.update(dict.fromkeys(record))
            if len(self._names) > self._limits.max_columns:
                raise TooManyColumnsError(self.rows, self._limits.max_columns)

    def structure(self, first_piece: int) -> Structure:
        """Return how the rows are read: without a header row, so that row n is the n-th record."""
        dialect = Dialect(",", 0, tuple(self._names), header_rows=0)
        return Structure(UTF8, dialect, self.rows, first_piece=first_piece)


class Rows:
    """Second pass: the same records as delimited text under these columns."""

    def __init__(self, headers: tuple[str, ...]) -> None:
        self._headers = headers
        self._lines = Lines()

    def add(self, piece: bytes) -> bytes:
        """Return the rows of the records that the next bytes complete."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for line in self._lines.feed(piece):
            record = _parsed(line)
            writer.writerow([cell(record.get(name)) for name in self._headers])
        return text.getvalue().encode()


class Lines:
    """Whole lines from pieces that may end anywhere."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield each line that a piece completes; the last line of all has its end too."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        yield from whole


def cell(value: Any) -> str:
    """Write a value as a file would: lists of plain values with commas, anything deeper as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        texts = [cell(item) for item in value]
        if not any("," in text for text in texts):
            return ", ".join(texts)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _parsed(line: bytes) -> Line:
    record: Line = parsed(line)
    return record


def _has_zero(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_zero(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(_has_zero(part) for part in value)
    return isinstance(value, str) and "\0" in value
