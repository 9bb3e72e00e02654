"""Pass 1: the structure of a file, checked while its bytes arrive and before any row is written."""

import re
from collections.abc import Container

from connectors_service.errors import (
    EmptyFileError,
    ForeignFormatError,
    NullBytesError,
    TooManyColumnsError,
)
from connectors_service.reading.dialect import AS_IT_IS, dialect_of
from connectors_service.reading.encoding import UTF8, UTF8_MARKED, TextDecoder, encoding_of
from connectors_service.reading.limits import Limits
from connectors_service.reading.overrides import Overrides
from connectors_service.reading.records import RecordReader
from connectors_service.reading.signatures import foreign_format
from connectors_service.reading.structure import Dialect, Record, Structure

SAMPLE_BYTES = 64 * 1024
_LINE_END = re.compile(r"[\r\n]")


class Inspector:
    """Feed it the bytes in any pieces; it raises the first problem that spoils the whole file."""

    def __init__(self, known: Container[str], limits: Limits, asked: Overrides = AS_IT_IS) -> None:
        self._known = known
        self._limits = limits
        self._asked = asked
        self._head = b""
        self._file: _OpenFile | None = None

    def feed(self, data: bytes) -> None:
        """Inspect the next bytes."""
        if self._file is None:
            self._head += data
            if len(self._head) >= SAMPLE_BYTES:
                self._file = self._open(final=False)
        else:
            self._file.inspect(self._file.decoder.feed(data))

    def finish(self) -> Structure:
        """Inspect the end and return how the file is to be read."""
        if self._file is None:
            return self._open(final=True).finish()
        return self._file.finish()

    def _open(self, *, final: bool) -> "_OpenFile":
        head, self._head = self._head, b""
        if not head.strip(b"\xef\xbb\xbf \t\r\n"):
            raise EmptyFileError
        if name := foreign_format(head):
            raise ForeignFormatError(name)
        decoder = TextDecoder(encoding_of(head))
        text = decoder.feed(head)
        whole = final or not _LINE_END.search(text)
        dialect = dialect_of(text + "\n" if whole else text, self._known, self._limits, self._asked)
        file = _OpenFile(decoder, dialect, self._limits)
        file.inspect(text)
        return file


class _OpenFile:
    """A file whose encoding and dialect are known."""

    def __init__(self, decoder: TextDecoder, dialect: Dialect, limits: Limits) -> None:
        self.decoder = decoder
        self._dialect = dialect
        self._limits = limits
        self._reader = RecordReader(dialect, limits)
        self._is_even = dialect.header_row == 1
        self._blanks = 0

    def inspect(self, text: str, *, final: bool = False) -> None:
        sound, nul, _ = text.partition("\0")
        for record in self._reader.feed(sound, final=final and not nul):
            is_header = self._reader.row == self._dialect.header_row
            if is_header and self._dialect.header_rows == 1:
                self._dialect = self._dialect.with_headers(record)
            if len(record) > self._limits.max_columns:
                raise TooManyColumnsError(self._reader.row, self._limits.max_columns)
            if self._is_even:
                self._compare(record)
        if nul:
            raise NullBytesError(self._reader.row + 1)

    def _compare(self, record: Record) -> None:
        """Notice rows of another width and blank ones, unless these only end the file."""
        if not any(record):
            self._blanks += 1
            self._is_even = not record
        elif self._blanks or len(record) != len(self._dialect.headers):
            self._is_even = False

    def finish(self) -> Structure:
        self.inspect(self.decoder.feed(b"", final=True), final=True)
        reader, encoding = self._reader, self.decoder.encoding
        return Structure(
            encoding,
            self._dialect,
            reader.row,
            plain=self._is_even and reader.is_regular and encoding in (UTF8, UTF8_MARKED),
            multiline=reader.is_multiline,
        )
