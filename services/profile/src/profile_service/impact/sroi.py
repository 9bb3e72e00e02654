"""Social return on investment: METRICS, SROI; after Social Value International's Value Map.

All in decimals, so that money is exact and the digits are the same on every machine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal, localcontext
from enum import StrEnum
from typing import Self

PRECISION = 34
"""Decimal digits of intermediate results."""


class Kind(StrEnum):
    """What a reference value is about; the words of `insight.reference_values.kind`."""

    PROXY = "proxy"
    DEADWEIGHT = "deadweight"
    DISPLACEMENT = "displacement"
    ATTRIBUTION = "attribution"
    DROP_OFF = "drop_off"
    DURATION = "duration"
    OUTCOME_START = "outcome_start"
    FIRST_YEAR_EXPONENT = "first_year_exponent"
    DISCOUNT_RATE = "discount_rate"
    HOURLY_VALUE = "hourly_value"
    EXCHANGE_RATE = "exchange_rate"


SHARES = frozenset(
    {Kind.DEADWEIGHT, Kind.DISPLACEMENT, Kind.ATTRIBUTION, Kind.DROP_OFF, Kind.DISCOUNT_RATE}
)
RAISING = frozenset({Kind.PROXY, Kind.DURATION})
"""More of these raises the result; more of any other assumption lowers it or leaves it."""

CHOICES = frozenset({Kind.OUTCOME_START, Kind.FIRST_YEAR_EXPONENT, Kind.EXCHANGE_RATE})
"""Conventions and conversions: printed, never varied."""

EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Assumption:
    """A reference value as a result uses it; one may serve several outcomes.

    `low` and `high` are the source's own range where it states one.
    """

    label: str
    kind: Kind
    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """All that a result is made of.

    `quantities` are distinct participants with a positive change, by outcome; `hours` volunteer
    hours by role; `spent` cash and in-kind in one currency. `uses` says which assumption holds for
    (kind, outcome or role or `*`).
    """

    quantities: Mapping[str, int]
    spent: Decimal
    hours: Mapping[str, Decimal]
    assumptions: Mapping[str, Assumption]
    uses: Mapping[tuple[Kind, str], str]

    def value(self, kind: Kind, of: str = EVERYTHING) -> Decimal:
        return self.assumptions[self.uses[kind, of]].value

    def with_values(self, values: Mapping[str, Decimal]) -> Self:
        """The case with other values for some assumptions, by label."""
        changed = {
            label: replace(self.assumptions[label], value=value) for label, value in values.items()
        }
        return replace(self, assumptions={**self.assumptions, **changed})

    @property
    def inputs(self) -> Decimal:
        """Cash, in-kind and the replacement cost of the volunteers' time."""
        valued = (hours * self.value(Kind.HOURLY_VALUE, role) for role, hours in self.hours.items())
        return self.spent + sum(valued, Decimal())


@dataclass(frozen=True, slots=True)
class Result:
    """`payback` in years, None if the inputs never come back; `by_outcome` present values."""

    inputs: Decimal
    present_value: Decimal
    ratio: Decimal
    net: Decimal
    payback: Decimal | None
    by_outcome: Mapping[str, Decimal]


def impact_of_first_year(case: Case, outcome: str) -> Decimal:
    """What the outcome is worth in its first year, less what would have been so anyway."""
    kept = Decimal(1)
    for kind in (Kind.DEADWEIGHT, Kind.DISPLACEMENT, Kind.ATTRIBUTION):
        kept *= 1 - case.value(kind, outcome)
    return case.quantities[outcome] * case.value(Kind.PROXY, outcome) * kept


def impacts(case: Case, outcome: str) -> Iterable[Decimal]:
    """The outcome's worth year by year; of a broken duration the last year counts in part."""
    duration = case.value(Kind.DURATION, outcome)
    remaining = 1 - case.value(Kind.DROP_OFF, outcome)
    impact = impact_of_first_year(case, outcome)
    for year in range(int(duration.to_integral_value(ROUND_CEILING))):
        yield impact * min(Decimal(1), duration - year)
        impact *= remaining


def present_values(case: Case, outcome: str) -> dict[int, Decimal]:
    """The outcome's discounted worth by year, the year of the activity being 1."""
    factor = 1 + case.value(Kind.DISCOUNT_RATE)
    start = int(case.value(Kind.OUTCOME_START, outcome))
    first = int(case.value(Kind.FIRST_YEAR_EXPONENT))
    return {
        t + start - 1: impact / factor ** (t + start - 2 + first)
        for t, impact in enumerate(impacts(case, outcome), start=1)
    }


def sroi(case: Case) -> Result | None:
    """The ratio of present value to inputs, with net ratio and payback; None without inputs."""
    with localcontext(prec=PRECISION):
        inputs = case.inputs
        if not inputs:
            return None
        by_year = {name: present_values(case, name) for name in case.quantities}
        by_outcome = {name: sum(years.values(), Decimal()) for name, years in by_year.items()}
        present = sum(by_outcome.values(), Decimal())
        return Result(
            inputs=inputs,
            present_value=present,
            ratio=present / inputs,
            net=(present - inputs) / inputs,
            payback=payback(_summed(by_year.values()), inputs),
            by_outcome=by_outcome,
        )


def payback(by_year: Mapping[int, Decimal], inputs: Decimal) -> Decimal | None:
    """When the cumulated present value reaches the inputs, in years, within a year by shares."""
    cumulated = Decimal()
    for year, value in sorted(by_year.items()):
        if value and cumulated + value >= inputs:
            return year - 1 + (inputs - cumulated) / value
        cumulated += value
    return None


def _summed(series: Iterable[Mapping[int, Decimal]]) -> dict[int, Decimal]:
    total: dict[int, Decimal] = {}
    for years in series:
        for year, value in years.items():
            total[year] = total.get(year, Decimal()) + value
    return total


def varied(case: Case) -> Sequence[Assumption]:
    """The assumptions that a result stands on, in the order of their labels; no choices."""
    used = sorted(set(case.uses.values()))
    found = (case.assumptions[label] for label in used)
    return [one for one in found if one.kind not in CHOICES]
