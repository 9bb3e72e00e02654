"""The limits of an upload, each with the setting that moves it."""

from dataclasses import dataclass

ROW_FIELDS = 4
"""A row may hold this many fields of the longest length before it counts as too long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes a file, characters a field, columns a row."""

    max_bytes: int
    max_field_chars: int
    max_columns: int

    @property
    def max_row_chars(self) -> int:
        """Characters a row, so that memory stays bounded whatever the file holds."""
        return ROW_FIELDS * self.max_field_chars


UNLIMITED = Limits(2**62, 2**31, 2**31)
"""For text that was checked before, or is short."""
