"""The numbered rows of a file whose structure is known, from its bytes in any pieces."""

from typing import Protocol

from connectors_service.reading.encoding import TextDecoder
from connectors_service.reading.jsonrows import JsonRows
from connectors_service.reading.limits import Limits
from connectors_service.reading.records import RecordReader
from connectors_service.reading.structure import Block, Format, Structure


class RowsReader(Protocol):
    """Reads one format; hands out data rows only: no preamble, header, footer or blank line."""

    def feed(self, data: bytes) -> Block:
        """Return the rows that the next bytes complete."""
        ...

    def finish(self) -> Block:
        """Return the rows that only the end completes."""
        ...


def rows_reader(structure: Structure, limits: Limits) -> RowsReader:
    """Return the reader of the structure's format."""
    if structure.format in (Format.JSON, Format.NDJSON):
        return JsonRows(structure, limits)
    return DelimitedRows(structure, limits)


class DelimitedRows:
    """Reads delimited text."""

    def __init__(self, structure: Structure, limits: Limits) -> None:
        self._structure = structure
        self._decoder = TextDecoder(structure.encoding, was_checked=True)
        self._reader = RecordReader(structure.dialect, limits)

    def feed(self, data: bytes) -> Block:
        """Return the rows that the next bytes complete."""
        return self._rows(self._decoder.feed(data), final=False)

    def finish(self) -> Block:
        """Return the last row, if no line end follows it."""
        return self._rows(self._decoder.feed(b"", final=True), final=True)

    def _rows(self, text: str, *, final: bool) -> Block:
        is_data, is_header = self._structure.is_data, self._structure.dialect.is_header
        return [
            (self._reader.row, record)
            for record in self._reader.feed(text, final=final)
            if is_data(self._reader.row) and any(record) and not is_header(record)
        ]
