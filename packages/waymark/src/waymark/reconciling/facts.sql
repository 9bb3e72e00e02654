-- Every fact, its people, moment and programme (null: counts for no company by itself).
SELECT 'kintell_session' AS fact_type, f.session_id AS fact_id, f.revision,
    f.participant_id AS participant, f.volunteer_id AS volunteer,
    CASE f.status WHEN 'completed' THEN f.completed_at ELSE f.scheduled_at END AS occurred_at,
    f.session_type AS program
FROM program.kintell_sessions f
UNION ALL
SELECT 'kintell_rating' AS fact_type, f.rating_id AS fact_id, f.revision,
    s.participant_id AS participant, s.volunteer_id AS volunteer,
    f.rated_at AS occurred_at,
    s.session_type AS program
FROM program.kintell_ratings f JOIN program.kintell_sessions s USING (session_id)
UNION ALL
SELECT 'buddy_match' AS fact_type, f.match_id AS fact_id, f.revision,
    f.participant_id AS participant, f.buddy_id AS volunteer,
    f.matched_at AS occurred_at,
    'buddy' AS program
FROM program.buddy_matches f
UNION ALL
SELECT 'buddy_event' AS fact_type, f.buddy_event_id AS fact_id, f.revision,
    m.participant_id AS participant, m.buddy_id AS volunteer,
    f.occurred_at AS occurred_at,
    'buddy' AS program
FROM program.buddy_events f JOIN program.buddy_matches m USING (match_id)
UNION ALL
SELECT 'buddy_checkin' AS fact_type, f.checkin_id AS fact_id, f.revision,
    m.participant_id AS participant, m.buddy_id AS volunteer,
    f.checked_in_on::timestamp AT TIME ZONE 'UTC' AS occurred_at,
    'buddy' AS program
FROM program.buddy_checkins f JOIN program.buddy_matches m USING (match_id)
UNION ALL
SELECT 'buddy_feedback' AS fact_type, f.feedback_id AS fact_id, f.revision,
    m.participant_id AS participant, m.buddy_id AS volunteer,
    f.submitted_at AS occurred_at,
    'buddy' AS program
FROM program.buddy_feedback f JOIN program.buddy_matches m USING (match_id)
UNION ALL
SELECT 'learning_progress' AS fact_type, f.progress_id AS fact_id, f.revision,
    f.person_id AS participant, NULL::uuid AS volunteer,
    CASE f.status WHEN 'completed' THEN f.completed_at ELSE f.started_at END AS occurred_at,
    'upskilling' AS program
FROM program.learning_progress f
UNION ALL
SELECT 'credential' AS fact_type, f.credential_id AS fact_id, f.revision,
    f.person_id AS participant, NULL::uuid AS volunteer,
    f.issued_at AS occurred_at,
    'upskilling' AS program
FROM program.credentials f
UNION ALL
SELECT 'enrollment' AS fact_type, f.enrollment_id AS fact_id, f.revision,
    f.person_id AS participant, NULL::uuid AS volunteer,
    f.started_on::timestamp AT TIME ZONE 'UTC' AS occurred_at,
    NULL AS program
FROM program.program_enrollments f
