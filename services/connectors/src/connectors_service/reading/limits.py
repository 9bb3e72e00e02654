"""The limits of an upload, each with the setting that moves it."""

from dataclasses import dataclass, field

ROW_FIELDS = 4
"""A row may hold this many fields of the longest length before it counts as too long."""


@dataclass(frozen=True, slots=True)
class WorkbookLimits:
    """Bytes when unpacked, cells of a sheet, bytes of memory, seconds of the processor."""

    max_bytes: int = 512 * 1024**2
    max_cells: int = 5_000_000
    max_memory: int = 1024**3
    max_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes a file, characters a field, columns a row, objects a request of JSON."""

    max_bytes: int
    max_field_chars: int
    max_columns: int
    max_json_rows: int = 1000
    workbook: WorkbookLimits = field(default_factory=WorkbookLimits)

    @property
    def max_row_chars(self) -> int:
        """Characters a row, so that memory stays bounded whatever the file holds."""
        return ROW_FIELDS * self.max_field_chars


UNLIMITED = Limits(2**62, 2**31, 2**31)
"""For text that was checked before, or is short."""
