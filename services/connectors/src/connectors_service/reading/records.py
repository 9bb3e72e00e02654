"""Delimited text into records as it arrives, with the row numbers a spreadsheet shows."""

import csv
import io
import re
import sys
from collections.abc import Iterator

from connectors_service.errors import FieldTooLongError, OpenQuoteError, RowTooLongError
from connectors_service.reading.limits import Limits
from connectors_service.reading.structure import Record as Record

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # RecordReader keeps the limit, and names the row
SLICE = 256 * 1024
_LONE_RETURN = re.compile(r"\r(?!\n)")


class RecordReader:
    """Cut text into records; blank lines are records without cells, so that rows count them.

    `row` is the number of the last record handed out. A record may span lines inside quotes; what
    is incomplete at the end of a block waits for the next one. `is_regular` stays true while line
    ends are LF or CRLF and each quote opens, closes or doubles; `is_multiline` tells whether a
    record spanned lines.
    """

    def __init__(self, delimiter: str, limits: Limits) -> None:
        self.row = 0
        self.is_regular = True
        self.is_multiline = False
        self._delimiter = delimiter
        self._quoted = _quoted_field(delimiter)
        self._limits = limits
        self._tail = ""

    def feed(self, text: str, *, final: bool = False) -> Iterator[Record]:
        """Yield each record that `text` completes; raises when a limit or a quote is broken."""
        for start in range(0, len(text), SLICE):
            yield from self._take(text[start : start + SLICE], final=False)
        if final:
            yield from self._take("", final=True)

    def _take(self, text: str, *, final: bool) -> Iterator[Record]:
        lines = _Lines(self._tail + text, final)
        first_row = self.row
        for record in csv.reader(lines, delimiter=self._delimiter):
            if lines.exhausted:
                break
            lines.keep()
            if lines.chars > self._limits.max_field_chars:
                self._check_lengths(record, lines.chars)
            self.row += 1
            yield record
        self._judge_style(lines, self.row - first_row)
        self._tail = lines.rest()
        if self._tail and final:
            raise OpenQuoteError(self.row + 1)
        if len(self._tail) > self._limits.max_field_chars:
            self._check_tail()

    def _judge_style(self, lines: "_Lines", records: int) -> None:
        """Look at the text that became records for what a stricter reader would read otherwise."""
        self.is_multiline = self.is_multiline or lines.kept_lines > records
        if self.is_regular:
            used = lines.used()
            strays = '"' in used and '"' in self._quoted.sub("", used)
            self.is_regular = not (strays or ("\r" in used and _LONE_RETURN.search(used)))

    def _check_tail(self) -> None:
        partial = next(csv.reader([self._tail], delimiter=self._delimiter))
        self._check_lengths(partial, len(self._tail))

    def _check_lengths(self, record: Record, chars: int) -> None:
        if any(len(cell) > self._limits.max_field_chars for cell in record):
            raise FieldTooLongError(self.row + 1, self._limits.max_field_chars)
        if chars > self._limits.max_row_chars:
            raise RowTooLongError(self.row + 1, self._limits.max_row_chars)


def _quoted_field(delimiter: str) -> re.Pattern[str]:
    """Match a field that is quoted by the book, as a whole."""
    sign = re.escape(delimiter)
    return re.compile(rf'(?:^|(?<=[{sign}\r\n]))"(?:[^"]++|"")*+"(?=[{sign}\r\n]|\Z)')


class _Lines:
    """The complete lines of a text (LF, CRLF or CR), counting how far records have used them.

    `exhausted` is set when a record asked for a line that is not there yet: that record is
    incomplete, and `rest()` holds all of it.
    """

    def __init__(self, text: str, final: bool) -> None:
        self.exhausted = False
        self._text = text
        self._final = final
        self._lines = io.StringIO(text, newline="")
        self._read = 0
        self._kept = 0
        self._read_lines = 0
        self.kept_lines = 0
        self.chars = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            if not self._final and self._is_open(line):
                break
            self._read += len(line)
            self._read_lines += 1
            yield line
        self.exhausted = True

    def _is_open(self, line: str) -> bool:
        if line[-1] == "\n":
            return False
        return line[-1] != "\r" or self._read + len(line) == len(self._text)

    def keep(self) -> None:
        """Count the lines read so far as used up by complete records; `chars` is the last's."""
        self.chars = self._read - self._kept
        self._kept = self._read
        self.kept_lines = self._read_lines

    def used(self) -> str:
        return self._text[: self._kept]

    def rest(self) -> str:
        return self._text[self._kept :]
