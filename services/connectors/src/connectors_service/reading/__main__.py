"""Shows how a file is read, without dataset or database: `python -m connectors_service.reading`."""

import argparse
import csv
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from connectors_service.errors import EmptyFileError, UploadRefusedError
from connectors_service.reading.encoding import UTF8
from connectors_service.reading.inspection import Inspector
from connectors_service.reading.limits import Limits
from connectors_service.reading.overrides import NAMES, overrides
from connectors_service.reading.rows import RowsReader, rows_reader
from connectors_service.reading.structure import Block, Dialect, NumberedRecord, Structure

PIECE = 1024 * 1024
LIMITS = Limits(max_bytes=2**62, max_field_chars=16_000_000, max_columns=100_000)
REFUSED = 2
"""The exit code for a file that cannot be read."""
_SIGN_NAMES = {"\t": "tab", " ": "space", "": "none"}


def main() -> None:
    """Read the file and write it as CSV with a word about it on the error output, or as JSON."""
    asked = _arguments()
    try:
        with closing(Inspector(frozenset(), LIMITS, overrides(_given(asked)))) as inspector:
            for piece in _pieces(asked.file):
                inspector.feed(piece)
            structure = _structure(inspector)
            pieces = inspector.converted() if structure.sheet is not None else _pieces(asked.file)
            rows = _first(_rows(structure, pieces), asked.rows)
            (_write_json if asked.json else _write_csv)(structure, rows)
    except (UploadRefusedError, OSError) as error:
        detail = f"{error.title}. {error}" if isinstance(error, UploadRefusedError) else str(error)
        sys.stderr.write(f"{asked.file}: {detail}\n")
        sys.exit(REFUSED)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="waymark read", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="everything as one JSON object")
    parser.add_argument("--rows", type=int, help="no more than so many rows")
    for name in NAMES:
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, default="")
    return parser.parse_args()


def _structure(inspector: Inspector) -> Structure:
    """Return how the file is read; an empty one is an empty table here, where nothing is lost."""
    try:
        return inspector.finish()
    except EmptyFileError:
        nothing = Dialect(",", 0, (), header_rows=0)
        return Structure(UTF8, nothing, 0, warnings=("The file is empty.",))


def _given(asked: argparse.Namespace) -> dict[str, str]:
    return {name: getattr(asked, name) for name in NAMES}


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _rows(structure: Structure, pieces: Iterator[bytes]) -> Iterator[NumberedRecord]:
    reader: RowsReader = rows_reader(structure, LIMITS)
    for piece in pieces:
        yield from reader.feed(piece)
    yield from reader.finish()


def _first(rows: Iterator[NumberedRecord], most: int | None) -> Iterator[NumberedRecord]:
    for count, row in enumerate(rows):
        if most is not None and count >= most:
            return
        yield row


def _write_csv(structure: Structure, rows: Iterator[NumberedRecord]) -> None:
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
    sys.stderr.write("\n".join(_told(structure)) + "\n")
    written = csv.writer(sys.stdout, lineterminator="\n")
    if structure.dialect.headers:
        written.writerow(structure.dialect.headers)
    written.writerows(cells for _, cells in rows)


def _told(structure: Structure) -> Iterator[str]:
    """Yield how the file is understood, a line each."""
    dialect = structure.dialect
    sheet = f", sheet {structure.sheet!r}" if structure.sheet else ""
    yield f"format: {structure.format}{sheet}"
    yield f"encoding: {structure.encoding}"
    if dialect.delimiter:
        yield f"delimiter: {_named(dialect.delimiter)}"
        yield f"quote: {_named(dialect.quote)}, escape: {_named(dialect.escape)}"
        yield f"header row: {dialect.header_row if dialect.header_rows else 'none'}"
    yield from (f"note: {warning}" for warning in structure.warnings)


def _named(sign: str) -> str:
    return _SIGN_NAMES.get(sign, sign)


def _write_json(structure: Structure, rows: Iterator[NumberedRecord]) -> None:
    block: Block = list(rows)
    dialect: dict[str, Any] = asdict(structure.dialect)
    told = {
        "format": structure.format,
        "encoding": structure.encoding,
        "sheet": structure.sheet,
        "dialect": {
            name: dialect[name]
            for name in ("delimiter", "quote", "escape", "doubled", "skip_space")
        },
        "header_row": structure.dialect.header_row if structure.dialect.header_rows else 0,
        "header_rows": structure.dialect.header_rows,
        "footer_row": structure.footer_row,
        "headers": structure.dialect.headers,
        "rows": [list(cells) for _, cells in block],
        "row_numbers": [row for row, _ in block],
        "warnings": structure.warnings,
    }
    sys.stdout.buffer.write(orjson.dumps(told) + b"\n")


if __name__ == "__main__":
    main()
