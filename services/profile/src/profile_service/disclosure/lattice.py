"""The cells of one company's year: months lie in quarters, quarters in the year, by programme."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from profile_service.inputs import ALL_PROGRAMS

QUARTERS = (1, 2, 3, 4)


class Place(NamedTuple):
    """A period's label and a programme, or `all`."""

    period: str
    program: str = ALL_PROGRAMS


@dataclass(frozen=True, slots=True)
class Split:
    """One way in which a cell's facts divide: each part with the leaves that make it up."""

    whole: Place
    parts: Mapping[Place, frozenset[Place]]

    @property
    def leaves(self) -> frozenset[Place]:
        return frozenset().union(*self.parts.values())


def months_of(year: str, quarter: int) -> list[Place]:
    """The three months of a quarter, all programmes together."""
    return [Place(f"{year}-{month:02}") for month in range(quarter * 3 - 2, quarter * 3 + 1)]


def months_within(period: str) -> list[str]:
    """The labels of the months of a month, quarter or year."""
    year, _, rest = period.partition("-")
    quarters = [int(rest[1])] if rest.startswith("Q") else QUARTERS
    if rest and not rest.startswith("Q"):
        return [period]
    return [month.period for quarter in quarters for month in months_of(year, quarter)]


def needed_for(place: Place) -> list[Place]:
    """The cells that must be shown before this one may be, so that hierarchies never mix."""
    if place.program == ALL_PROGRAMS:
        return []
    if "-" in place.period:
        return [Place(place.period)]
    return [quarter_of(place.period, quarter, place.program) for quarter in QUARTERS]


def quarter_of(year: str, quarter: int, program: str = ALL_PROGRAMS) -> Place:
    return Place(f"{year}-Q{quarter}", program)


def splits_of(year: str, programs: Sequence[str]) -> Iterator[Split]:
    """Every way in which cells that companies may see add up to others.

    Months are never shown by programme. So what is shown makes two hierarchies that meet in the
    quarters alone: all that can be had by adding and subtracting are unions of what is left of a
    cell once its shown parts are taken off.
    """
    yield Split(Place(year), _calendar(year))
    for quarter in QUARTERS:
        whole = quarter_of(year, quarter)
        yield Split(whole, _leaves(months_of(year, quarter)))
        yield Split(whole, _leaves([quarter_of(year, quarter, one) for one in programs]))
    for program in programs:
        quarters = [quarter_of(year, quarter, program) for quarter in QUARTERS]
        yield Split(Place(year, program), _leaves(quarters))


def coverable(period: str, program: str) -> bool:
    """Whether a plan ever shows such a cell: months only for all programmes together."""
    return program == ALL_PROGRAMS or "-" not in period or "Q" in period


def _calendar(year: str) -> dict[Place, frozenset[Place]]:
    quarters = {quarter_of(year, one): frozenset(months_of(year, one)) for one in QUARTERS}
    return quarters | _leaves([month for one in QUARTERS for month in months_of(year, one)])


def _leaves(places: Sequence[Place]) -> dict[Place, frozenset[Place]]:
    return {place: frozenset([place]) for place in places}
