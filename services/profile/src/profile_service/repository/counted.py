"""The facts that count for a company in a period, each with the figures it is an input of."""

from sqlalchemy import Boolean, DateTime, Double, Integer, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

_COUNTED = """
    SELECT f.*, min(f.key) OVER (PARTITION BY f.participant) AS participant_key
    FROM (
        SELECT a.fact_type, a.fact_id, a.occurred_at, a.volunteer AS own, a.sponsor,
            coalesce(p.canonical_id, a.participant_id) AS participant,
            coalesce(v.canonical_id, a.volunteer_id) AS volunteer,
            concat_ws('|', a.fact_type, coalesce(s.external_id, rs.external_id, m.external_id,
                em.external_id, k.external_id), r.from_role, f.from_role, l.provider, l.course_id,
                e.nth, c.nth, extract(epoch FROM a.occurred_at)) AS key,
            coalesce(s.status, m.status, e.event_type, c.mood, l.status, k.credential_type)
                AS status,
            coalesce(s.duration_minutes, e.duration_minutes) AS minutes,
            coalesce(r.value, f.rating) AS value,
            coalesce(s.import_id, r.import_id, m.import_id, e.import_id, c.import_id,
                f.import_id, l.import_id, k.import_id) AS import_id,
            coalesce(s.row_no, r.row_no, m.row_no, e.row_no, c.row_no, f.row_no, l.row_no,
                k.row_no) AS row_no,
            coalesce(s.mapping_version, r.mapping_version, m.mapping_version, e.mapping_version,
                c.mapping_version, f.mapping_version, l.mapping_version, k.mapping_version)
                AS mapping_version,
            array_remove(ARRAY['participants',
                CASE WHEN a.volunteer THEN 'volunteers' END,
                CASE WHEN s.status = 'completed' THEN 'sessions_completed' END,
                CASE WHEN a.volunteer AND (s.status = 'completed' OR e.match_id IS NOT NULL)
                    THEN 'volunteer_hours' END,
                CASE WHEN s.status IN ('completed', 'no_show') OR (s.status = 'cancelled'
                        AND s.cancelled_at > s.scheduled_at - interval '24 hours')
                    THEN 'attendance_rate' END,
                CASE WHEN coalesce(r.value, f.rating) IS NOT NULL THEN 'satisfaction' END],
                NULL) AS metrics
        FROM program.attributions a
        LEFT JOIN program.kintell_sessions s
            ON a.fact_type = 'kintell_session' AND s.session_id = a.fact_id
        LEFT JOIN program.kintell_ratings r
            ON a.fact_type = 'kintell_rating' AND r.rating_id = a.fact_id
        LEFT JOIN program.kintell_sessions rs ON rs.session_id = r.session_id
        LEFT JOIN program.buddy_matches m
            ON a.fact_type = 'buddy_match' AND m.match_id = a.fact_id
        LEFT JOIN program.buddy_events e
            ON a.fact_type = 'buddy_event' AND e.buddy_event_id = a.fact_id
        LEFT JOIN program.buddy_checkins c
            ON a.fact_type = 'buddy_checkin' AND c.checkin_id = a.fact_id
        LEFT JOIN program.buddy_feedback f
            ON a.fact_type = 'buddy_feedback' AND f.feedback_id = a.fact_id
        LEFT JOIN program.buddy_matches em
            ON em.match_id = coalesce(e.match_id, c.match_id, f.match_id)
        LEFT JOIN program.learning_progress l
            ON a.fact_type = 'learning_progress' AND l.progress_id = a.fact_id
        LEFT JOIN program.credentials k
            ON a.fact_type = 'credential' AND k.credential_id = a.fact_id
        LEFT JOIN program.canonical_persons p ON p.source_id = a.participant_id
        LEFT JOIN program.canonical_persons v ON v.source_id = a.volunteer_id
        WHERE a.company_id = :company AND a.occurred_at >= :start AND a.occurred_at < :end
            AND :program IN ('all', a.program)
            AND coalesce(s.session_id, r.rating_id, m.match_id, e.buddy_event_id, c.checkin_id,
                f.feedback_id, l.progress_id, k.credential_id) IS NOT NULL
    ) f
"""

counted = (
    text(_COUNTED)
    .columns(
        fact_type=Text,
        fact_id=Uuid,
        occurred_at=DateTime(timezone=True),
        own=Boolean,
        sponsor=Boolean,
        participant=Uuid,
        volunteer=Uuid,
        key=Text,
        status=Text,
        minutes=Integer,
        value=Double,
        import_id=Uuid,
        row_no=Integer,
        mapping_version=Text,
        metrics=ARRAY(Text),
        participant_key=Text,
    )
    .cte("counted")
)
"""Binds :company, :start, :end and :program.

`own`: the volunteer is the company's; `metrics`: what it feeds.

`participant_key` stands for a participant by the least natural key among their facts, so that
digests tell people apart without any surrogate id.
"""
