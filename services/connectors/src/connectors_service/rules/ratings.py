"""Which scale a column of ratings is on: one decision for the whole column, never row by row."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from connectors_service.rules.codes import CellError, Code

_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:[.,][0-9]{1,9})?")


class Scale(StrEnum):
    """1-5, stored as (r-1)/4, or already 0-1."""

    ONE_TO_FIVE = "1-5"
    ZERO_TO_ONE = "0-1"


def number(text: str) -> float | None:
    """Read a plain number, decimal point or comma; None if it is none."""
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def rating_on(scale: Scale, text: str) -> float:
    """Read a rating as 0-1; raises CellError E006."""
    value = number(text)
    if scale is Scale.ONE_TO_FIVE:
        if value is not None and 1 <= value <= 5:
            return (value - 1) / 4
        raise CellError(Code.RATING, "is not on the scale of this column, 1 to 5")
    if value is not None and 0 <= value <= 1:
        return value
    raise CellError(Code.RATING, "is not on the scale of this column, 0 to 1")


@dataclass(slots=True)
class ScaleEvidence:
    """Counts how many values of a column fit each scale."""

    one_to_five: int = field(default=0)
    zero_to_one: int = field(default=0)

    def add(self, text: str, times: int = 1) -> None:
        """Count a cell that stands so often."""
        value = number(text)
        if value is None:
            return
        self.one_to_five += times * (1 <= value <= 5)
        self.zero_to_one += times * (0 <= value <= 1)

    @property
    def fits(self) -> str:
        """Say how many values fit each scale."""
        return f"{self.one_to_five} values fit 1-5, {self.zero_to_one} fit 0-1"

    def decide(self, otherwise: Scale) -> tuple[Scale, str]:
        """Return the scale that more values fit, and why; equal counts go to `otherwise`."""
        fits = self.fits
        if self.one_to_five == self.zero_to_one:
            return otherwise, f"{fits}: taken as {otherwise}, as nothing says otherwise"
        scale = Scale.ONE_TO_FIVE if self.one_to_five > self.zero_to_one else Scale.ZERO_TO_ONE
        return scale, fits
