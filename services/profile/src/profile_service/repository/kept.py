"""Keeps figures: as they were at every closing and restatement, and which a company was shown."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.disclosure.lattice import Place
from profile_service.facts import Json
from profile_service.figures import Coverage, Figure
from profile_service.repository.arrays import array

OPEN_REVISION = 0
"""What was computed of a period that is open yet; it is replaced, never restated."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A revision of a figure; `sources`: the files it came from, as they were when released."""

    place: Place
    figure: Figure
    revision: int
    because: str | None
    computed_at: datetime
    released_at: datetime | None
    sources: Json


_KEEP = text("""
    INSERT INTO insight.metrics_company_period
        (company_id, period, program, metric, revision, value, reason, unit, interval_low,
         interval_high, method, digest, n, status, detail, because)
    SELECT :company, :period, :program, t.metric,
        CASE WHEN :status = 'open' THEN 0 ELSE coalesce((
            SELECT max(h.revision) FROM insight.metrics_company_period h
            WHERE (h.company_id, h.period, h.program, h.metric)
                = (:company, :period, :program, t.metric)), 0) + 1 END,
        t.value, t.reason, t.unit, t.low, t.high, t.method, t.digest, t.n, :status, t.detail,
        :because
    FROM unnest(
        CAST(:names AS text[]), CAST(:values AS double precision[]), CAST(:reasons AS text[]),
        CAST(:units AS text[]), CAST(:lows AS double precision[]),
        CAST(:highs AS double precision[]), CAST(:methods AS text[]), CAST(:digests AS text[]),
        CAST(:ns AS int[]), CAST(:details AS jsonb[]))
        AS t (metric, value, reason, unit, low, high, method, digest, n, detail)
    ON CONFLICT (company_id, period, metric, program, revision) DO UPDATE SET
        value = excluded.value, reason = excluded.reason, interval_low = excluded.interval_low,
        interval_high = excluded.interval_high, method = excluded.method,
        digest = excluded.digest, n = excluded.n, detail = excluded.detail, computed_at = now()
    WHERE excluded.revision = 0
""")

_FORGET_OPEN = text("""
    DELETE FROM insight.metrics_company_period
    WHERE company_id = :company AND period = ANY(CAST(:periods AS text[])) AND revision = 0
        AND CAST(:program AS text) IN ('all', program)
""")

_OPEN = text("""
    SELECT m.* FROM insight.metrics_company_period m
    WHERE company_id = :company AND period = :period AND program = :program AND revision = 0
""")

_NEWEST = text("""
    SELECT DISTINCT ON (period, program, metric) m.*
    FROM insight.metrics_company_period m
    WHERE company_id = :company AND period = ANY(CAST(:periods AS text[])) AND revision > 0
        AND (released_at IS NOT NULL OR NOT :released)
    ORDER BY period, program, metric, revision DESC
""")

_YEARS = text("""
    SELECT DISTINCT company_id, left(period, 4) FROM insight.metrics_company_period ORDER BY 1, 2
""")

_IN_YEAR = text("""
    SELECT DISTINCT ON (period, program, metric) m.*
    FROM insight.metrics_company_period m
    WHERE company_id = :company AND left(period, 4) = :year
    ORDER BY period, program, metric, revision DESC
""")

_RELEASE = text("""
    UPDATE insight.metrics_company_period m
    SET released_at = now(), detail = m.detail || t.sources
    FROM unnest(CAST(:periods AS text[]), CAST(:programs AS text[]), CAST(:metrics AS text[]),
        CAST(:sources AS jsonb[])) AS t (period, program, metric, sources)
    WHERE m.company_id = :company
        AND (m.period, m.program, m.metric) = (t.period, t.program, t.metric)
        AND m.revision = (
            SELECT max(h.revision) FROM insight.metrics_company_period h
            WHERE (h.company_id, h.period, h.program, h.metric)
                = (m.company_id, m.period, m.program, m.metric))
""")

_HISTORY = text("""
    SELECT m.* FROM insight.metrics_company_period m
    WHERE company_id = :company AND revision > 0 AND (released_at IS NOT NULL OR NOT :released)
        AND (CAST(:period AS text) IS NULL OR period = :period)
        AND (CAST(:program AS text) IS NULL OR program = :program)
    ORDER BY period, program, metric, revision
""")


@dataclass(frozen=True, slots=True)
class Restatement:
    """A figure that took another's place."""

    old: Kept
    new: Kept

    @property
    def key(self) -> tuple[datetime, str]:
        """Where it stands among others, by time."""
        new = self.new
        name = f"{new.place.period}|{new.place.program}|{new.figure.name}|{new.revision:06}"
        return new.released_at or new.computed_at, name


async def keep(
    session: AsyncSession,
    company_id: UUID,
    place: Place,
    figures: Sequence[Figure],
    *,
    status: str,
    because: str | None = None,
) -> None:
    """Keep figures as their next revision; of an open period in place of what was kept of it."""
    if status == "open":
        await forget_open(session, company_id, [place.period], place.program)
    bound = {
        "company": company_id,
        "period": place.period,
        "program": place.program,
        "names": [one.name for one in figures],
        "values": [None if one.value is None else float(one.value) for one in figures],
        "reasons": [one.reason for one in figures],
        "units": [one.unit for one in figures],
        "lows": [one.interval[0] if one.interval else None for one in figures],
        "highs": [one.interval[1] if one.interval else None for one in figures],
        "methods": [one.method for one in figures],
        "digests": [one.digest or "" for one in figures],
        "ns": [one.n for one in figures],
        "details": [_detail(one) for one in figures],
        "status": status,
        "because": because,
    }
    await session.execute(_KEEP, bound)


async def forget_open(
    session: AsyncSession, company_id: UUID, periods: Collection[str], program: str = "all"
) -> None:
    """Forget what was computed of open periods; for `all`, of every programme."""
    bound = {"company": company_id, "periods": array(periods), "program": program}
    await session.execute(_FORGET_OPEN, bound)


async def open_figures(session: AsyncSession, company_id: UUID, place: Place) -> list[Figure]:
    """What was last computed of an open period, if anything was."""
    bound = {"company": company_id, "period": place.period, "program": place.program}
    return [_kept(row).figure for row in await session.execute(_OPEN, bound)]


async def newest(
    session: AsyncSession, company_id: UUID, periods: Collection[str], *, released: bool = False
) -> dict[Place, dict[str, Kept]]:
    """The newest revision of each figure by place and name, or the newest that was shown."""
    bound = {"company": company_id, "periods": array(periods), "released": released}
    found: dict[Place, dict[str, Kept]] = {}
    for row in await session.execute(_NEWEST, bound):
        one = _kept(row)
        found.setdefault(one.place, {})[one.figure.name] = one
    return found


async def kept_years(session: AsyncSession) -> list[tuple[UUID, str]]:
    """The companies and years of which any figure is kept, in order."""
    return [(company_id, year) for company_id, year in await session.execute(_YEARS)]


async def held_in_year(
    session: AsyncSession, company_id: UUID, year: str
) -> dict[Place, dict[str, Kept]]:
    """What stands of each figure of a year, open periods' included, by place and name."""
    found: dict[Place, dict[str, Kept]] = {}
    for row in await session.execute(_IN_YEAR, {"company": company_id, "year": year}):
        one = _kept(row)
        found.setdefault(one.place, {})[one.figure.name] = one
    return found


async def release(
    session: AsyncSession, company_id: UUID, chosen: Mapping[tuple[Place, str], Json]
) -> None:
    """Show the newest revision of these figures from now on, each with its sources."""
    bound = {
        "company": company_id,
        "periods": array(place.period for place, _ in chosen),
        "programs": array(place.program for place, _ in chosen),
        "metrics": array(metric for _, metric in chosen),
        "sources": [json.dumps({"sources": one} if one else {}) for one in chosen.values()],
    }
    await session.execute(_RELEASE, bound)


async def restatements(
    session: AsyncSession,
    company_id: UUID,
    *,
    period: str | None = None,
    program: str | None = None,
    released: bool,
) -> list[Restatement]:
    """Every figure that took another's place, newest first; or of those that were shown."""
    bound = {"company": company_id, "period": period, "program": program, "released": released}
    history = [_kept(row) for row in await session.execute(_HISTORY, bound)]
    found = [
        Restatement(old, new)
        for old, new in pairwise(history)
        if (old.place, old.figure.name) == (new.place, new.figure.name)
    ]
    return sorted(found, key=lambda one: one.key, reverse=True)


def _kept(row: Row[Any]) -> Kept:
    detail = row.detail
    figure = Figure(
        name=row.metric,
        unit=row.unit,
        method=row.method,
        value=row.value,
        reason=row.reason,
        interval=None if row.interval_low is None else (row.interval_low, row.interval_high),
        digest=row.digest,
        n=row.n,
        coverage=Coverage(**detail["coverage"]) if "coverage" in detail else None,
        smallest_group=detail.get("smallest_group"),
        published=detail.get("published", True),
        detail=detail.get("detail"),
    )
    place = Place(row.period, row.program)
    return Kept(
        place,
        figure,
        row.revision,
        row.because,
        row.computed_at,
        row.released_at,
        detail.get("sources"),
    )


def _detail(figure: Figure) -> str:
    """What a figure is beside its numbers; what says nothing is left out."""
    coverage = figure.coverage
    kept = {
        "coverage": coverage and {"facts": coverage.facts, "complete": coverage.complete},
        "smallest_group": figure.smallest_group,
        "published": None if figure.published else False,
        "detail": figure.detail,
    }
    return json.dumps({name: it for name, it in kept.items() if it is not None})
