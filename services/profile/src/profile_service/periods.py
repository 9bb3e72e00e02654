"""Calendar periods of company figures: `2026-03`, `2026-Q1`, `2026`."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from profile_service.errors import UnknownPeriodError

CLOSES_AFTER = timedelta(days=30)
_LABEL = re.compile(r"([1-9][0-9]{3})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])))?")


@dataclass(frozen=True, slots=True)
class Period:
    """A month, quarter or year; the days are [first_day, next_day)."""

    label: str
    months: int
    first_day: date
    next_day: date

    @property
    def is_quarter(self) -> bool:
        return self.months == 3

    @property
    def is_month(self) -> bool:
        return self.months == 1

    @property
    def decided_with(self) -> tuple["Period", ...]:
        """The periods that must be closed before companies see this one, itself included.

        Else a figure shown early could be subtracted from one that nobody foresaw: a month waits
        for its quarter and all its months, a year for its quarters.
        """
        year, quarter = self.first_day.year, (self.first_day.month - 1) // 3 + 1
        first = quarter * 3 - 2
        if self.is_month:
            labels = [f"{year}-Q{quarter}", *(f"{year}-{first + n:02}" for n in range(3))]
        else:
            labels = [] if self.is_quarter else [f"{year}-Q{n}" for n in (1, 2, 3, 4)]
        return (self, *(parse_period(label) for label in labels if label != self.label))

    def lies_in(self, other: "Period") -> bool:
        return other.first_day <= self.first_day and self.next_day <= other.next_day

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The instants [start, end) of the period in the programme's time zone."""
        return _midnight(self.first_day, zone), _midnight(self.next_day, zone)

    def is_over(self, now: datetime, zone: ZoneInfo) -> bool:
        return now >= self.bounds(zone)[1]

    def closes_by_itself(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether 30 days have passed since the period's end."""
        return now >= self.bounds(zone)[1] + CLOSES_AFTER


def parse_period(label: str) -> Period:
    """Read a label; anything but a month, a quarter or a year raises UnknownPeriodError."""
    found = _LABEL.fullmatch(label)
    if found is None or found[1] == "9999":
        raise UnknownPeriodError
    year, month, quarter = int(found[1]), found[2], found[3]
    if month:
        return _period(label, year, int(month), 1)
    if quarter:
        return _period(label, year, int(quarter) * 3 - 2, 3)
    return _period(label, year, 1, 12)


def _period(label: str, year: int, month: int, months: int) -> Period:
    carried, last = divmod(month - 1 + months, 12)
    return Period(label, months, date(year, month, 1), date(year + carried, last + 1, 1))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
