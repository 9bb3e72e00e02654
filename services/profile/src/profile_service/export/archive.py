"""A zip that is written while it is sent, with each store as JSON and as CSV."""

import csv
import io
import json
from collections.abc import Sequence
from zipfile import ZIP_DEFLATED, ZipFile

from profile_service.facts import Json

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Archive:
    """Files go in, bytes come out: `drain` after each. The end is written by `close`."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = ZipFile(self._sink, "w", ZIP_DEFLATED)

    def add(self, store: str, rows: Sequence[Json]) -> None:
        """A store as `store.json` and `store.csv`."""
        self._zip.writestr(f"{store}.json", json.dumps(rows, ensure_ascii=False, indent=1))
        self._zip.writestr(f"{store}.csv", csv_of(rows))

    def close(self) -> None:
        """Write the archive's directory."""
        self._zip.close()

    def drain(self) -> bytes:
        """The bytes written since the last time."""
        return self._sink.drain()


def csv_of(rows: Sequence[Json]) -> str:
    """Rows as CSV, a column for each name in order of appearance; no cell a formula."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([neutral(name) for name in columns])
    writer.writerows([[neutral(_cell(row.get(name))) for name in columns] for row in rows])
    return out.getvalue()


def neutral(cell: str) -> str:
    """A cell that a spreadsheet shows instead of running it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _cell(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class _Sink(io.RawIOBase):
    """A file that can only be written on, as zipfile takes it."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        chunk = bytes(data)  # type: ignore[call-overload]
        self._chunks.append(chunk)
        return len(chunk)

    def drain(self) -> bytes:
        drained, self._chunks = b"".join(self._chunks), []
        return drained
