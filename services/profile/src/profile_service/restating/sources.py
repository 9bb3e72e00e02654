"""The files behind a figure as a company may know of them, fixed when the figure is released.

Files are told apart once: in a quarter's first release. Told by month or programme as well, or
again after a restatement, they could be subtracted from one another.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.companies import Figuring
from profile_service.computing import Cell
from profile_service.disclosure.lattice import Place
from profile_service.facts import Json
from profile_service.inputs import ALL_PROGRAMS, Window
from profile_service.periods import parse_period
from profile_service.pooling import Source, pool_one_more, split_small
from profile_service.repository import figures as repository
from profile_service.repository import weights

Released = tuple[Place, str]


async def sources_of(
    session: AsyncSession,
    figuring: Figuring,
    company_id: UUID,
    released: Collection[Released],
    first: Collection[Released],
) -> dict[Released, Json]:
    """What a trace will say of each of these figures; `first` were never shown before."""
    found: dict[Released, Json] = {}
    for place in sorted({place for place, _ in released}):
        cell = Cell(company_id, parse_period(place.period), place.program)
        window = cell.window(figuring.zone)
        by_metric = await weights.sources_by_metric(session, window)
        for metric in sorted(name for at, name in released if at == place):
            sources = by_metric.get(metric, [])
            told = _is_told_apart(place) and (place, metric) in first
            large, small = (
                await split_sources(session, window, metric, sources, figuring.smallest_group)
                if told
                else ([], sources)
            )
            found[place, metric] = _written(large, small)
    return found


async def split_sources(
    session: AsyncSession, window: Window, metric: str, sources: Sequence[Source], smallest: int
) -> tuple[list[Source], list[Source]]:
    """The sources to show by themselves, and those to pool: together of `smallest` people."""
    large, small = split_small(sources, smallest)
    if small:
        together = await repository.people_of_sources(session, window, metric, small)
        if together < smallest:
            return pool_one_more(large, small)
    return large, small


def _is_told_apart(place: Place) -> bool:
    return "Q" in place.period and place.program == ALL_PROGRAMS


def _written(large: Sequence[Source], small: Sequence[Source]) -> Json:
    items = [
        {"import_id": str(one.import_id) if one.import_id else None, "facts": one.facts}
        for one in large
    ]
    pooled = {"sources": len(small), "facts": sum(one.facts for one in small)} if small else None
    return {"items": items, "pooled": pooled}
