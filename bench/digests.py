"""One digest over all that an import wrote, by natural keys: ids and write times left out."""

from waymark.testing.platform import Platform

_EMAILS = """
    emails AS (SELECT person_id, min(external_id) AS email FROM pii.external_ids
        WHERE provider = 'email' GROUP BY 1)
"""

TABLES = {
    "sessions": """
        SELECT s.external_id, s.status, s.session_type, p.email, v.email, s.scheduled_at,
            s.completed_at, s.duration_minutes, s.language_level, s.row_no, s.revision
        FROM program.kintell_sessions s
        JOIN emails p ON p.person_id = s.participant_id
        JOIN emails v ON v.person_id = s.volunteer_id
    """,
    "ratings": """
        SELECT s.external_id, r.from_role, r.value, r.rated_at, r.row_no
        FROM program.kintell_ratings r JOIN program.kintell_sessions s USING (session_id)
    """,
    "texts": """
        SELECT s.external_id, t.field, t.body, t.occurred_at FROM pii.texts t
        JOIN program.kintell_sessions s ON s.text_id = t.text_id
    """,
    "details": """
        SELECT s.external_id, d.details FROM pii.fact_details d
        JOIN program.kintell_sessions s ON s.session_id = d.fact_id
    """,
    "refused": "SELECT row_no, state, reasons, original FROM pii.refused_rows",
    "ledger": """
        SELECT fact_type, row_no, before, after FROM ops.import_rows,
            unnest(row_nos, revisions_before, revisions_after) AS l (row_no, before, after)
    """,
    "events": """
        SELECT type, sum(event_count) FROM ops.outbox WHERE producer = 'connectors' GROUP BY 1
    """,
    "profiles": """
        SELECT f.fact_type, p.email, v.email, f.occurred_at, f.retracted,
            f.state - 'session_id' - 'text_id' - 'import_id'
        FROM insight.profile_facts f
        JOIN emails p ON p.person_id = f.participant_id
        JOIN emails v ON v.person_id = f.volunteer_id
    """,
    "flags": """
        SELECT p.email, f.flag, f.value, f.since FROM insight.profile_flags f
        JOIN emails p USING (person_id)
    """,
}


def table_digests(platform: Platform) -> dict[str, str]:
    """An MD5 for each of the tables."""
    return {name: _digest(platform, query) for name, query in TABLES.items()}


def _digest(platform: Platform, query: str) -> str:
    found = platform.value(f"""
        WITH {_EMAILS}, found AS ({query})
        SELECT md5(coalesce(string_agg(line, '' ORDER BY line), ''))
        FROM (SELECT md5(CAST(found AS text)) AS line FROM found) AS lines
    """)
    return str(found)
