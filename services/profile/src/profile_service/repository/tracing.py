"""Reads what lies behind a figure of scores: the scores, their sentences, and the costs' rows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.inputs import Window
from profile_service.pooling import Source
from profile_service.repository.counted import COUNTED
from profile_service.repository.scores import JUDGED


@dataclass(frozen=True, slots=True)
class TracedScore:
    """A score as it counts, beside what the model said; where its text came from."""

    score_id: UUID
    text_id: UUID
    dimension: str
    participant_id: UUID
    value: float | None
    model_value: float | None
    confidence: float | None
    low: float | None
    high: float | None
    decision: str | None
    reason: str | None
    model_id: str
    occurred_at: datetime
    fact_type: str
    fact_id: UUID
    import_id: UUID | None
    row: int | None
    mapping_version: str | None


@dataclass(frozen=True, slots=True)
class Sentence:
    """Where in a text a score has its reason; the words while the text is there."""

    score_id: UUID
    start: int
    end: int
    sha256: str
    quote: str | None


@dataclass(frozen=True, slots=True)
class TracedCost:
    """What a company put in, and the row that says so."""

    cost_id: UUID
    program: str
    period: str
    cash: Decimal
    in_kind: Decimal
    currency: str
    import_id: UUID | None
    row: int | None


_FROM = """
    FROM ({judged}) j
    JOIN ({counted}) c ON c.fact_type = j.fact_type AND c.fact_id = j.fact_id
    WHERE j.dimension = ANY(CAST(:dimensions AS text[]))
"""
_BEHIND = _FROM.format(judged=JUDGED, counted=COUNTED)

_LIST = """
    SELECT j.score_id, j.text_id, j.dimension, j.participant, j.value, j.model_value, j.confidence,
        j.low, j.high, j.decision, j.reason, j.model_id, j.occurred_at, j.fact_type, j.fact_id,
        c.import_id, c.row_no, c.mapping_version
    {behind}
        AND (CAST(:at AS timestamptz) IS NULL OR (j.occurred_at, j.dimension, j.score_id)
            > (CAST(:at AS timestamptz), CAST(:after_dimension AS text), CAST(:score AS uuid)))
    ORDER BY j.occurred_at, j.dimension, j.score_id LIMIT :limit
"""
_SCORES = text(_LIST.format(behind=_BEHIND))

_BY_SOURCE = """
    SELECT c.import_id, count(*), count(DISTINCT j.participant) {behind} GROUP BY c.import_id
"""
_SOURCES = text(_BY_SOURCE.format(behind=_BEHIND))

_OF_SOURCES = """
    SELECT count(DISTINCT j.participant) {behind}
        AND (c.import_id = ANY(CAST(:imports AS uuid[])) OR (:elsewhere AND c.import_id IS NULL))
"""
_PEOPLE = text(_OF_SOURCES.format(behind=_BEHIND))

_SENTENCES = text("""
    SELECT e.score_id, e.start_at, e.end_at, encode(e.sha256, 'hex'),
        substr(t.body, e.start_at + 1, e.end_at - e.start_at)
    FROM insight.evidence_snippets e LEFT JOIN pii.texts t ON t.text_id = e.text_id
    WHERE e.score_id = ANY(CAST(:scores AS uuid[]))
    ORDER BY e.score_id, e.start_at, e.end_at
""")

_COSTS = text("""
    SELECT cost_id, program, period, cash, in_kind, currency, import_id, row_no
    FROM program.program_costs
    WHERE company_id = :company AND :program IN ('all', program)
        AND starts_on < CAST(:next_day AS date) AND ends_on > CAST(:first_day AS date)
    ORDER BY program, starts_on, period
""")

_LOOKED = text("""
    INSERT INTO insight.access_log
        (person_id, actor, role, company_id, action, object, correlation_id)
    SELECT person, :actor, :role, :company, 'trace', :object, :correlation
    FROM unnest(CAST(:persons AS uuid[])) AS p (person)
""")


async def scores(
    session: AsyncSession,
    window: Window,
    dimensions: Sequence[str],
    after: tuple[datetime, str, UUID] | None,
    limit: int,
) -> list[TracedScore]:
    """The scores of these dimensions, oldest first, counting or not, from after the given one."""
    at, dimension, score = after or (None, None, None)
    place = {"at": at, "after_dimension": dimension, "score": score, "limit": limit}
    found = await session.execute(_SCORES, _bound(window, dimensions) | place)
    return [TracedScore(*row) for row in found]


async def sources(session: AsyncSession, window: Window, dimensions: Sequence[str]) -> list[Source]:
    """The imports of the texts that were scored, with the scores and distinct participants."""
    found = await session.execute(_SOURCES, _bound(window, dimensions))
    return [Source(*row) for row in found]


async def people_of_sources(
    session: AsyncSession, window: Window, dimensions: Sequence[str], pooled: Sequence[Source]
) -> int:
    """The distinct participants whose scored texts come from these imports together."""
    bound = _bound(window, dimensions) | {
        "imports": [one.import_id for one in pooled if one.import_id],
        "elsewhere": any(one.import_id is None for one in pooled),
    }
    return int((await session.execute(_PEOPLE, bound)).scalar_one())


async def sentences(
    session: AsyncSession, score_ids: Collection[UUID]
) -> dict[UUID, list[Sentence]]:
    """The sentences behind scores, with their words; needs the worker's login."""
    found: dict[UUID, list[Sentence]] = {}
    for row in await session.execute(_SENTENCES, {"scores": list(score_ids)}):
        found.setdefault(row[0], []).append(Sentence(*row))
    return found


async def costs(session: AsyncSession, window: Window, **days: Any) -> list[TracedCost]:
    """The costs whose days touch [first_day, next_day), with their rows."""
    found = await session.execute(_COSTS, window.bound | days)
    return [TracedCost(*row) for row in found]


async def log_looked(
    session: AsyncSession, persons: Collection[UUID], **by: str | UUID | None
) -> None:
    """Record whose words and scores were looked at behind a figure."""
    await session.execute(_LOOKED, {"persons": sorted(persons), **by})


def _bound(window: Window, dimensions: Sequence[str]) -> dict[str, object]:
    return window.bound | {"since": window.start, "dimensions": list(dimensions)}
