"""The facts that count for a company in a period, each with the figures it is an input of."""

from sqlalchemy import Boolean, DateTime, Double, Integer, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

_COUNTED = """
    SELECT f.*, min(f.key) OVER (PARTITION BY f.participant) AS participant_key
    FROM (
        SELECT a.fact_type, a.fact_id, a.occurred_at, a.volunteer AS own, a.sponsor,
            coalesce(p.canonical_id, s.participant_id) AS participant,
            coalesce(v.canonical_id, s.volunteer_id) AS volunteer,
            concat_ws('|', a.fact_type, s.external_id) AS key,
            s.status, s.duration_minutes AS minutes, CAST(NULL AS double precision) AS value,
            s.import_id, s.row_no, s.mapping_version,
            array_remove(ARRAY['participants',
                CASE WHEN a.volunteer THEN 'volunteers' END,
                CASE WHEN s.status = 'completed' THEN 'sessions_completed' END,
                CASE WHEN a.volunteer AND s.status = 'completed' THEN 'volunteer_hours' END,
                CASE WHEN s.status IN ('completed', 'no_show')
                    OR (s.status = 'cancelled'
                        AND s.cancelled_at > s.scheduled_at - interval '24 hours')
                    THEN 'attendance_rate' END], NULL) AS metrics
        FROM program.attributions a
        JOIN program.kintell_sessions s ON s.session_id = a.fact_id
        LEFT JOIN program.canonical_persons p ON p.source_id = s.participant_id
        LEFT JOIN program.canonical_persons v ON v.source_id = s.volunteer_id
        WHERE a.fact_type = 'kintell_session' AND a.company_id = :company
            AND a.occurred_at >= :start AND a.occurred_at < :end
        UNION ALL
        SELECT a.fact_type, a.fact_id, a.occurred_at, a.volunteer, a.sponsor,
            coalesce(p.canonical_id, s.participant_id), coalesce(v.canonical_id, s.volunteer_id),
            concat_ws('|', a.fact_type, s.external_id, r.from_role),
            r.from_role, NULL, r.value, r.import_id, r.row_no, r.mapping_version,
            array_remove(ARRAY['participants', CASE WHEN a.volunteer THEN 'volunteers' END,
                'satisfaction'], NULL)
        FROM program.attributions a
        JOIN program.kintell_ratings r ON r.rating_id = a.fact_id
        JOIN program.kintell_sessions s ON s.session_id = r.session_id
        LEFT JOIN program.canonical_persons p ON p.source_id = s.participant_id
        LEFT JOIN program.canonical_persons v ON v.source_id = s.volunteer_id
        WHERE a.fact_type = 'kintell_rating' AND a.company_id = :company
            AND a.occurred_at >= :start AND a.occurred_at < :end
        UNION ALL
        SELECT a.fact_type, a.fact_id, a.occurred_at, a.volunteer, a.sponsor,
            coalesce(p.canonical_id, m.participant_id), coalesce(v.canonical_id, m.buddy_id),
            concat_ws('|', a.fact_type, d.key), d.status, d.minutes, d.value,
            d.import_id, d.row_no, d.mapping_version,
            array_remove(ARRAY['participants',
                CASE WHEN a.volunteer THEN 'volunteers' END,
                CASE WHEN a.volunteer AND a.fact_type = 'buddy_event'
                    THEN 'volunteer_hours' END,
                CASE WHEN a.fact_type = 'buddy_feedback' THEN 'satisfaction' END], NULL)
        FROM program.attributions a
        JOIN (
            SELECT 'buddy_match' AS fact_type, match_id AS fact_id, match_id, status,
                coalesce(external_id, extract(epoch FROM matched_at)::text) AS key,
                CAST(NULL AS smallint) AS minutes, CAST(NULL AS double precision) AS value,
                import_id, row_no, mapping_version
            FROM program.buddy_matches
            UNION ALL
            SELECT 'buddy_event', buddy_event_id, match_id, event_type,
                concat_ws('|', extract(epoch FROM occurred_at), nth), duration_minutes, NULL,
                import_id, row_no, mapping_version
            FROM program.buddy_events
            UNION ALL
            SELECT 'buddy_checkin', checkin_id, match_id, mood,
                concat_ws('|', checked_in_on - DATE '2000-01-01', nth), NULL, NULL,
                import_id, row_no, mapping_version
            FROM program.buddy_checkins
            UNION ALL
            SELECT 'buddy_feedback', feedback_id, match_id, from_role,
                extract(epoch FROM submitted_at)::text, NULL, rating,
                import_id, row_no, mapping_version
            FROM program.buddy_feedback
        ) d ON d.fact_type = a.fact_type AND d.fact_id = a.fact_id
        JOIN program.buddy_matches m ON m.match_id = d.match_id
        LEFT JOIN program.canonical_persons p ON p.source_id = m.participant_id
        LEFT JOIN program.canonical_persons v ON v.source_id = m.buddy_id
        WHERE a.fact_type IN ('buddy_match', 'buddy_event', 'buddy_checkin', 'buddy_feedback')
            AND a.company_id = :company AND a.occurred_at >= :start AND a.occurred_at < :end
        UNION ALL
        SELECT a.fact_type, a.fact_id, a.occurred_at, a.volunteer, a.sponsor,
            coalesce(p.canonical_id, d.person_id), NULL, concat_ws('|', a.fact_type, d.key),
            d.status, NULL, NULL, d.import_id, d.row_no, d.mapping_version, ARRAY['participants']
        FROM program.attributions a
        JOIN (
            SELECT 'learning_progress' AS fact_type, progress_id AS fact_id, person_id, status,
                concat_ws('|', provider, course_id, extract(epoch FROM completed_at)) AS key,
                import_id, row_no, mapping_version
            FROM program.learning_progress
            UNION ALL
            SELECT 'credential', credential_id, person_id, credential_type, external_id,
                import_id, row_no, mapping_version
            FROM program.credentials
        ) d ON d.fact_type = a.fact_type AND d.fact_id = a.fact_id
        LEFT JOIN program.canonical_persons p ON p.source_id = d.person_id
        WHERE a.fact_type IN ('learning_progress', 'credential') AND a.company_id = :company
            AND a.occurred_at >= :start AND a.occurred_at < :end
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
"""Binds :company, :start and :end. `own`: the volunteer is the company's; `metrics`: what it feeds.

`participant_key` stands for a participant by the least natural key among their facts, so that
digests tell people apart without any surrogate id.
"""
