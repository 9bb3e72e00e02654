"""Closes periods, restates them, and decides with each what a company is shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from event_contracts.vocabulary import PeriodStatus
from profile_service.companies import Figuring
from profile_service.computing import Cell, compute
from profile_service.disclosure.lattice import Place, months_within
from profile_service.disclosure.plan import read_plan
from profile_service.errors import PeriodRunningError, PeriodUnsettledError
from profile_service.periods import Period, parse_period
from profile_service.repository import kept, marks, periods, plans, projection, weights
from profile_service.repository.marks import Stale
from profile_service.repository.periods import ClosedPeriod
from profile_service.restating.keeping import close, restate, touched_periods
from profile_service.restating.showing import Showing
from profile_service.restating.sources import sources_of
from profile_service.restating.year import Year
from shared_utils.db import Database
from shared_utils.work import Work

BY_TIME = "time"
"""Who closed a period that nobody closed in 30 days."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Whoever keeps figures does so alone, and of one moment of the facts."""

    figuring: Figuring

    async def close(self, work: Work, company_id: UUID, period: Period, actor: str) -> ClosedPeriod:
        """Close a period that is over and whose events have arrived; again changes nothing."""
        await plans.hold(work.session)
        await self.figuring.check_company(work.session, company_id)
        if closed := await periods.closed_period(work.session, company_id, period.label):
            return closed
        await self._check_settled(work.session, company_id, period)
        await self._settle(work, company_id, {period.label}, actor)
        closed = await periods.closed_period(work.session, company_id, period.label)
        if closed is None:
            raise RuntimeError("a period was closed and isn't")
        return closed

    async def catch_up(self, work: Work, company_id: UUID, due: Collection[str] = ()) -> None:
        """Close periods that are due, and restate those that went stale; again changes nothing."""
        await plans.hold(work.session)
        settled = await self._settled(work.session, company_id, due)
        await self._settle(work, company_id, settled, BY_TIME)

    async def close_due(self, work: Work, company_id: UUID, due: Collection[str]) -> None:
        """Close those of these due periods that aren't closed, and what lies in them."""
        await plans.hold(work.session)
        labels = {one.label for label in due for one in relatives(parse_period(label))}
        now, open_ = datetime.now(UTC), set[str]()
        for year in {label[:4] for label in labels}:
            closed = await periods.closed_labels(work.session, company_id, year)
            open_ |= {one for one in labels if one[:4] == year and one not in closed}
        ended = {
            one for one in open_ if parse_period(one).closes_by_itself(now, self.figuring.zone)
        }
        settled = await self._settled(work.session, company_id, ended)
        await self._settle(work, company_id, settled, BY_TIME)

    async def before_reading(
        self, database: Database, company_id: UUID, period: Period, *, by_company: bool
    ) -> None:
        """Let what is about to be read be true: a company's first look at a due period closes it.

        What it sees is a release, and from then on fixed. What admins see of an open period is
        kept until something changes.
        """
        async with database.read() as session:
            due, is_stale = await self._missing(session, company_id, period)
        if is_stale or (by_company and due):
            async with database.work() as work:
                await self.catch_up(work, company_id, due if by_company else ())
        elif not by_company:
            async with database.work() as work:
                await self._remember(work, company_id, period)

    async def _remember(self, work: Work, company_id: UUID, period: Period) -> None:
        """Keep what an open period's figures are, unless that is known or about to change."""
        await plans.hold(work.session, alone=False)
        session, place = work.session, Place(period.label)
        if (
            await periods.closed_period(session, company_id, period.label)
            or await marks.are_stale(session, company_id, period.first_day, period.next_day)
            or await kept.open_figures(session, company_id, place)
        ):
            return
        window = self.figuring.window(company_id, period)
        if await weights.counts_anything(session, company_id, window):
            cell = Cell(company_id, period)
            figures = await compute(session, cell, zone=self.figuring.zone, key=self.figuring.key)
            await kept.keep(session, company_id, place, figures, status=PeriodStatus.OPEN)

    async def _missing(
        self, session: AsyncSession, company_id: UUID, period: Period
    ) -> tuple[set[str], bool]:
        """The due periods around one that aren't closed, and whether a closed one went stale."""
        around = relatives(period)
        year = period.label[:4]
        closed = set(await periods.closed_labels(session, company_id, year))
        first, following = around[-1].first_day, around[-1].next_day
        is_stale = bool(closed) and await marks.are_stale(session, company_id, first, following)
        now, zone = datetime.now(UTC), self.figuring.zone
        due = {
            one.label
            for one in around
            if one.label not in closed and one.closes_by_itself(now, zone)
        }
        window = self.figuring.window(company_id, around[-1])
        if due and not await weights.counts_anything(session, company_id, window):
            due = set()
        return due, is_stale

    async def _settle(
        self, work: Work, company_id: UUID, closing: Collection[str], actor: str
    ) -> None:
        stale = await marks.take(work.session, company_id)
        touched = touched_periods({one.month for one in stale})
        for label in closing:
            touched.setdefault(label[:4], set())
        for year in sorted(touched):
            wanted = sorted(label for label in closing if label[:4] == year)
            await self._settle_year(work, company_id, year, (touched[year], stale), wanted, actor)

    async def _settle_year(
        self,
        work: Work,
        company_id: UUID,
        label: str,
        stale: tuple[set[str], Sequence[Stale]],
        closing: Sequence[str],
        actor: str,
    ) -> None:
        year = await self._year(work, company_id, label, stale[0])
        await kept.forget_open(work.session, company_id, stale[0] - year.closed)
        for period in sorted(stale[0] & year.closed):
            await restate(work, year, period, stale[1])
        for period in closing:
            await close(work, year, period, actor)
        year.closed.update(closing)
        if year.closed:
            await self._show(work, year)

    async def _year(self, work: Work, company_id: UUID, label: str, stale: set[str]) -> Year:
        programs = await periods.company_programs(work.session, company_id)
        closed = set(await periods.closed_labels(work.session, company_id, label))
        names = [one.program for one in programs]
        year = Year(work.session, self.figuring, company_id, label, names, closed, stale)
        await year.load()
        return year

    async def _show(self, work: Work, year: Year) -> None:
        session, company_id = work.session, year.company_id
        plan = read_plan(await plans.newest_plan(session, company_id))
        seen = await kept.newest(session, company_id, year.closed, released=True)
        shown = {
            place: {name: one.figure for name, one in each.items()} for place, each in seen.items()
        }
        before = {(place, name) for place, each in shown.items() for name in each}
        showing = Showing(year, plan, shown, self.figuring.smallest_group)
        chosen = await showing.decide()
        if chosen:
            first = chosen - before
            sources = await sources_of(session, self.figuring, company_id, chosen, first)
            await kept.release(session, company_id, sources)
        await plans.save_plan(
            session, company_id, self.figuring.smallest_group, plan.cells, plan.digest
        )

    async def _settled(
        self, session: AsyncSession, company_id: UUID, due: Collection[str]
    ) -> set[str]:
        """Those of the periods whose events have arrived; what lies in another goes with it."""
        asked = sorted(map(parse_period, due), key=lambda one: -one.months)
        settled: dict[Period, bool] = {}
        for period in asked:
            wider = [known for one, known in settled.items() if period.lies_in(one)]
            known = wider[0] if wider else await self._is_settled(session, company_id, period)
            settled[period] = known
        return {one.label for one, is_settled in settled.items() if is_settled}

    async def _check_settled(self, session: AsyncSession, company_id: UUID, period: Period) -> None:
        if not period.is_over(datetime.now(UTC), self.figuring.zone):
            raise PeriodRunningError
        if not await self._is_settled(session, company_id, period):
            raise PeriodUnsettledError

    async def _is_settled(self, session: AsyncSession, company_id: UUID, period: Period) -> bool:
        generation = (await projection.generations(session)).active
        window = self.figuring.window(company_id, period)
        return not await periods.events_are_missing(session, window, generation)


def relatives(period: Period) -> list[Period]:
    """The periods that are decided together with one, the widest last."""
    year = period.label[:4]
    if period.months == 12:
        quarters = [f"{year}-Q{one}" for one in (1, 2, 3, 4)]
        return [parse_period(one) for one in (*months_within(year), *quarters, year)]
    quarter = f"{year}-Q{(period.first_day.month - 1) // 3 + 1}"
    return [parse_period(one) for one in (*months_within(quarter), quarter)]


def due_periods(months: Collection[date], now: datetime, figuring: Figuring) -> set[str]:
    """The periods of these months that have closed by themselves by now."""
    labels = {label for each in touched_periods(months).values() for label in each}
    return {one for one in labels if parse_period(one).closes_by_itself(now, figuring.zone)}
