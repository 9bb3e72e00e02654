"""Dates and times as people write them; what can be read two ways is refused, not guessed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from connectors_service.rules.codes import CellError, Code

DateOrder = Literal["day_first", "month_first"]
FIRST_YEAR, LAST_YEAR = 1900, 2100
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_ANY_CASE = re.IGNORECASE | re.ASCII
_CLOCK = r"(?:[,T\s]\s*(?P<clock>\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]m)?))?"
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?", re.ASCII)
_BASIC = re.compile(r"\d{8}T\d{4}(?:\d{2})?(?:Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_YEAR_FIRST = re.compile(
    rf"(?P<y>\d{{4}})[/.](?P<m>\d{{1,2}})[/.](?P<d>\d{{1,2}}){_CLOCK}", _ANY_CASE
)
_YEAR_LAST = re.compile(
    rf"(?P<a>\d{{1,2}})(?P<sign>[/.-])(?P<b>\d{{1,2}})(?P=sign)(?P<y>\d{{4}}){_CLOCK}", _ANY_CASE
)
_MONTH_DAY = re.compile(
    rf"(?:[a-z]{{3,9}},\s+)?(?P<m>[a-z]{{3,9}})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}}){_CLOCK}",
    _ANY_CASE,
)
_DAY_MONTH = re.compile(
    rf"(?:[a-z]{{3,9}},\s+)?(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s-]+(?P<m>[a-z]{{3,9}})\.?,?[\s-]+(?P<y>\d{{4}}){_CLOCK}",
    _ANY_CASE,
)
_CLOCK_PARTS = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([ap])m)?", _ANY_CASE)
_UNKNOWN = "is not a date or time; write it as 2025-12-14T15:30:00Z or 2025-12-14"
_TWO_WAYS = (
    "can be read as day/month or month/day; write it as 2025-12-14, or use a mapping that "
    "states the order"
)


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a mapping reads dates: the zone of times without offset, and the order of 03/04/2025."""

    zone: ZoneInfo
    order: DateOrder | None = None

    def moment(self, text: str) -> datetime:
        """Read a time as UTC; raises CellError E003."""
        try:
            written = self._written(text)
            aware = written if written.tzinfo else written.replace(tzinfo=self.zone)
            return _in_range(aware.astimezone(UTC))
        except (ValueError, OverflowError) as error:
            raise CellError(Code.DATE, _UNKNOWN) from error

    def day(self, text: str) -> date:
        """Read a calendar day as it is written; raises CellError E003."""
        try:
            return _in_range(self._written(text)).date()
        except (ValueError, OverflowError) as error:
            raise CellError(Code.DATE, _UNKNOWN) from error

    def _written(self, text: str) -> datetime:
        if _ISO.fullmatch(text) or _BASIC.fullmatch(text):
            return datetime.fromisoformat(text)
        for pattern, reader in _READERS:
            if match := pattern.fullmatch(text):
                return datetime.combine(reader(match, self.order), _clock(match["clock"]))
        raise ValueError


def _in_range(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise CellError(Code.DATE, f"is not between the years {FIRST_YEAR} and {LAST_YEAR}")
    return moment


def _year_first(match: re.Match[str], order: DateOrder | None) -> date:
    return date(int(match["y"]), int(match["m"]), int(match["d"]))


def _year_last(match: re.Match[str], order: DateOrder | None) -> date:
    """Read 31/12/2025; with dots, where nobody writes the month first, as 31.12.2025."""
    first, second, year = int(match["a"]), int(match["b"]), int(match["y"])
    if order is None:
        order = "day_first" if match["sign"] == "." else _order_of(first, second)
    day, month = (first, second) if order == "day_first" else (second, first)
    return date(year, month, day)


def _order_of(first: int, second: int) -> DateOrder:
    if first > 12 or first == second:
        return "day_first"
    if second > 12:
        return "month_first"
    raise CellError(Code.DATE, _TWO_WAYS)


def _named(match: re.Match[str], order: DateOrder | None) -> date:
    return date(int(match["y"]), _month(match["m"].lower()), int(match["d"]))


def _month(name: str) -> int:
    if name in _MONTH_NAMES:
        return _MONTH_NAMES.index(name) + 1
    return _MONTHS.index("sep" if name == "sept" else name) + 1


def _clock(text: str | None) -> time:
    match = _CLOCK_PARTS.fullmatch(text) if text else None
    if match is None:
        return time()
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        hour = _from_twelve(hour) + (12 if match[4].lower() == "p" else 0)
    return time(hour, minute, second)


def _from_twelve(hour: int) -> int:
    if not 1 <= hour <= 12:
        raise ValueError
    return hour % 12


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], DateOrder | None], date]], ...] = (
    (_YEAR_FIRST, _year_first),
    (_YEAR_LAST, _year_last),
    (_MONTH_DAY, _named),
    (_DAY_MONTH, _named),
)
