"""One company's year as it is now: which of its periods are closed, and all their figures."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.companies import Figuring
from profile_service.computing import Cell, compute
from profile_service.disclosure.lattice import QUARTERS, Place, months_of, quarter_of
from profile_service.figures import Figure
from profile_service.periods import parse_period
from profile_service.repository import kept, weights
from profile_service.repository.kept import Kept

Figures = Mapping[str, Figure]


@dataclass(slots=True)
class Year:
    """What is needed of a year to keep and to show its figures.

    `stale` are the periods whose kept figures may no longer be true.
    """

    session: AsyncSession
    figuring: Figuring
    company_id: UUID
    year: str
    programs: list[str]
    closed: set[str]
    stale: set[str]
    held: dict[Place, dict[str, Kept]] = field(default_factory=dict)
    _now: dict[Place, Figures] = field(default_factory=dict)

    async def load(self) -> None:
        """Read what is kept of the closed periods."""
        self.held = await kept.newest(self.session, self.company_id, self.closed)

    async def now(self, place: Place) -> Figures:
        """A cell's figures as the facts have them now; what is known to hold isn't computed."""
        if place not in self._now:
            held = self.held.get(place)
            if held and place.period not in self.stale:
                self._now[place] = {name: one.figure for name, one in held.items()}
            else:
                self._now[place] = await self._computed(place)
        return self._now[place]

    async def _computed(self, place: Place) -> Figures:
        cell = Cell(self.company_id, parse_period(place.period), place.program)
        figuring = self.figuring
        found = await compute(self.session, cell, zone=figuring.zone, key=figuring.key)
        return {one.name: one for one in found}

    async def facts(self) -> dict[str, dict[Place, int]]:
        """The facts behind each figure by month and programme."""
        window = Cell(self.company_id, parse_period(self.year)).window(self.figuring.zone)
        return await weights.facts_by_month(self.session, window, self.figuring.zone)

    def by_program(self, period: str) -> list[Place]:
        """A quarter or year by programme."""
        return [Place(period, program) for program in self.programs]

    def kept_places(self, period: str) -> list[Place]:
        """The cells of a period that are kept: months only for all programmes together."""
        is_month = "-" in period and "Q" not in period
        return [Place(period), *([] if is_month else self.by_program(period))]

    def is_closed(self, periods: Collection[Place]) -> bool:
        return all(one.period in self.closed for one in periods)

    def quarter_scope(self, quarter: int) -> tuple[list[Place], list[Place]]:
        """All cells of a quarter, and those of them that may be shown by now."""
        whole, months = quarter_of(self.year, quarter), months_of(self.year, quarter)
        parts = self.by_program(whole.period)
        if not self.is_closed([whole]):
            return [whole, *months, *parts], []
        shown_months = months if self.is_closed(months) else []
        return [whole, *months, *parts], [whole, *shown_months, *parts]

    def year_scope(self) -> tuple[list[Place], list[Place]]:
        """All cells of a year, and those of them that may be shown by now."""
        whole, parts = Place(self.year), self.by_program(self.year)
        quarters = [quarter_of(self.year, one) for one in QUARTERS]
        months = [month for one in QUARTERS for month in months_of(self.year, one)]
        by_program = [one for each in quarters for one in self.by_program(each.period)]
        is_due = self.is_closed([whole, *quarters])
        cells = [whole, *quarters, *months, *by_program, *parts]
        return cells, [whole, *parts] if is_due else []
