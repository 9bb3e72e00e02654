"""Pass 1 over delimited text: every row is within the limits, and what there is to say of it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from connectors_service.errors import NullBytesError, TooManyColumnsError
from connectors_service.reading.encoding import UNKNOWN, UTF8, UTF8_MARKED, TextDecoder, is_garbled
from connectors_service.reading.limits import Limits
from connectors_service.reading.records import RecordReader
from connectors_service.reading.sniffing.footer import LAST_ROWS, LastRow, footer_of
from connectors_service.reading.structure import Dialect, Record, Structure

NEVER = -1
"""The width of no row."""


class TableInspection:
    """A table whose encoding and dialect are known."""

    def __init__(self, decoder: TextDecoder, dialect: Dialect, limits: Limits) -> None:
        self.decoder = decoder
        self._dialect = dialect
        self._most_columns = limits.max_columns
        self._reader = RecordReader(dialect, limits)
        self._is_even = _is_by_the_book(dialect)
        self._last: deque[LastRow] = deque(maxlen=LAST_ROWS)
        self._blanks = 0
        self._ragged = 0
        self._repeats = 0
        self._preamble = 0
        self._is_garbled = False

    def inspect(self, text: str, *, final: bool = False) -> None:
        """Look at the next text; raises UploadRefusedError."""
        sound, nul, _ = text.partition("\0")
        self._is_garbled = self._is_garbled or is_garbled(sound)
        width = len(self._dialect.headers) or NEVER
        header_row = self._dialect.header_row
        for record in self._reader.feed(sound, final=final and not nul):
            if len(record) == width and record[0] and self._reader.row > header_row:
                self._count(record)
            else:
                self._look_at(record)
                width = len(self._dialect.headers) or NEVER
        if nul:
            raise NullBytesError(self._reader.row + 1)

    def _look_at(self, record: Record) -> None:
        """Take in a row that is not surely one of data."""
        row, dialect = self._reader.row, self._dialect
        if row == dialect.header_row and dialect.header_rows == 1:
            self._dialect = dialect.with_headers(record)
        if len(record) > self._most_columns:
            raise TooManyColumnsError(row, self._most_columns)
        if row <= dialect.header_row:
            self._preamble += any(record) and row <= dialect.header_row - dialect.header_rows
            return
        if any(record):
            self._ragged += len(record) != len(dialect.headers)
            self._is_even = self._is_even and len(record) == len(dialect.headers)
            self._count(record)
        else:
            self._is_even = self._is_even and not record
            self._blanks += 1

    def _count(self, record: Record) -> None:
        if self._dialect.is_header(record):
            self._repeats += 1
            self._is_even = False
        if self._blanks and self._last:
            self._is_even = False
        self._last.append((self._reader.row, self._blanks, record))
        self._blanks = 0

    def finish(self) -> Structure:
        """Return how the file is to be read, once all of it was seen."""
        self.inspect(self.decoder.feed(b"", final=True), final=True)
        self._settle()
        reader, encoding = self._reader, self.decoder.encoding
        footer_row = footer_of(self._last, len(self._dialect.headers))
        is_utf8 = encoding in (UTF8, UTF8_MARKED)
        return Structure(
            encoding,
            self._dialect,
            reader.row,
            footer_row=footer_row,
            plain=self._is_even and reader.is_regular and is_utf8 and footer_row is None,
            multiline=reader.is_multiline,
            warnings=tuple(self._warnings(footer_row)),
        )

    def _settle(self) -> None:
        """Read the header in the encoding that the whole file turned out to be in."""
        if name := self.decoder.settle():
            headers = tuple(settled(header, name) for header in self._dialect.headers)
            self._dialect = replace(self._dialect, headers=headers)

    def _warnings(self, footer_row: int | None) -> Iterator[str]:
        """Yield what someone should know who looks at the preview; no word of what rows hold."""
        dialect, reader = self._dialect, self._reader
        if self._preamble:
            yield f"{self._preamble} rows stand before the header and are left out."
        if dialect.header_rows > 1:
            yield f"The header takes {dialect.header_rows} rows; their names are joined."
        if not dialect.header_rows:
            yield "No row names the columns: they are numbered."
        if footer_row is not None:
            yield f"From row {footer_row} on stand notes or totals, which are left out."
        if self._repeats:
            yield f"The header stands {self._repeats} more times between the rows; left out."
        if self._ragged:
            yield f"{self._ragged} rows have more or fewer cells than the header."
        if reader.mended:
            yield f"{reader.mended} rows have broken quotes, and are read as likely meant."
        if self._is_garbled:
            yield (
                "Some letters were garbled before the file was saved (such as \u00c3\u00a9 for "
                "\u00e9): export it again in UTF-8."
            )
        if self.decoder.encoding not in (UTF8, UTF8_MARKED):
            yield f"The file is not UTF-8; it is read as {self.decoder.encoding}."


def _is_by_the_book(dialect: Dialect) -> bool:
    """Tell whether every reader of CSV knows the dialect."""
    form = (dialect.quote, dialect.escape, dialect.doubled, dialect.skip_space)
    place = (dialect.header_row, dialect.header_rows)
    return len(dialect.delimiter) == 1 and form == ('"', "", True, False) and place == (1, 1)


def settled(text: str, encoding: str) -> str:
    """Read text again that was read byte by byte until its encoding was known."""
    return text.encode(UNKNOWN).decode(encoding)
