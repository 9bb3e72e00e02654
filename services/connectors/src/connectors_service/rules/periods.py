"""The period of a cost: a year, a quarter or a month, and the days it covers."""

import re
from dataclasses import dataclass
from datetime import date

from connectors_service.rules.codes import CellError, Code
from connectors_service.rules.dates import FIRST_YEAR, LAST_YEAR

_FORMS = re.compile(
    r"(?P<y>\d{4})(?:[-/ ]?(?:Q(?P<q>[1-4])|(?P<m>(?<=[-/])(?:0?[1-9]|1[0-2]))))?", re.ASCII
)
_REVERSED = re.compile(r"Q(?P<q>[1-4])[-/ ]?(?P<y>\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """`name` is 2026, 2026-Q1 or 2026-03; the days are [starts_on, ends_on)."""

    name: str
    starts_on: date
    ends_on: date


def period(text: str) -> Period:
    """Read a period; raises CellError E021."""
    folded = text.upper()
    match = _FORMS.fullmatch(folded) or _REVERSED.fullmatch(folded)
    parts = match.groupdict() if match else {}
    year = int(parts.get("y") or 0)
    if not FIRST_YEAR <= year < LAST_YEAR:
        raise CellError(Code.PERIOD, "is not a period; write it as 2026, 2026-Q1 or 2026-03")
    if quarter := parts.get("q"):
        return _months(f"{year}-Q{quarter}", year, 3 * int(quarter) - 2, 3)
    if month := parts.get("m"):
        return _months(f"{year}-{int(month):02}", year, int(month), 1)
    return _months(str(year), year, 1, 12)


def _months(name: str, year: int, first: int, count: int) -> Period:
    after = first + count
    ends_on = date(year + 1, 1, 1) if after > 12 else date(year, after, 1)
    return Period(name, date(year, first, 1), ends_on)
