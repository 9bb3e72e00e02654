"""Which signs part the cells and which rows name the columns, told from a bounded sample."""

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import replace

from connectors_service.errors import NoHeaderError, TooManyColumnsError
from connectors_service.reading.limits import UNLIMITED, Limits
from connectors_service.reading.names import normalised as normalised
from connectors_service.reading.overrides import Overrides
from connectors_service.reading.records import RecordReader
from connectors_service.reading.sniffing.candidates import candidates
from connectors_service.reading.sniffing.cells import Looks
from connectors_service.reading.sniffing.header import (
    HEADER_ROWS,
    Header,
    header_of,
    numbered,
)
from connectors_service.reading.sniffing.scoring import Cut, score
from connectors_service.reading.structure import Dialect, Record

SAMPLE_ROWS = 200
FEWEST_KNOWN = 2
AS_IT_IS = Overrides()


def dialect_of(
    sample: str, known: Container[str], limits: Limits, asked: Overrides = AS_IT_IS
) -> Dialect:
    """Choose signs and header rows; what is asked for is taken.

    `known` holds the normalised names of a dataset's columns: two or more of them in a row count
    before anything else. Without them the table's shape decides. Raises NoHeaderError when names
    were expected and no row can be a header.
    """
    looks = Looks()
    cuts = [_cut(sample, dialect) for dialect in candidates(sample, asked)]
    best = max(cuts, key=lambda cut: (_known_names(cut, known), score(cut, looks)))
    cut = _cut(sample, _widened(best))
    _check_width(cut, limits)
    header = _header(cut, known, asked, looks)
    if known and not header.row and asked.header_row is None:
        raise NoHeaderError
    return replace(
        cut.dialect, header_row=header.row, headers=header.names, header_rows=header.rows
    )


def _cut(sample: str, dialect: Dialect) -> Cut:
    """Cut the sample's start into rows."""
    reader = RecordReader(dialect, UNLIMITED)
    rows: list[Record] = []
    for record in reader.feed(sample):
        rows.append(record)
        if len(rows) == SAMPLE_ROWS:
            break
    return Cut(dialect, tuple(rows), reader.mended)


def _widened(cut: Cut) -> Dialect:
    """Return the dialect with as many columns as most rows have, by which quotes are mended."""
    widths = Counter(len(row) for row in cut.rows if any(row))
    width = max(widths, key=lambda width: (widths[width], width), default=0)
    return replace(cut.dialect, width=width)


def _header(cut: Cut, known: Container[str], asked: Overrides, looks: Looks) -> Header:
    """Find the header: where it is said to be, else by known names, else by shape."""
    width = max((len(row) for row in cut.rows), default=0)
    if asked.header_row is not None:
        return _header_at(cut.rows, asked.header_row, width)
    by_shape = header_of(cut.rows, looks)
    names = [_recognised(row, known) for row in cut.rows[:HEADER_ROWS]]
    most = max(names, default=0)
    if most < max(FEWEST_KNOWN, _recognised(by_shape.names, known)):
        return by_shape
    return _header_at(cut.rows, names.index(most) + 1, width)


def _header_at(rows: Sequence[Record], row: int, width: int) -> Header:
    if not 0 < row <= len(rows):
        return Header(row, 0, numbered(width))
    return Header(row, 1, tuple(cell.strip() for cell in rows[row - 1]))


def _check_width(cut: Cut, limits: Limits) -> None:
    for row, cells in enumerate(cut.rows, 1):
        if len(cells) > limits.max_columns:
            raise TooManyColumnsError(row, limits.max_columns)


def _known_names(cut: Cut, known: Container[str]) -> int:
    found = max((_recognised(row, known) for row in cut.rows[:HEADER_ROWS]), default=0)
    return found if found >= FEWEST_KNOWN else 0


def _recognised(cells: Record | tuple[str, ...], known: Container[str]) -> int:
    return len({name for cell in cells if (name := normalised(cell)) in known})
