"""The scores that count in a company's figures: the active model's, as reviewers left them.

A text counts for a dimension if the fact that holds it counts for the company, and its author is
the fact's participant. A reviewer's verdict replaces the model's value, with full confidence;
a rejected score says nothing, nor does one without calibrated confidence.
"""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.impact.changes import Point, change
from profile_service.inputs import Participant, Scored, Window
from profile_service.repository.consents import scores_that_count
from profile_service.repository.counted import lanes
from profile_service.setdigest import SetDigest
from profile_service.statistics import Cluster

_JUDGED = """
    SELECT a.fact_type, a.fact_id, a.occurred_at AS happened_at, o.score_id, o.text_id, o.dimension,
        o.model_id, m.published, o.occurred_at,
        coalesce(p.canonical_id, a.participant_id) AS participant,
        o.score AS model_value, v.decision, v.override_id,
        CASE WHEN v.decision = 'correct' THEN v.value WHEN v.decision = 'reject' THEN NULL
            ELSE o.score END AS value,
        CASE WHEN v.decision IN ('correct', 'accept') THEN 1 ELSE o.confidence END AS confidence,
        CASE WHEN v.decision = 'correct' THEN v.value ELSE o.interval_low END AS low,
        CASE WHEN v.decision = 'correct' THEN v.value ELSE o.interval_high END AS high,
        CASE WHEN v.decision = 'reject' THEN 'rejected' WHEN v.decision = 'correct' THEN NULL
            WHEN o.score IS NULL THEN o.abstention_reason
            WHEN v.decision IS NULL AND coalesce(o.confidence, 0) = 0 THEN 'no_confidence'
            END AS reason
    FROM program.attributions a
    JOIN insight.outcome_scores o ON o.fact_type = a.fact_type AND o.fact_id = a.fact_id
    JOIN insight.model_assignments m ON m.dimension = o.dimension AND m.model_id = o.model_id
        AND m.role = 'active' AND m.ended_at IS NULL
    LEFT JOIN program.canonical_persons p ON p.source_id = a.participant_id
    LEFT JOIN program.canonical_persons w ON w.source_id = o.person_id
    LEFT JOIN LATERAL (
        SELECT decision, value, override_id FROM insight.score_overrides s
        WHERE s.score_id = o.score_id ORDER BY created_at DESC, override_id DESC LIMIT 1
    ) v ON true
    WHERE a.company_id = :company AND a.occurred_at >= :start AND a.occurred_at < :end
        AND :program IN ('all', a.program)
        AND coalesce(w.canonical_id, o.person_id) = coalesce(p.canonical_id, a.participant_id)
        AND {counts}
"""

JUDGED = _JUDGED.format(counts=scores_that_count("o"))
"""Binds :company, :start, :end and :program; `reason` says why a score does not count."""

_QUERY = """
    WITH judged AS MATERIALIZED (
        SELECT j.*, sha256(convert_to(concat_ws('|', j.fact_type, j.dimension, j.model_id,
            date_part('epoch', j.occurred_at), encode(x.body_hmac, 'hex'),
            coalesce(CAST(j.value AS text), ''), coalesce(CAST(j.confidence AS text), ''),
            coalesce(CAST(j.low AS text), ''), coalesce(CAST(j.high AS text), ''),
            coalesce(j.decision, ''), coalesce(j.reason, '')), 'UTF8')) AS hash
        FROM ({judged}) j LEFT JOIN pii.texts x ON x.text_id = j.text_id
    ),
    moments AS (
        SELECT participant, dimension, occurred_at,
            sum(CAST(round(CAST(confidence * value * 1e6 AS numeric)) AS bigint)) AS told,
            sum(CAST(round(CAST(confidence * 1e6 AS numeric)) AS bigint)) AS weight,
            sum(CAST(round(CAST(confidence * confidence * 1e6 AS numeric)) AS bigint)) AS squares,
            sum(CAST(round(CAST((confidence * (value - low)) ^ 2 * 1e9 AS numeric)) AS bigint))
                AS below,
            sum(CAST(round(CAST((confidence * (high - value)) ^ 2 * 1e9 AS numeric)) AS bigint))
                AS above,
            bool_and(low IS NOT NULL AND high IS NOT NULL) AS bounded
        FROM judged WHERE reason IS NULL
        GROUP BY participant, dimension, occurred_at
    ),
    ordered AS (
        SELECT *, row_number() OVER (PARTITION BY participant, dimension
                ORDER BY occurred_at) AS nth,
            count(*) OVER (PARTITION BY participant, dimension) AS moments
        FROM moments
    ),
    ends AS (
        SELECT participant, dimension, sum(told) AS told, sum(weight) AS weight,
            jsonb_agg(jsonb_build_array(told, weight, squares, below, above, bounded)
                ORDER BY nth) FILTER (WHERE moments > 1 AND nth IN (1, moments)) AS points
        FROM ordered GROUP BY participant, dimension
    ),
    kinds AS (
        SELECT dimension, model_id, published, reason, count(*) AS texts, {lanes}
        FROM judged GROUP BY dimension, model_id, published, reason
    )
    SELECT
        (SELECT jsonb_agg(jsonb_build_array(dimension, model_id, published, reason, texts,
            CAST(lane_1 AS text), CAST(lane_2 AS text), CAST(lane_3 AS text),
            CAST(lane_4 AS text))) FROM kinds),
        (SELECT jsonb_agg(jsonb_build_array(dimension, participant, told, weight, points))
            FROM ends)
"""

_SCORED = text(_QUERY.format(judged=JUDGED, lanes=lanes()))
"""Sums are of whole numbers, so that no order of the rows changes a digit."""


async def scored(session: AsyncSession, window: Window) -> dict[str, Scored]:
    """By dimension what the active models said; a dimension without any is left out."""
    kinds, ends = (await session.execute(_SCORED, window.bound)).one()
    people: dict[str, list[Participant]] = {}
    for dimension, participant, told, weight, points in ends or ():
        cluster = Cluster(told, weight)
        moved = _change(points, dimension) if points else None
        people.setdefault(dimension, []).append(Participant(participant, cluster, moved))
    found = {kind[0] for kind in kinds or ()}
    return {
        name: _scored([kind for kind in kinds if kind[0] == name], people.get(name, []))
        for name in sorted(found)
    }


def _scored(kinds: list[list[Any]], people: list[Participant]) -> Scored:
    dimension, model_id, published = kinds[0][:3]
    digest = SetDigest.union(SetDigest.of(map(int, kind[5:])) for kind in kinds)
    ordered = sorted(people, key=lambda one: (one.cluster, one.participant))
    return Scored(
        dimension=dimension,
        model_id=model_id,
        published=published,
        texts=sum(kind[4] for kind in kinds),
        reasons={kind[3]: kind[4] for kind in kinds if kind[3]},
        participants=ordered,
        digest=digest.told(dimension, *(f"{c.total}:{c.count}" for c in _clusters(ordered))),
    )


def _clusters(people: list[Participant]) -> list[Cluster]:
    return [one.cluster for one in people]


def _change(points: list[list[Any]], dimension: str) -> Any:
    first, last = (_point(*point) for point in points)
    return change(first, last, dimension)


def _point(
    told: int, weight: int, squares: int, below: int | None, above: int | None, bounded: bool
) -> Point:
    value, confidence = told / weight, squares / weight
    if not bounded or below is None or above is None:
        return Point(value, confidence)
    scale = 1e6 / weight / 1e9**0.5
    return Point(value, confidence, value - below**0.5 * scale, value + above**0.5 * scale)
