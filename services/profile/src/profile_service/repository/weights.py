"""Counts the facts behind each figure by month, programme and file: what companies may know."""

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.disclosure.lattice import Place
from profile_service.feeding import BEFORE, FEEDS, feeds
from profile_service.inputs import Window
from profile_service.pooling import Source
from profile_service.repository.arrays import array
from profile_service.repository.counted import COUNTED

_BITS = {metric: bits for metric, bits in FEEDS.items() if not bits & BEFORE}

_BY_MONTH = """
    SELECT c.feeds, to_char(c.occurred_at AT TIME ZONE CAST(:zone AS text), 'YYYY-MM'), c.program,
        count(*)
    FROM ({counted}) c GROUP BY 1, 2, 3
"""
_KINDS = text(_BY_MONTH.format(counted=COUNTED))

_BY_FILE = """
    SELECT m.metric, c.import_id, count(*),
        count(DISTINCT coalesce(p.canonical_id, c.participant_id))
    FROM ({counted}) c
    JOIN unnest(CAST(:metrics AS text[]), CAST(:bits AS int[])) AS m (metric, bits)
        ON c.feeds & m.bits > 0
    LEFT JOIN program.canonical_persons p ON p.source_id = c.participant_id
    GROUP BY m.metric, c.import_id
"""
_SOURCES = text(_BY_FILE.format(counted=COUNTED))

_ANYTHING = text("""
    SELECT EXISTS (SELECT FROM program.attributions
        WHERE company_id = :company AND occurred_at >= :start AND occurred_at < :end)
""")


async def facts_by_month(
    session: AsyncSession, window: Window, zone: ZoneInfo
) -> dict[str, dict[Place, int]]:
    """The facts behind each figure that counts facts, by month and programme."""
    found: dict[str, dict[Place, int]] = {metric: {} for metric in _BITS}
    bound = _own(window) | {"zone": zone.key}
    for bits, month, program, facts in await session.execute(_KINDS, bound):
        place = Place(month, program)
        for metric in _BITS:
            if feeds(bits, metric):
                found[metric][place] = found[metric].get(place, 0) + facts
    return found


async def sources_by_metric(session: AsyncSession, window: Window) -> dict[str, list[Source]]:
    """The imports behind each figure with their facts and distinct participants."""
    found: dict[str, list[Source]] = {}
    bound = _own(window) | {"metrics": array(_BITS), "bits": array(_BITS.values())}
    for metric, *source in await session.execute(_SOURCES, bound):
        found.setdefault(metric, []).append(Source(*source))
    return found


async def counts_anything(session: AsyncSession, company_id: UUID, window: Window) -> bool:
    """Whether any fact counts for the company in these days."""
    bound = window.bound | {"company": company_id}
    return bool((await session.execute(_ANYTHING, bound)).scalar_one())


def _own(window: Window) -> dict[str, object]:
    """Without the period before."""
    return window.bound | {"since": window.start}
