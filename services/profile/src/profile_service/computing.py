"""Computes a company's figures of one period and programme from the facts as they stand."""

import asyncio
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.figures import Figure
from profile_service.inputs import ALL_PROGRAMS, Inputs, Window
from profile_service.metrics import figures
from profile_service.periods import Period
from profile_service.repository import figures as repository


@dataclass(frozen=True, slots=True)
class Cell:
    """What a set of figures is about; `program` is one programme or `all`."""

    company_id: UUID
    period: Period
    program: str = ALL_PROGRAMS

    def window(self, zone: ZoneInfo) -> Window:
        """Its instants in the programme's time zone."""
        return Window(self.company_id, *self.period.bounds(zone), self.program)


async def compute(session: AsyncSession, cell: Cell, *, zone: ZoneInfo, key: bytes) -> list[Figure]:
    """Every figure of a cell, in the order of METRICS, with digests that may leave.

    Works through the tenant's login and through the worker's alike, and says nothing of closed
    periods or of who may see what.
    """
    window = cell.window(zone)
    tallies, ratings = await repository.counted_inputs(session, window)
    costs, scored = await repository.known_inputs(session, window)
    inputs = Inputs(tallies, sorted(ratings), costs, scored)
    return await asyncio.to_thread(figures, inputs, cell.period, key)
