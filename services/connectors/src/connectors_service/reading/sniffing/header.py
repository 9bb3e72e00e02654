"""Which rows name the columns, and what the names are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from connectors_service.reading.sniffing.cells import Look, Looks
from connectors_service.reading.structure import Record

HEADER_ROWS = 50
"""Rows in which a header is looked for."""
MOST_HEADER_ROWS = 6
BODY_ROWS = 60
FILLED = 0.6
"""Share of the usual number of filled cells that a header has."""
TYPED = 0.6
"""Share of a column's cells that look the same where the column has a type."""
FULLER_THAN = 0.8
"""A full row has as many filled cells as the row that this share of the rows falls short of."""
PRESENT = 0.2
"""Share of the rows in which such a column holds a value."""
AGREEING = 0.5
"""Share of the typed columns in which a row of data looks as its column does."""
_VALUES = (Look.NUMBER, Look.TIME, Look.MARKED)


@dataclass(frozen=True, slots=True)
class Header:
    """The last row of the header (0: none), how many rows it has, and the columns' names."""

    row: int
    rows: int
    names: tuple[str, ...]


def header_of(rows: Sequence[Record], looks: Looks) -> Header:
    """Find the header of a table by its shape alone.

    Where columns have types the header is what stands above the first row that has them; where
    all is words it is the first row that is filled as most are.
    """
    table = _Table(rows, looks)
    data = table.first_data_row()
    top = table.first_full_row() if data is None else table.fullest_above(data)
    if top is None:
        return Header(data or 0, 0, numbered(table.width))
    last = table.down_from(top, len(rows) - 1 if data is None else data)
    first = table.up_from(top)
    return Header(last + 1, last - first + 1, joined(rows[first : last + 1]))


def numbered(width: int) -> tuple[str, ...]:
    """Name columns that nothing names."""
    return tuple(f"col_{i}" for i in range(width))


class _Table:
    """The rows of a sample, and what most of them have in common."""

    def __init__(self, rows: Sequence[Record], looks: Looks) -> None:
        self._rows = rows
        self._looks = looks
        self._filled = [sum(1 for cell in row if cell.strip()) for row in rows]
        self.width = _usual([len(row) for row in rows if any(row)])
        self._typed = self._typed_columns()

    def _typed_columns(self) -> dict[int, Look]:
        """Return the columns most of whose cells look like one kind of value."""
        full = [row for row in self._rows if len(row) == self.width]
        found = {}
        for column in range(self.width):
            looks = Counter(self._looks.of(row[column]) for row in full[:BODY_ROWS])
            looks.pop(Look.EMPTY, None)
            look, times = looks.most_common(1)[0] if looks else (Look.EMPTY, 0)
            often = max(2, PRESENT * min(len(full), BODY_ROWS))
            if look in _VALUES and times >= max(often, TYPED * looks.total()):
                found[column] = look
        return found

    def first_data_row(self) -> int | None:
        """Return the first row whose cells look as their columns do; None if all is words."""
        if not self._typed:
            return None
        for index, row in enumerate(self._rows[: HEADER_ROWS + MOST_HEADER_ROWS]):
            if self._is_data(row):
                return index
        return None

    def _is_data(self, row: Record) -> bool:
        cells = [(column, row[column]) for column in self._typed if column < len(row)]
        filled = [(column, cell) for column, cell in cells if cell.strip()]
        alike = sum(self._looks.of(cell) is self._typed[column] for column, cell in filled)
        years = sum(_is_year(cell) for _, cell in filled)
        needed = AGREEING * max(len(filled), len(self._typed) * AGREEING)
        return bool(filled) and alike - years >= needed

    def first_full_row(self) -> int | None:
        """Return the first row that is filled as most are."""
        counts = sorted(count for count in self._filled if count)
        usual = counts[int(len(counts) * FULLER_THAN)] if counts else 1
        near = enumerate(self._filled[:HEADER_ROWS])
        return next((i for i, filled in near if filled >= FILLED * usual), None)

    def fullest_above(self, data: int) -> int | None:
        """Return the fullest of the rows right above the data, if it is full enough."""
        near = [i for i in range(data) if self._filled[i]][-MOST_HEADER_ROWS:]
        needed = FILLED * min(self.width, max(self._filled[data : data + BODY_ROWS]))
        counts = {i: min(self._filled[i], self.width) for i in near if self._filled[i] >= needed}
        return max(counts, key=lambda i: (counts[i], i), default=None)

    def down_from(self, top: int, data: int) -> int:
        """Follow a header downwards: rows that repeat it or fill its gaps with further names."""
        last = top
        for index in range(top + 1, min(data, top + MOST_HEADER_ROWS)):
            if self._filled[index]:
                if not self._goes_on(self._rows[last], self._rows[index]):
                    break
                last = index
        return last

    def _goes_on(self, above: Record, cells: Record) -> bool:
        if [cell.strip() for cell in cells] == [cell.strip() for cell in above]:
            return True
        if any(self._looks.of(cell) in _VALUES for cell in cells) or len(cells) != len(above):
            return False
        gaps = {i for i, cell in enumerate(above) if not cell.strip()}
        named = {i for i, cell in enumerate(cells) if cell.strip()}
        return bool(named & gaps) and all(
            column in gaps or column + 1 in gaps or not self._typed for column in named
        )

    def up_from(self, top: int) -> int:
        """Follow a header upwards: names of groups over its columns."""
        first = top
        while first > 0 and top - first < MOST_HEADER_ROWS - 1 and self._groups(first - 1, first):
            first -= 1
        return first

    def _groups(self, index: int, below: int) -> bool:
        row = self._rows[index]
        filled = [i for i, cell in enumerate(row) if cell.strip()]
        return (
            len(filled) > 1
            and len(row) == len(self._rows[below])
            and filled[-1] >= len(row) // 2
            and not any(self._looks.of(row[i]) in (Look.NUMBER, Look.MARKED) for i in filled)
        )


def _usual(counts: Sequence[int]) -> int:
    """Return the most frequent count, the larger of two that are as frequent."""
    times = Counter(count for count in counts if count)
    return max(times, key=lambda count: (times[count], count), default=0)


def _is_year(cell: str) -> bool:
    text = cell.strip()
    return len(text) == 4 and text.isdigit() and "1900" <= text <= "2100"


def joined(header: Sequence[Record]) -> tuple[str, ...]:
    """Join the rows of a header to one name a column; a group's name goes on to its right."""
    width = max(map(len, header))
    parts: list[list[str]] = [[] for _ in range(width)]
    for level, row in enumerate(header):
        group = ""
        for column in range(width):
            cell = row[column].strip() if column < len(row) else ""
            is_named_below = any(_name(lower, column) for lower in header[level + 1 :])
            group = cell or (group if is_named_below else "")
            if group and group not in parts[column][-1:]:
                parts[column].append(group)
    return tuple(" ".join(names) for names in parts)


def _name(row: Record, column: int) -> str:
    return row[column].strip() if column < len(row) else ""
