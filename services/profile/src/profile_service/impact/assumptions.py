"""Which reference values hold on a day: the newest version of the one for the nearest country."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from profile_service.impact.sroi import EVERYTHING, Assumption, Kind

EU = "EU"
_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"


@dataclass(frozen=True, slots=True)
class Reference:
    """One version of a dated value with its source; `valid_to` is exclusive."""

    reference_id: UUID
    kind: Kind
    key: str
    country: str
    value: Decimal
    unit: str
    currency: str | None
    valid_from: date
    valid_to: date | None
    source: str
    version: int
    low: Decimal | None = None
    high: Decimal | None = None
    withdrawn: bool = False

    @property
    def label(self) -> str:
        """What a result calls it: `proxy:belonging`, `hourly_value:volunteer:NL`."""
        parts = (self.kind.value, self.key, self.country)
        return ":".join(parts if self.country != EVERYTHING else parts[:2])

    @property
    def line(self) -> str:
        """What a digest takes of it: its natural key and typed fields."""
        fields = (self.valid_from, self.value, self.low, self.high, self.unit, self.currency)
        return "|".join((self.label, *map(str, fields), str(self.version)))

    def holds_on(self, day: date) -> bool:
        if self.withdrawn or day < self.valid_from:
            return False
        return self.valid_to is None or day < self.valid_to

    def as_assumption(self, value: Decimal | None = None) -> Assumption:
        """As a result uses it; `value` and range in another currency where it was converted."""
        if value is None or not self.value:
            return Assumption(self.label, self.kind, self.value, self.low, self.high)
        low, high = (end and end * value / self.value for end in (self.low, self.high))
        return Assumption(self.label, self.kind, value, low, high)


@dataclass(frozen=True, slots=True)
class Book:
    """The reference values that hold on one day, by kind, key and country."""

    rows: Mapping[tuple[Kind, str, str], Reference] = field(default_factory=dict)

    def find(self, kind: Kind, keys: Sequence[str], country: str | None = None) -> Reference | None:
        """The value for the first key that has any: the country's, else the EU's, else any's."""
        for key in (*keys, EVERYTHING):
            for place in _places(country):
                if found := self.rows.get((kind, key, place)):
                    return found
        return None


def book(rows: Iterable[Reference], day: date) -> Book:
    """The values that hold on a day: of each key and start the newest version, then the latest."""
    newest: dict[tuple[Kind, str, str, date], Reference] = {}
    for row in rows:
        known = newest.get((*_place(row), row.valid_from))
        if known is None or known.version < row.version:
            newest[*_place(row), row.valid_from] = row
    holding = (row for row in newest.values() if row.holds_on(day))
    return Book({_place(row): row for row in sorted(holding, key=lambda row: row.valid_from)})


def _place(row: Reference) -> tuple[Kind, str, str]:
    return row.kind, row.key, row.country


def _places(country: str | None) -> tuple[str, ...]:
    if not country:
        return (EVERYTHING,)
    union = (EU,) if country in _MEMBERS.split() else ()
    return (country, *union, EVERYTHING)
