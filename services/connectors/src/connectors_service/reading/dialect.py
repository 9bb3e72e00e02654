"""Which sign parts the cells and which row names the columns, told from a bounded sample."""

import re
from collections import Counter
from collections.abc import Container, Iterable

from connectors_service.errors import NoHeaderError, TooManyColumnsError, UploadRefusedError
from connectors_service.reading.limits import UNLIMITED, Limits
from connectors_service.reading.records import RecordReader
from connectors_service.reading.structure import Dialect, Record

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_ROWS = 200
HEADER_ROWS = 50
FEWEST_KNOWN = 2
_IGNORED = re.compile(r"[\s_\-\ufeff]+")


def normalised(header: str) -> str:
    """Fold what partners write differently: case, spaces, hyphens, underscores."""
    return _IGNORED.sub("", header).casefold()


def dialect_of(sample: str, known: Container[str], limits: Limits) -> Dialect:
    """Choose delimiter and header row by the column names that become recognisable.

    `known` holds the normalised names of the dataset's columns. Raises NoHeaderError when no row
    of the sample's start has at least two of them.
    """
    tables = {sign: _rows(sample, sign) for sign in DELIMITERS}
    rated = (_rated(sign, rows, known) for sign, rows in tables.items())
    _, dialect = max(rated, key=lambda pair: pair[0])
    if _recognised(dialect.headers, known) < FEWEST_KNOWN:
        raise _why_no_header(tables.values(), limits)
    return dialect


def _why_no_header(tables: Iterable[list[Record]], limits: Limits) -> UploadRefusedError:
    widest = max((len(row) for rows in tables for row in rows), default=0)
    if widest > limits.max_columns:
        return TooManyColumnsError(1, limits.max_columns)
    return NoHeaderError()


def _rows(sample: str, delimiter: str) -> list[Record]:
    """Cut the sample's start into rows; a sign that is no delimiter makes long ones."""
    rows: list[Record] = []
    for record in RecordReader(delimiter, UNLIMITED).feed(sample):
        rows.append(record)
        if len(rows) == SAMPLE_ROWS:
            break
    return rows


def _rated(
    delimiter: str, rows: list[Record], known: Container[str]
) -> tuple[tuple[int, float], Dialect]:
    index = max(
        range(min(len(rows), HEADER_ROWS)),
        key=lambda i: _recognised(rows[i], known),
        default=0,
    )
    dialect = Dialect(delimiter, index + 1, ()).with_headers(rows[index] if rows else [])
    return (_recognised(dialect.headers, known), _evenness(rows[index + 1 :])), dialect


def _recognised(cells: Record | tuple[str, ...], known: Container[str]) -> int:
    return len({name for cell in cells if (name := normalised(cell)) in known})


def _evenness(rows: list[Record]) -> float:
    widths = Counter(len(row) for row in rows if row)
    return max(widths.values(), default=0) / max(widths.total(), 1)
