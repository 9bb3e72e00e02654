"""Reads a person's profile and timeline out of the projection, each in one statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.facts import Json

_PROFILE = text("""
    WITH now AS (
        SELECT active_generation AS generation FROM insight.projection_state
        WHERE name = 'profile'
    ), mine AS MATERIALIZED (
        SELECT f.fact_type, f.fact_id, f.occurred_at, f.state, f.event_id,
            f.participant_id = ANY(CAST(:sources AS uuid[])) AS takes_part,
            f.volunteer_id = ANY(CAST(:sources AS uuid[])) AS helps
        FROM insight.profile_facts f JOIN now USING (generation)
        WHERE NOT f.retracted AND (f.participant_id = ANY(CAST(:sources AS uuid[]))
            OR f.volunteer_id = ANY(CAST(:sources AS uuid[])))
    )
    SELECT
        (SELECT array_remove(ARRAY[
                CASE WHEN bool_or(takes_part) THEN 'participant' END,
                CASE WHEN bool_or(helps) THEN 'volunteer' END], NULL)
            FROM mine WHERE fact_type NOT IN ('outcome_score', 'score_override')) AS kinds,
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'provider', provider, 'external_id', external_id)
                ORDER BY provider, external_id), '[]')
            FROM pii.external_ids
            WHERE person_id = ANY(CAST(:sources AS uuid[]))) AS external_ids,
        (SELECT coalesce(jsonb_object_agg(flag, jsonb_build_object('value', value, 'since', since,
                'because', jsonb_build_object('event_id', event_id, 'type', event_type))
                || CASE WHEN overridden_by IS NULL THEN '{}'
                    ELSE jsonb_build_object('overridden_by', overridden_by, 'reason', reason) END
                ), '{}')
            FROM (
                SELECT DISTINCT ON (p.flag) p.* FROM insight.profile_flags p, now
                WHERE p.person_id = :person AND p.generation IN (0, now.generation)
                ORDER BY p.flag, p.generation
            ) f) AS flags,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('milestone', milestone,
                'reached_at', reached_at,
                'because', jsonb_build_object('event_id', event_id, 'type', event_type))
                ORDER BY reached_at, milestone), '[]')
            FROM insight.milestones WHERE person_id = :person) AS milestones,
        (SELECT coalesce(jsonb_agg(
                jsonb_build_object('enrollment_id', fact_id) || (state - 'import_id')
                ORDER BY occurred_at, fact_id), '[]')
            FROM mine WHERE fact_type = 'enrollment' AND takes_part) AS enrollments,
        (SELECT coalesce(jsonb_object_agg(session_type, totals), '{}')
            FROM (
                SELECT state->>'session_type' AS session_type, jsonb_build_object(
                    'completed', count(*) FILTER (WHERE state->>'status' = 'completed'),
                    'scheduled', count(*) FILTER (WHERE state->>'status' = 'scheduled'),
                    'minutes', coalesce(sum(CAST(state->>'duration_minutes' AS int))
                        FILTER (WHERE state->>'status' = 'completed'), 0)) AS totals
                FROM mine WHERE fact_type = 'kintell_session' GROUP BY 1
            ) s) AS sessions,
        (SELECT jsonb_build_object(
                'matches', count(*) FILTER (WHERE fact_type = 'buddy_match'),
                'active_matches', count(*) FILTER (
                    WHERE fact_type = 'buddy_match' AND state->>'status' = 'active'),
                'events', count(*) FILTER (WHERE fact_type = 'buddy_event'),
                'checkins', count(*) FILTER (WHERE fact_type = 'buddy_checkin'),
                'feedback', count(*) FILTER (WHERE fact_type = 'buddy_feedback'),
                'minutes', coalesce(sum(CAST(state->>'duration_minutes' AS int))
                    FILTER (WHERE fact_type = 'buddy_event'), 0))
            FROM mine) AS buddy,
        (SELECT jsonb_build_object(
                'courses', count(*) FILTER (WHERE fact_type = 'learning_progress'),
                'completed', count(*) FILTER (
                    WHERE fact_type = 'learning_progress' AND state->>'status' = 'completed'),
                'credentials', count(*) FILTER (WHERE fact_type = 'credential'))
            FROM mine) AS learning,
        (SELECT coalesce(jsonb_agg(state || jsonb_build_object('score_id', fact_id)
                ORDER BY occurred_at, fact_id), '[]')
            FROM mine WHERE fact_type = 'outcome_score' AND NOT EXISTS (
                SELECT FROM insight.profile_facts f JOIN now USING (generation)
                WHERE f.fact_type = mine.state->>'fact_type'
                    AND f.fact_id = CAST(mine.state->>'fact_id' AS uuid) AND f.retracted)
            ) AS scores,
        (SELECT coalesce(jsonb_agg(state ORDER BY fact_id), '[]')
            FROM mine WHERE fact_type = 'score_override') AS overrides,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('purpose', purpose, 'state', state,
                'effective_at', effective_at, 'recorded_at', created_at,
                'recorded_by', recorded_by, 'recorded_role', recorded_role, 'basis', basis,
                'text_version', text_version)
                ORDER BY effective_at DESC, created_at DESC), '[]')
            FROM program.consents WHERE person_id = ANY(CAST(:sources AS uuid[]))) AS consents,
        (SELECT coalesce(jsonb_object_agg(purpose, in_force), '{}')
            FROM program.consents_in_force WHERE person_id = :person) AS in_force
""")

_TIMELINE = text("""
    SELECT coalesce(f.occurred_at, f.received_at) AS at, f.fact_type, f.fact_id, f.event_id,
        f.event_type, f.state
    FROM insight.profile_facts f
    JOIN insight.projection_state s
        ON s.name = 'profile' AND s.active_generation = f.generation
    WHERE NOT f.retracted
        AND (CAST(:only AS text) IS NULL OR f.fact_type = :only)
        AND (f.participant_id = ANY(CAST(:sources AS uuid[]))
            OR f.volunteer_id = ANY(CAST(:sources AS uuid[])))
        AND (CAST(:after_at AS timestamptz) IS NULL
            OR (coalesce(f.occurred_at, f.received_at), f.fact_type, f.fact_id)
                < (:after_at, :after_type, CAST(:after_id AS uuid)))
    ORDER BY 1 DESC, 2 DESC, 3 DESC
    LIMIT :limit
""")

_OVERRIDE = text("""
    INSERT INTO insight.profile_flags
        (generation, person_id, flag, value, since, event_id, event_type, rules_version,
         overridden_by, reason)
    VALUES (0, :person, :flag, CAST(:value AS jsonb), now(), NULL, 'override', :rules_version,
        :actor, :reason)
    ON CONFLICT (generation, person_id, flag) DO UPDATE SET
        value = excluded.value, since = excluded.since, rules_version = excluded.rules_version,
        overridden_by = excluded.overridden_by, reason = excluded.reason
""")

_LIFT = text("""
    DELETE FROM insight.profile_flags
    WHERE generation = 0 AND person_id = :person AND flag = ANY(CAST(:flags AS text[]))
""")


@dataclass(frozen=True, slots=True)
class Held:
    """What the projection holds about a person, in the shapes of JSON."""

    kinds: list[str]
    external_ids: list[dict[str, str]]
    flags: dict[str, dict[str, Json]]
    milestones: list[dict[str, Json]]
    enrollments: list[dict[str, Json]]
    sessions: dict[str, dict[str, int]]
    buddy: dict[str, int]
    learning: dict[str, int]
    scores: list[dict[str, Json]]
    overrides: list[dict[str, Json]]
    consents: list[dict[str, Json]] = field(default_factory=list)
    in_force: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """One fact on a person's timeline; `at` is when it happened, else when it was heard of."""

    at: datetime
    fact_type: str
    fact_id: UUID
    event_id: UUID
    event_type: str
    state: dict[str, Json]


async def held_about(session: AsyncSession, person_id: UUID, sources: Sequence[UUID]) -> Held:
    """Everything that a profile shows beside who the person is."""
    bound = {"person": person_id, "sources": list(sources)}
    return Held(*(await session.execute(_PROFILE, bound)).one())


async def timeline(
    session: AsyncSession,
    sources: Sequence[UUID],
    after: tuple[datetime, str, UUID] | None,
    limit: int,
    only: str | None = None,
) -> list[Moment]:
    """The person's facts, newest first, from after the given one on; of one type, if asked."""
    at, fact_type, fact_id = after or (None, "", UUID(int=0))
    bound = {
        "sources": list(sources),
        "after_at": at,
        "after_type": fact_type,
        "after_id": fact_id,
        "limit": limit,
        "only": only,
    }
    return [Moment(*row) for row in await session.execute(_TIMELINE, bound)]


async def override_flags(
    session: AsyncSession, person_id: UUID, values: Mapping[str, str], **why: Any
) -> None:
    """Set flags by hand to JSON values; `why` holds actor, reason and rules_version."""
    for flag, value in values.items():
        bound = {"person": person_id, "flag": flag, "value": value, **why}
        await session.execute(_OVERRIDE, bound)


async def lift_overrides(session: AsyncSession, person_id: UUID, flags: Collection[str]) -> None:
    """Let the facts speak again for these flags."""
    await session.execute(_LIFT, {"person": person_id, "flags": list(flags)})
