"""The facts that count for a company in a period, each with the figures it is an input of.

One branch a kind of fact, so that each is one join. What a fact hangs on (the session of a rating,
the match of a meeting) is named in its digest only where it counts for the company itself: so
the tenant's login, from which row security hides it elsewhere, gets the digits of the worker's.
"""

from collections.abc import Mapping

from sqlalchemy import DateTime, Integer, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from profile_service.feeding import BEFORE, COUNTS, FEEDS, NO_SHOW, TOLD_BY_OTHERS

_BRANCH = """
    SELECT a.fact_type, a.fact_id, a.occurred_at, a.volunteer AS own, a.sponsor, a.program,
        a.participant_id, a.volunteer_id, {minutes} AS minutes, {value} AS value,
        x.import_id, x.row_no, x.mapping_version,
        (CASE WHEN a.occurred_at < :start THEN {before} ELSE {feeds} END)
            * CASE WHEN x.import_id IN (SELECT i.import_id FROM ops.imports i
                WHERE i.company_id = :company) THEN 1 ELSE {by_others} END AS feeds,
        sha256(convert_to(concat_ws('|', a.fact_type, a.volunteer,
            date_part('epoch', a.occurred_at), {line}), 'UTF8')) AS hash
    FROM program.attributions a
    JOIN program.{table} x ON x.{key} = a.fact_id {parent}
    WHERE a.company_id = :company AND a.fact_type = '{fact_type}'
        AND a.occurred_at >= :since AND a.occurred_at < :end AND :program IN ('all', a.program)
"""

_PARENT = """
    LEFT JOIN (program.attributions pa JOIN program.{table} p ON p.{key} = pa.fact_id)
        ON pa.company_id = :company AND pa.fact_type = '{fact_type}' AND pa.fact_id = x.{key}
"""
_SESSION = _PARENT.format(table="kintell_sessions", key="session_id", fact_type="kintell_session")
_MATCH = _PARENT.format(table="buddy_matches", key="match_id", fact_type="buddy_match")

_MET = "x.status = 'completed'"
_DUE = (
    "(x.status IN ('completed', 'no_show') OR (x.status = 'cancelled'"
    " AND x.cancelled_at > x.scheduled_at - interval '24 hours'))"
)


def _feeds(conditions: Mapping[int, str]) -> str:
    always = {COUNTS["participants"]: "true", COUNTS["volunteers"]: "a.volunteer"}
    stated = {**always, **conditions}
    return " | ".join(f"CASE WHEN {when} THEN {bit} ELSE 0 END" for bit, when in stated.items())


def _branch(
    fact_type: str,
    table: str,
    key: str,
    line: str,
    conditions: Mapping[int, str] | None = None,
    **more: str,
) -> str:
    bare = {"minutes": "CAST(NULL AS int)", "value": "CAST(NULL AS float8)", "parent": ""}
    return _BRANCH.format(
        **(bare | more),
        fact_type=fact_type,
        table=table,
        key=key,
        line=line,
        before=BEFORE,
        by_others=1 + TOLD_BY_OTHERS,
        feeds=_feeds(conditions or {}),
    )


COUNTED = " UNION ALL ".join(
    [
        _branch(
            "kintell_session",
            "kintell_sessions",
            "session_id",
            "x.external_id, x.status, coalesce(x.duration_minutes, -1)",
            {
                COUNTS["sessions_completed"]: _MET,
                COUNTS["volunteer_hours"]: f"a.volunteer AND {_MET}",
                COUNTS["attendance_rate"]: _DUE,
                COUNTS["vis_score"]: f"a.volunteer AND {_DUE}",
                NO_SHOW: "x.status = 'no_show'",
            },
            minutes="x.duration_minutes",
        ),
        _branch(
            "kintell_rating",
            "kintell_ratings",
            "rating_id",
            "p.external_id, x.from_role, x.value",
            {
                COUNTS["satisfaction"]: "true",
                COUNTS["vis_score"]: "a.volunteer AND x.from_role = 'participant'",
            },
            value="x.value",
            parent=_SESSION,
        ),
        _branch("buddy_match", "buddy_matches", "match_id", "x.external_id, x.status"),
        _branch(
            "buddy_event",
            "buddy_events",
            "buddy_event_id",
            "p.external_id, x.event_type, x.nth, coalesce(x.duration_minutes, -1)",
            {COUNTS["volunteer_hours"]: "a.volunteer", COUNTS["vis_score"]: "a.volunteer"},
            minutes="x.duration_minutes",
            parent=_MATCH,
        ),
        _branch(
            "buddy_checkin",
            "buddy_checkins",
            "checkin_id",
            "p.external_id, x.nth, x.mood",
            parent=_MATCH,
        ),
        _branch(
            "buddy_feedback",
            "buddy_feedback",
            "feedback_id",
            "p.external_id, x.from_role, x.rating",
            {
                COUNTS["satisfaction"]: "true",
                COUNTS["vis_score"]: "a.volunteer AND x.from_role = 'participant'",
            },
            value="x.rating",
            parent=_MATCH,
        ),
        _branch(
            "learning_progress",
            "learning_progress",
            "progress_id",
            "x.provider, x.course_id, x.status",
            {COUNTS["course_completions"]: "x.status = 'completed'"},
        ),
        _branch(
            "credential",
            "credentials",
            "credential_id",
            "x.external_id, x.credential_type",
            {COUNTS["credentials"]: "true"},
        ),
    ]
)
"""Binds :company, :since, :start, :end and :program.

`own`: the volunteer is the company's; `feeds`: the bits of `feeding`, BEFORE alone for facts of
[since, start), and all of them once more above if the company didn't import the fact itself;
`hash` of the natural key and typed fields, which holds no surrogate id.
"""


def lanes(of: str = "hash") -> str:
    """Four sums over a hash's quarters: a digest of a set that no order changes."""
    quarters = enumerate(range(1, 33, 8), start=1)
    return ", ".join(
        f"sum(CAST(substr({of}, {at}, 8) AS bigint)) AS lane_{n}" for n, at in quarters
    )


_NAMED = """
    SELECT c.*, coalesce(p.canonical_id, c.participant_id) AS participant,
        coalesce(v.canonical_id, c.volunteer_id) AS volunteer,
        array_remove(ARRAY[{names}], NULL) AS metrics
    FROM ({counted}) c
    LEFT JOIN program.canonical_persons p ON p.source_id = c.participant_id
    LEFT JOIN program.canonical_persons v ON v.source_id = c.volunteer_id
"""
_NAMES = ", ".join(
    f"CASE WHEN c.feeds & {bits} > 0 THEN '{metric}' END" for metric, bits in FEEDS.items()
)

counted = (
    text(_NAMED.format(names=_NAMES, counted=COUNTED))
    .columns(
        fact_type=Text,
        fact_id=Uuid,
        occurred_at=DateTime(timezone=True),
        program=Text,
        participant=Uuid,
        volunteer=Uuid,
        import_id=Uuid,
        row_no=Integer,
        metrics=ARRAY(Text),
    )
    .cte("counted")
)
"""COUNTED with canonical people, and what a fact feeds by name."""


_PAIRS = """
    SELECT coalesce(p.canonical_id, c.participant_id) AS participant,
        coalesce(v.canonical_id, c.volunteer_id) AS volunteer,
        c.feeds, c.program, c.facts, c.minutes, c.timed, c.total, c.rated,
        c.lane_1, c.lane_2, c.lane_3, c.lane_4
    FROM (
        SELECT participant_id, volunteer_id, feeds, program, count(*) AS facts,
            sum(minutes) AS minutes, count(minutes) AS timed,
            sum(CAST(round(value * 1000000) AS bigint)) AS total, count(value) AS rated, {lanes}
        FROM ({counted}) counted
        GROUP BY participant_id, volunteer_id, feeds, program
    ) c
    LEFT JOIN program.canonical_persons p ON p.source_id = c.participant_id
    LEFT JOIN program.canonical_persons v ON v.source_id = c.volunteer_id
"""

_TALLIED = """
    WITH pairs AS MATERIALIZED ({pairs}),
    kinds AS (
        SELECT feeds, program, sum(facts) AS facts, sum(minutes) AS minutes, sum(timed) AS timed,
            sum(lane_1) AS lane_1, sum(lane_2) AS lane_2, sum(lane_3) AS lane_3,
            sum(lane_4) AS lane_4
        FROM pairs GROUP BY feeds, program
    ),
    participants AS (
        SELECT bit_or(feeds) AS feeds,
            sum(total) FILTER (WHERE feeds & {satisfaction} > 0) AS total,
            sum(rated) FILTER (WHERE feeds & {satisfaction} > 0) AS rated
        FROM pairs WHERE participant IS NOT NULL GROUP BY participant
    ),
    volunteers AS (
        SELECT volunteer, bit_or(feeds) AS feeds,
            coalesce(sum(minutes) FILTER (WHERE feeds & {volunteer_hours} > 0), 0) AS minutes,
            coalesce(sum(facts) FILTER (
                WHERE feeds & {vis_score} > 0 AND feeds & {sessions_completed} > 0), 0) AS kept,
            coalesce(sum(facts) FILTER (
                WHERE feeds & {vis_score} > 0 AND feeds & {attendance_rate} > 0), 0) AS planned,
            coalesce(sum(total) FILTER (
                WHERE feeds & {vis_score} > 0 AND feeds & {satisfaction} > 0), 0) AS total,
            coalesce(sum(rated) FILTER (
                WHERE feeds & {vis_score} > 0 AND feeds & {satisfaction} > 0), 0) AS rated
        FROM pairs WHERE volunteer IS NOT NULL GROUP BY volunteer
    )
    SELECT
        (SELECT jsonb_agg(jsonb_build_array(feeds, program, facts, minutes, timed,
            CAST(lane_1 AS text), CAST(lane_2 AS text), CAST(lane_3 AS text),
            CAST(lane_4 AS text))) FROM kinds),
        (SELECT jsonb_agg(jsonb_build_array(feeds, people)) FROM (
            SELECT feeds, count(*) AS people FROM participants GROUP BY feeds) p),
        (SELECT jsonb_agg(jsonb_build_array(feeds, people)) FROM (
            SELECT feeds, count(*) AS people FROM volunteers GROUP BY feeds) v),
        (SELECT jsonb_agg(jsonb_build_array(total, rated)) FROM participants WHERE rated > 0),
        (SELECT jsonb_agg(jsonb_build_array(volunteer, minutes, kept, planned, total, rated))
            FROM volunteers WHERE :with_pairs AND feeds & {vis_score} > 0),
        (SELECT jsonb_agg(jsonb_build_array(volunteer, participant)) FROM (
            SELECT volunteer, participant FROM pairs
            WHERE :with_pairs AND feeds & {volunteers} > 0 GROUP BY volunteer, participant) m)
"""

TALLIED = text(_TALLIED.format(pairs=_PAIRS.format(counted=COUNTED, lanes=lanes()), **COUNTS))
"""All of a cell's counts in one pass and of one moment; binds :with_pairs beside COUNTED's.

By which figures a fact feeds and programme: facts, minutes, timed, lanes. By what a person's facts
feed: participants, volunteers. Ratings by participant. Where pairs are asked for: what each of
the company's volunteers did, and with whom.
"""
