"""Delimited text into records as it arrives, with the row numbers a spreadsheet shows."""

import csv
import re
import sys
from collections.abc import Iterator
from typing import Any

from connectors_service.errors import FieldTooLongError, OpenQuoteError, RowTooLongError
from connectors_service.reading.limits import Limits
from connectors_service.reading.lines import Lines
from connectors_service.reading.mending import Mender
from connectors_service.reading.structure import Dialect
from connectors_service.reading.structure import Record as Record

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # RecordReader keeps the limit, and names the row
SLICE = 256 * 1024
STAND_IN = "\ufdd0"
"""Stands for a delimiter of several characters while the csv module cuts; no text may hold it."""
WITNESSES = 50
"""Lines behind an open quote that must look like rows before the quote counts as a stray."""
FEWEST_WITNESSES = 2
FEWEST_COLUMNS = 2
_LONE_RETURN = re.compile(r"\r(?!\n)")


class RecordReader:
    """Cut text into records; blank lines are records without cells, so that rows count them.

    `row` is the number of the last record handed out. A record may span lines inside quotes; what
    is incomplete at the end of a block waits for the next one. A record whose quotes break the
    rules is mended, line by line, and counted in `mended`. `is_regular` stays true while line ends
    are LF or CRLF and each quote opens, closes or doubles; `is_multiline` tells whether a record
    spanned lines.
    """

    def __init__(self, dialect: Dialect, limits: Limits) -> None:
        self.row = 0
        self.mended = 0
        self.is_regular = True
        self.is_multiline = False
        self._dialect = dialect
        self._limits = limits
        self._form = csv_form(dialect)
        self._is_wide = len(dialect.delimiter) > 1
        self._width = dialect.width or len(dialect.headers) or None
        self._mender = Mender(dialect)
        self._quoted = _quoted_field(dialect)
        self._tail = ""

    @property
    def waiting(self) -> int:
        """How many of the last characters are no record yet."""
        return len(self._tail)

    def feed(self, text: str, *, final: bool = False) -> Iterator[Record]:
        """Yield each record that `text` completes; raises when a limit or a quote is broken."""
        for start in range(0, len(text), SLICE):
            yield from self._take(text[start : start + SLICE], final=False)
        if final:
            yield from self._take("", final=True)

    def _take(self, text: str, *, final: bool) -> Iterator[Record]:
        delimiter = self._dialect.delimiter
        lines = Lines(self._tail + text, final, (delimiter, STAND_IN) if self._is_wide else None)
        first_row = self.row
        is_waiting = False
        while not is_waiting and not lines.exhausted:
            try:
                yield from self._records(lines)
            except csv.Error:
                is_waiting = lines.exhausted and not self._is_broken(lines, final)
                if not is_waiting:
                    yield self._mend(lines)
        self._judge_style(lines, self.row - first_row)
        self._tail = lines.rest()
        if self._tail and final:
            raise OpenQuoteError(self.row + 1)
        if len(self._tail) > self._limits.max_field_chars:
            self._refuse(self._tail)

    def _records(self, lines: Lines) -> Iterator[Record]:
        """Yield records until one is broken or incomplete, which raises csv.Error."""
        width, most = self._width, self._limits.max_field_chars
        for record in csv.reader(lines, **self._form):
            is_odd = len(record) != width and lines.read_lines - lines.kept_lines > 1
            if is_odd and self._are_rows(lines):
                raise csv.Error("several lines, each a row by itself")
            if lines.read - lines.kept > most:
                self._check_lengths(record, lines)
            lines.kept, lines.kept_lines = lines.read, lines.read_lines
            self.row += 1
            yield self._restored(record) if self._is_wide else record

    def _restored(self, record: Record) -> Record:
        return [cell.replace(STAND_IN, self._dialect.delimiter) for cell in record]

    def _mend(self, lines: Lines) -> Record:
        """Read the next line alone, as it was most likely meant."""
        line = lines.take_one()
        self.row += 1
        self.mended += 1
        self.is_regular = False
        return self._mender.mended(line.rstrip("\r\n"), self._width)

    def _is_broken(self, lines: Lines, final: bool) -> bool:
        """Tell whether a quote that stays open is a stray one, once no more can be waited for."""
        if final and self._opens_nothing(lines.rest()):
            return True
        is_over = final or lines.left() > self._limits.max_field_chars
        return is_over and self._are_rows(lines)

    def _opens_nothing(self, text: str) -> bool:
        """Tell whether a quote opens at the very end of the file: no text was cut off there."""
        end = text.rstrip("\r\n ")
        return end.endswith(self._dialect.delimiter + self._dialect.quote) and "\n" not in end

    def _are_rows(self, lines: Lines) -> bool:
        """Tell whether each line that an open quote swallows makes a row of the right width."""
        if self._width is None or self._width < FEWEST_COLUMNS:
            return False
        pending = lines.pending(self._limits.max_field_chars, WITNESSES)
        return len(pending) > FEWEST_WITNESSES and all(
            len(self._mender.mended(line.rstrip("\r\n"), self._width)) == self._width
            for line in pending
        )

    def _judge_style(self, lines: Lines, records: int) -> None:
        """Look at the text that became records for what a stricter reader would read otherwise."""
        self.is_multiline = self.is_multiline or lines.kept_lines > records
        if self.is_regular:
            used = lines.used()
            strays = '"' in used and '"' in self._quoted.sub("", used)
            self.is_regular = not (strays or ("\r" in used and _LONE_RETURN.search(used)))

    def _refuse(self, tail: str) -> None:
        """Raise if the part of a field or row that is there is too long already."""
        lines = Lines(tail, final=True)
        record = next(csv.reader(lines, **self._form | {"strict": False}))
        self._check_lengths(record, lines)

    def _check_lengths(self, record: Record, lines: Lines) -> None:
        if any(len(cell) > self._limits.max_field_chars for cell in record):
            raise FieldTooLongError(self.row + 1, self._limits.max_field_chars)
        if lines.read - lines.kept > self._limits.max_row_chars:
            raise RowTooLongError(self.row + 1, self._limits.max_row_chars)


def csv_form(dialect: Dialect) -> dict[str, Any]:
    """Return a dialect as the csv module takes it."""
    return {
        "delimiter": dialect.delimiter if len(dialect.delimiter) == 1 else STAND_IN,
        "quotechar": dialect.quote or None,
        "quoting": csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        "escapechar": dialect.escape or None,
        "doublequote": dialect.doubled,
        "skipinitialspace": dialect.skip_space,
        "strict": True,
    }


def _quoted_field(dialect: Dialect) -> re.Pattern[str]:
    """Match a field that is quoted by the book, as a whole; with its quote first it is fast."""
    sign = re.escape(dialect.delimiter)
    is_wide = len(dialect.delimiter) > 1
    before = rf'(?:^|(?<={sign})|(?<=[\r\n]))"' if is_wide else rf'"(?<![^{sign}\r\n]")'
    return re.compile(rf'{before}(?:[^"]++|"")*+"(?={sign}|[\r\n]|\Z)')
