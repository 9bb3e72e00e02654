"""Pass 1: the structure of a file, checked while its bytes arrive and before any row is written."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from connectors_service.errors import EmptyFileError, ForeignFormatError
from connectors_service.reading.dialect import AS_IT_IS, dialect_of
from connectors_service.reading.encoding import UTF8, TextDecoder, encoding_of
from connectors_service.reading.jsonrows import JsonInspection, json_format
from connectors_service.reading.limits import Limits
from connectors_service.reading.overrides import Overrides
from connectors_service.reading.refusals import BrokenJsonError
from connectors_service.reading.signatures import ZIP, foreign_format
from connectors_service.reading.structure import Format, Structure
from connectors_service.reading.tables import TableInspection
from connectors_service.reading.workbooks import Workbook

SAMPLE_BYTES = 64 * 1024
_LINE_END = re.compile(r"[\r\n]")
_BLANK = b"\xef\xbb\xbf \t\r\n"


class Inspector:
    """Feed it the bytes in any pieces; it raises the first problem that spoils the whole file.

    `known` holds the normalised names of a dataset's columns, if one is given; `asked` says what
    not to find out, `most_rows` that it must be JSON and how many objects it may hold. Close it at
    the end: a workbook is kept aside until then.
    """

    def __init__(
        self,
        known: Collection[str],
        limits: Limits,
        asked: Overrides = AS_IT_IS,
        most_rows: int | None = None,
    ) -> None:
        self._known = known
        self._limits = limits
        self._asked = asked
        self._most_rows = most_rows
        self._head = b""
        self._is_open = False
        self._book: Workbook | None = None
        self._text: TableInspection | JsonInspection | None = None

    def feed(self, data: bytes) -> None:
        """Inspect the next bytes."""
        if self._is_open:
            self._inspect(data)
        else:
            self._head += data
            if len(self._head) >= SAMPLE_BYTES:
                self._open(final=False)

    def finish(self) -> Structure:
        """Inspect the end and return how the file is to be read."""
        if not self._is_open:
            self._open(final=True)
        if self._book is not None:
            return self._sheet(self._book)
        if self._text is None:
            raise EmptyFileError
        return self._text.finish()

    def converted(self) -> Iterator[bytes]:
        """Yield the text that later passes read, where it is not the file itself: a sheet's."""
        if self._book is not None:
            self._book.rewind()
            yield from self._book.pieces()

    def close(self) -> None:
        """Let go of what was kept aside."""
        if self._book is not None:
            self._book.close()

    def _inspect(self, data: bytes) -> None:
        if self._book is not None:
            self._book.feed(data)
        elif self._text is not None:
            self._text.inspect(self._text.decoder.feed(data))

    def _open(self, *, final: bool) -> None:
        head, self._head, self._is_open = self._head, b"", True
        if not head.strip(_BLANK):
            raise EmptyFileError
        if head.startswith(ZIP):
            self._book = Workbook(self._limits.workbook, self._asked.sheet, self._known)
            self._book.feed(head)
            return
        if name := foreign_format(head):
            raise ForeignFormatError(name)
        asked = self._asked.encoding
        decoder = TextDecoder(asked or encoding_of(head), is_given=asked is not None)
        self._text = self._begin(decoder, decoder.feed(head), final=final)

    def _begin(
        self, decoder: TextDecoder, text: str, *, final: bool
    ) -> TableInspection | JsonInspection:
        found: TableInspection | JsonInspection
        form = json_format(text, whole=final)
        if form is None and self._most_rows is not None:
            raise BrokenJsonError(1)
        if form is not None:
            found = JsonInspection(form, decoder, self._limits, self._most_rows)
        else:
            whole = final or not _LINE_END.search(text)
            sample = text + "\n" if whole else text
            dialect = dialect_of(sample, self._known, self._limits, self._asked)
            found = TableInspection(decoder, dialect, self._limits)
        found.inspect(text)
        return found

    def _sheet(self, book: Workbook) -> Structure:
        """Inspect a sheet of a workbook as the text that it was written as."""
        book.read()
        written = replace(self._asked, encoding=UTF8, delimiter=",", quote='"', escape="")
        table = Inspector(self._known, self._limits, written)
        for piece in book.pieces():
            table.feed(piece)
        found = table.finish()
        return replace(
            found,
            format=Format.XLSX,
            sheet=book.sheet,
            warnings=(*book.warnings, *found.warnings),
        )
