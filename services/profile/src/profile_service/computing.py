"""Computes a company's figures of one period and programme from the facts as they stand."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.figures import Figure
from profile_service.impact.assumptions import book
from profile_service.impact.retention import before
from profile_service.inputs import ALL_PROGRAMS, Inputs, Put, Window
from profile_service.metrics import figures
from profile_service.periods import Period
from profile_service.repository import figures as repository
from profile_service.repository.references import references
from profile_service.repository.scores import scored


@dataclass(frozen=True, slots=True)
class Cell:
    """What a set of figures is about; `program` is one programme or `all`."""

    company_id: UUID
    period: Period
    program: str = ALL_PROGRAMS

    def window(self, zone: ZoneInfo) -> Window:
        """Its instants in the programme's time zone."""
        start, end = self.period.bounds(zone)
        since, _ = before(self.period).bounds(zone)
        return Window(self.company_id, start, end, self.program, since)


async def compute(session: AsyncSession, cell: Cell, *, zone: ZoneInfo, key: bytes) -> list[Figure]:
    """Every figure of a cell, in the order of METRICS, with digests that may leave.

    Works through the tenant's login and through the worker's alike, and says nothing of closed
    periods or of who may see what.
    """
    inputs = await inputs_of(session, cell, zone=zone)
    return await asyncio.to_thread(figures, inputs, cell.period, key)


async def inputs_of(session: AsyncSession, cell: Cell, *, zone: ZoneInfo) -> Inputs:
    """What a cell's figures are made of."""
    window, period = cell.window(zone), cell.period
    return Inputs(
        put=await _put(session, cell, window),
        counted=await repository.counted(session, window, with_pairs=period.is_quarter),
        scored=await scored(session, window),
    )


async def _put(session: AsyncSession, cell: Cell, window: Window) -> Put:
    first, following = cell.period.first_day, cell.period.next_day
    known = await references(session)
    return Put(
        first_day=first,
        next_day=following,
        costs=await repository.costs(session, window, first, following),
        book=book(known, following - timedelta(days=1)),
        country=await repository.country(session, cell.company_id),
    )
