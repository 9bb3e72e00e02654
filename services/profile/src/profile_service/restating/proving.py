"""Computes every kept figure anew from the facts, and says which of them would be another."""

import asyncio
import hashlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.computing import Cell, compute
from profile_service.disclosure.lattice import Place
from profile_service.figures import Figure
from profile_service.periods import parse_period
from profile_service.repository import kept, marks, periods, plans, projection
from profile_service.repository.kept import Kept
from profile_service.restating.keeper import Keeper
from profile_service.restating.keeping import said, touched_periods
from profile_service.schemas import MetricsProof, ProvedMetric
from shared_utils.db import Database

MOST_NAMED = 100
"""Differing figures that a proof names; all of them are counted."""


@dataclass(slots=True)
class _Found:
    """What was compared so far; the digests are over all compared figures, in order."""

    recomputed: int = 0
    pending: int = 0
    differing: list[ProvedMetric] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    def compare(self, company_id: UUID, held: Kept, now: Figure | None) -> None:
        place, name = held.place, held.figure.name
        about = f"{company_id}|{place.period}|{place.program}|{name}"
        stood, stands = said(held.figure), now and said(now)
        self.recomputed += 1
        self.before.append(f"{about}|{stood}")
        self.after.append(f"{about}|{stands}")
        if stood != stands:
            named = {"period": place.period, "program": place.program, "metric": name}
            self.differing.append(ProvedMetric(company_id=company_id, **named))

    def add(self, other: "_Found") -> None:
        self.recomputed += other.recomputed
        self.pending += other.pending
        self.differing += other.differing
        self.before += other.before
        self.after += other.after

    def proof(self) -> MetricsProof:
        return MetricsProof(
            recomputed=self.recomputed,
            equal=self.recomputed - len(self.differing),
            pending=self.pending,
            differing=self.differing[:MOST_NAMED],
            digest_before=_digest(self.before),
            digest_after=_digest(self.after),
        )


@dataclass(frozen=True, slots=True)
class Prover:
    """Proves kept figures, company by company, each year of it at one moment of the facts.

    Notes of stale months are settled first, as the job would. What differs is looked at again
    after a pause: facts are written before their events come, which note what they change.
    """

    database: Database
    keeper: Keeper
    tries: int = 3
    pause_seconds: float = 3.0

    async def prove(self) -> MetricsProof:
        """Recompute and compare everything that is kept; changes nothing that isn't stale."""
        async with self.database.read() as session:
            years = await kept.kept_years(session)
        found = _Found()
        for company_id, its in _by_company(years).items():
            found.add(await self._company(company_id, its))
        return found.proof()

    async def _company(self, company_id: UUID, years: list[str]) -> _Found:
        found = await self._once(company_id, years)
        for _ in range(self.tries - 1):
            if not found.differing:
                break
            await asyncio.sleep(self.pause_seconds)
            found = await self._once(company_id, years)
        return found

    async def _once(self, company_id: UUID, years: list[str]) -> _Found:
        async with self.database.read() as session:
            is_stale = bool(await marks.stale_months(session, company_id))
        if is_stale:
            async with self.database.work() as work:
                await self.keeper.catch_up(work, company_id)
        found = _Found()
        for year in years:
            async with self.database.read() as session:
                await plans.hold_moment(session)
                found.add(await self._year(session, company_id, year))
        return found

    async def _year(self, session: AsyncSession, company_id: UUID, year: str) -> _Found:
        found = _Found()
        months = await marks.stale_months(session, company_id)
        stale = touched_periods(months).get(year, set())
        held = await kept.held_in_year(session, company_id, year)
        for place, each in sorted(held.items()):
            if place.period in stale:
                found.pending += len(each)
            else:
                found.add(await self._place(session, company_id, place, each))
        return found

    async def _place(
        self, session: AsyncSession, company_id: UUID, place: Place, held: dict[str, Kept]
    ) -> _Found:
        found, figuring = _Found(), self.keeper.figuring
        cell = Cell(company_id, parse_period(place.period), place.program)
        figures = await compute(session, cell, zone=figuring.zone, key=figuring.key)
        now = {one.name: one for one in figures}
        for name in sorted(held):
            found.compare(company_id, held[name], now.get(name))
        if found.differing and await self._is_unsettled(session, cell):
            return _Found(pending=found.recomputed)
        return found

    async def _is_unsettled(self, session: AsyncSession, cell: Cell) -> bool:
        """Whether events of the cell's facts, or of those it looks back at, are on their way."""
        generation = (await projection.generations(session)).active
        window = cell.window(self.keeper.figuring.zone)
        looked_back = replace(window, start=window.since or window.start)
        return await periods.events_are_missing(session, looked_back, generation)


def _by_company(years: list[tuple[UUID, str]]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    for company_id, year in years:
        found[company_id].append(year)
    return found


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
