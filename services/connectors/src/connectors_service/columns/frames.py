"""A plain file's bytes as frames of numbered rows, in pieces as they come."""

import codecs

import polars as pl

from connectors_service.reading.structure import Structure

ROW = "row"
"""The column of row numbers; a cell's column is named by its place."""

_QUOTE, _LINE_ENDS = b'"', b"\r\n"


class FrameReader:
    """Feed it the bytes of a file whose structure is plain; frames hold its data rows."""

    def __init__(self, structure: Structure) -> None:
        dialect = structure.dialect
        self.blanks = 0
        self.row = 0
        self._separator = dialect.delimiter
        self._schema = {str(place): pl.String() for place in range(len(dialect.headers))}
        self._is_multiline = structure.multiline
        self._header_row = dialect.header_row
        self._tail = b""
        self._is_first = True

    def feed(self, data: bytes) -> pl.DataFrame:
        """Return the rows that the next bytes complete."""
        text = self._tail + data
        end = self._end_of_rows(text)
        self._tail = text[end:]
        return self._frame(text[:end])

    def finish(self) -> pl.DataFrame:
        """Return the last row, if no line end follows it."""
        text, self._tail = self._tail, b""
        return self._frame(text)

    def _end_of_rows(self, text: bytes) -> int:
        """Return where the last whole row ends: at a line end outside of quotes."""
        end = text.rfind(b"\n") + 1
        if not self._is_multiline:
            return end
        quotes = text.count(_QUOTE, 0, end)
        while end and quotes % 2:
            before = text.rfind(b"\n", 0, end - 1) + 1
            quotes -= text.count(_QUOTE, before, end)
            end = before
        return end

    def _frame(self, text: bytes) -> pl.DataFrame:
        if self._is_first and text:
            text, self._is_first = text.removeprefix(codecs.BOM_UTF8), False
        rows = text.strip(_LINE_ENDS)
        self.blanks += _blank_lines(text, rows)
        if not rows:
            return pl.DataFrame(schema={**self._schema, ROW: pl.Int32()})
        frame = pl.read_csv(
            rows,
            has_header=False,
            separator=self._separator,
            schema=self._schema,
            empty_string_is_null=False,
            glob=False,
        )
        first = self.row + 1
        self.row += frame.height
        numbers = pl.int_range(first, self.row + 1, dtype=pl.Int32, eager=True)
        numbered = frame.with_columns(numbers.alias(ROW))
        return numbered.slice(max(0, self._header_row + 1 - first))


def _blank_lines(text: bytes, rows: bytes) -> int:
    """Count the lines around rows, without the end of the last row's own line."""
    around = text.count(b"\n") - rows.count(b"\n")
    return around - 1 if rows and text.endswith(b"\n") else around
