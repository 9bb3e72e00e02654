"""A company's figures: computed from the facts, or as they were fixed when the period closed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from event_contracts import PeriodComputed
from event_contracts.vocabulary import PeriodStatus
from profile_service.computing import Cell, compute
from profile_service.disclosure import gives_away
from profile_service.errors import (
    PeriodRunningError,
    PeriodUnsettledError,
    UnknownCompanyError,
)
from profile_service.figures import Figure, combined_digest, for_company
from profile_service.inputs import Window
from profile_service.metrics import METHOD
from profile_service.periods import Period
from profile_service.repository import periods, projection
from profile_service.repository.periods import ClosedPeriod
from shared_utils.work import Work


@dataclass(frozen=True, slots=True)
class CompanyFigures:
    """The figures of one company and period, and whether the period is closed."""

    company_id: UUID
    period: Period
    status: str
    figures: list[Figure]

    @property
    def is_open(self) -> bool:
        return self.status == PeriodStatus.OPEN

    def named(self, metric: str) -> Figure:
        return next(figure for figure in self.figures if figure.name == metric)


@dataclass(frozen=True, slots=True)
class Figuring:
    """What figures need to know beside the facts: time zone, key of digests, smallest group."""

    zone: ZoneInfo
    key: bytes
    smallest_group: int

    def window(self, company_id: UUID, period: Period) -> Window:
        return Cell(company_id, period).window(self.zone)

    async def check_company(self, session: AsyncSession, company_id: UUID) -> None:
        """Raise UnknownCompanyError unless the transaction sees the company."""
        if not await periods.company_exists(session, company_id):
            raise UnknownCompanyError

    async def computed(
        self, session: AsyncSession, company_id: UUID, period: Period
    ) -> CompanyFigures:
        """The figures as the facts have them, or as the closing fixed them."""
        await self.check_company(session, company_id)
        closed = await periods.closed_period(session, company_id, period.label)
        if closed:
            kept = await periods.kept_figures(session, company_id, period.label)
            return CompanyFigures(company_id, period, closed.status, kept)
        return CompanyFigures(
            company_id, period, self._status(period), await self._fresh(session, company_id, period)
        )

    async def released(
        self, session: AsyncSession, company_id: UUID, period: Period
    ) -> CompanyFigures:
        """The figures as users of the company may see them, together with all they may see else."""
        own = await self.computed(session, company_id, period)
        family = [await self.computed(session, company_id, one) for one in period.family]
        return shown_to_company(own, family, self.smallest_group)

    async def close(self, work: Work, company_id: UUID, period: Period, actor: str) -> ClosedPeriod:
        """Close a period that is over and whose events have arrived; again changes nothing."""
        await projection.hold_ties(work.session, alone=True)
        current = await self.computed(work.session, company_id, period)
        closed = await periods.closed_period(work.session, company_id, period.label)
        if closed:
            return closed
        await self._check_settled(work.session, company_id, period)
        await periods.keep_figures(work.session, company_id, period.label, current.figures)
        work.publish(_period_computed(current), company_id=company_id)
        return await periods.close_period(work.session, company_id, period.label, actor)

    async def _fresh(self, session: AsyncSession, company_id: UUID, period: Period) -> list[Figure]:
        cell = Cell(company_id, period)
        return await compute(session, cell, zone=self.zone, key=self.key)

    def _status(self, period: Period) -> str:
        by_itself = period.closes_by_itself(datetime.now(UTC), self.zone)
        return PeriodStatus.CLOSED if by_itself else PeriodStatus.OPEN

    async def _check_settled(self, session: AsyncSession, company_id: UUID, period: Period) -> None:
        if not period.is_over(datetime.now(UTC), self.zone):
            raise PeriodRunningError
        generation = (await projection.generations(session)).active
        window = self.window(company_id, period)
        if await periods.events_are_missing(session, window, generation):
            raise PeriodUnsettledError


def shown_to_company(
    own: CompanyFigures, family: Sequence[CompanyFigures], smallest: int
) -> CompanyFigures:
    """The figures less what is open, too small, or would give something small away."""
    is_open = own.is_open or any(sibling.is_open for sibling in family)
    shown = []
    for figure in own.figures:
        siblings = [sibling.named(figure.name) for sibling in family]
        exposing = gives_away(own.period, siblings, smallest)
        shown.append(for_company(figure, smallest=smallest, is_open=is_open, exposing=exposing))
    return replace(own, figures=shown)


def _period_computed(of: CompanyFigures) -> PeriodComputed:
    return PeriodComputed(
        company_id=of.company_id,
        period=of.period.label,
        status=PeriodStatus.CLOSED,
        method=METHOD,
        digest=combined_digest(of.figures),
    )
