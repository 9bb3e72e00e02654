"""A company's figures: as the facts have them, as they were kept, and as the company sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from event_contracts.vocabulary import PeriodStatus
from profile_service.computing import Cell, compute
from profile_service.disclosure.lattice import Place, coverable
from profile_service.errors import UnknownCompanyError
from profile_service.facts import Json
from profile_service.figures import (
    NOT_COVERED,
    NOT_PUBLISHED,
    PERIOD_OPEN,
    SMALL_GROUP,
    Figure,
    hidden,
)
from profile_service.inputs import ALL_PROGRAMS, Inputs, Put, Window
from profile_service.metrics import figures
from profile_service.periods import Period
from profile_service.repository import kept, marks, periods, weights
from profile_service.repository.kept import Kept


@dataclass(frozen=True, slots=True)
class CompanyFigures:
    """The figures of one company and period, and whether the period is closed.

    `withheld` says of which of them its users see an older one, or none; `sources` are the files
    behind each as they were when it was released.
    """

    company_id: UUID
    period: Period
    status: str
    figures: list[Figure]
    program: str = ALL_PROGRAMS
    withheld: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Json] = field(default_factory=dict)

    def named(self, metric: str) -> Figure:
        return next(figure for figure in self.figures if figure.name == metric)


@dataclass(frozen=True, slots=True)
class Figuring:
    """What figures need to know beside the facts: time zone, key of digests, smallest group."""

    zone: ZoneInfo
    key: bytes
    smallest_group: int

    def window(self, company_id: UUID, period: Period, program: str = ALL_PROGRAMS) -> Window:
        return Cell(company_id, period, program).window(self.zone)

    async def check_company(self, session: AsyncSession, company_id: UUID) -> None:
        """Raise UnknownCompanyError unless the transaction sees the company."""
        if not await periods.company_exists(session, company_id):
            raise UnknownCompanyError

    async def computed(
        self,
        session: AsyncSession,
        company_id: UUID,
        period: Period,
        program: str = ALL_PROGRAMS,
    ) -> CompanyFigures:
        """The figures as they are now, for admins: what is kept, else what the facts say."""
        await self.check_company(session, company_id)
        place = Place(period.label, program)
        closed = await periods.closed_period(session, company_id, period.label)
        if closed is None or not coverable(*place):
            status = closed.status if closed else self._status(period)
            found = await self._current(session, company_id, period, program)
            return CompanyFigures(company_id, period, status, found, program)
        newest = await kept.newest(session, company_id, [period.label])
        shown = await kept.newest(session, company_id, [period.label], released=True)
        seen = shown.get(place, {})
        return CompanyFigures(
            company_id,
            period,
            closed.status,
            [one.figure for one in newest.get(place, {}).values()],
            program,
            withheld=_withheld(newest.get(place, {}), seen),
            sources={name: one.sources for name, one in seen.items()},
        )

    async def released(
        self,
        session: AsyncSession,
        company_id: UUID,
        period: Period,
        program: str = ALL_PROGRAMS,
    ) -> CompanyFigures:
        """The figures as users of the company see them: those that were released, as they were."""
        await self.check_company(session, company_id)
        place = Place(period.label, program)
        if await self._is_open(session, company_id, period):
            unseen = [hidden(one, PERIOD_OPEN) for one in self._names(period)]
            return CompanyFigures(company_id, period, PeriodStatus.OPEN, unseen, program)
        newest = (await kept.newest(session, company_id, [period.label])).get(place, {})
        shown = await kept.newest(session, company_id, [period.label], released=True)
        seen = shown.get(place, {})
        again = await kept.restatements(
            session, company_id, period=period.label, program=program, released=True
        )
        return CompanyFigures(
            company_id,
            period,
            PeriodStatus.RESTATED if again else PeriodStatus.CLOSED,
            [self._seen(one, place, newest, seen) for one in self._names(period)],
            program,
            sources={name: one.sources for name, one in seen.items()},
        )

    def _seen(
        self, name: Figure, place: Place, newest: Mapping[str, Kept], seen: Mapping[str, Kept]
    ) -> Figure:
        if name.name in seen:
            return seen[name.name].figure
        if not coverable(*place):
            return hidden(name, NOT_COVERED)
        held = newest.get(name.name)
        if held is None:
            return name if name.n is None else hidden(name, SMALL_GROUP)
        return hidden(name, SMALL_GROUP if held.figure.published else NOT_PUBLISHED)

    def _names(self, period: Period) -> list[Figure]:
        """Every figure as nobody's facts have it."""
        return figures(Inputs(Put(period.first_day, period.next_day)), period, self.key)

    async def _is_open(self, session: AsyncSession, company_id: UUID, period: Period) -> bool:
        """Whether the period, or one that is decided with it, is not closed yet.

        Where it is over and nothing counts there is nothing to close.
        """
        closed = await periods.closed_labels(session, company_id, period.label[:4])
        if all(one.label in closed for one in period.decided_with):
            return False
        widest = max(period.decided_with, key=lambda one: one.months)
        if not widest.closes_by_itself(datetime.now(UTC), self.zone):
            return True
        return await weights.counts_anything(session, company_id, self.window(company_id, widest))

    async def _current(
        self, session: AsyncSession, company_id: UUID, period: Period, program: str
    ) -> list[Figure]:
        """What was last computed, if nothing has changed since; else what the facts have."""
        if not await marks.are_stale(session, company_id, period.first_day, period.next_day):
            place = Place(period.label, program)
            if known := await kept.open_figures(session, company_id, place):
                return known
        return await self._fresh(session, company_id, period, program)

    async def _fresh(
        self,
        session: AsyncSession,
        company_id: UUID,
        period: Period,
        program: str = ALL_PROGRAMS,
    ) -> list[Figure]:
        cell = Cell(company_id, period, program)
        return await compute(session, cell, zone=self.zone, key=self.key)

    def _status(self, period: Period) -> str:
        by_itself = period.closes_by_itself(datetime.now(UTC), self.zone)
        return PeriodStatus.CLOSED if by_itself else PeriodStatus.OPEN


def _withheld(newest: Mapping[str, Kept], seen: Mapping[str, Kept]) -> dict[str, str]:
    """Why users of the company don't see a figure as it is."""
    return {
        name: "older_figure_shown" if name in seen else SMALL_GROUP
        for name, one in newest.items()
        if name not in seen or seen[name].revision < one.revision
    }
