"""`reconcile` sees a lost event, a lost effect and a wrong attribution."""

import psycopg
import pytest

from waymark.reconciling import Check, reconcile
from waymark.testing.databases import MigratedDatabase

SESSION = "11111111-1111-7111-8111-111111111111"
RATING = "22222222-2222-7222-8222-222222222222"
PARTICIPANT = "33333333-3333-7333-8333-333333333333"
VOLUNTEER = "44444444-4444-7444-8444-444444444444"
COMPANY = "55555555-5555-7555-8555-555555555555"
MESSAGE = "66666666-6666-7666-8666-666666666666"

MERGED_WITH_SOMEONE_OF_ANOTHER_COMPANY = f"""
INSERT INTO program.companies (company_id, key, name) VALUES ('{MESSAGE}', 'globex', 'Globex');
INSERT INTO program.company_users (company_id, person_id, position)
VALUES ('{MESSAGE}', '{RATING}', 'volunteer');
INSERT INTO program.canonical_persons (source_id, canonical_id) VALUES ('{VOLUNTEER}', '{RATING}');
"""
AGREEING = f"""
INSERT INTO program.companies (company_id, key, name, domain)
VALUES ('{COMPANY}', 'acme', 'Acme', 'acme.example');
INSERT INTO program.company_users (company_id, person_id, position)
VALUES ('{COMPANY}', '{VOLUNTEER}', 'volunteer');
INSERT INTO program.program_enrollments
    (person_id, program, company_id, started_on)
VALUES ('{PARTICIPANT}', 'language', '{COMPANY}', '2026-01-01');
INSERT INTO program.kintell_sessions (session_id, external_id, session_type, status,
    participant_id, volunteer_id, scheduled_at, completed_at, duration_minutes)
VALUES ('{SESSION}', 'LS-1', 'language', 'completed', '{PARTICIPANT}', '{VOLUNTEER}',
    '2026-02-01T10:00Z', '2026-02-01T11:00Z', 60);
INSERT INTO program.kintell_ratings (rating_id, session_id, from_role, value, rated_at)
VALUES ('{RATING}', '{SESSION}', 'participant', 0.75, '2026-02-01T11:00Z');
INSERT INTO insight.profile_facts (generation, fact_type, fact_id, revision, event_id, event_type,
    participant_id, volunteer_id, state)
SELECT 1, t, i, r, uuidv7(), 'x', '{PARTICIPANT}', '{VOLUNTEER}', '{{}}' FROM (
    SELECT 'kintell_session', session_id, revision FROM program.kintell_sessions
    UNION ALL SELECT 'kintell_rating', rating_id, revision FROM program.kintell_ratings
    UNION ALL SELECT 'enrollment', enrollment_id, revision FROM program.program_enrollments
) f (t, i, r);
INSERT INTO program.attributions
    (company_id, fact_type, fact_id, volunteer, sponsor, occurred_at, program)
VALUES ('{COMPANY}', 'kintell_session', '{SESSION}', true, true, '2026-02-01T11:00Z', 'language'),
    ('{COMPANY}', 'kintell_rating', '{RATING}', true, true, '2026-02-01T11:00Z', 'language');
INSERT INTO ops.outbox (outbox_id, producer, type, content_type, body, published_at)
VALUES ('{MESSAGE}', 'connectors', 'kintell.session.completed.v1', 'x', '', now()),
    (uuidv7(), 'connectors', 'kintell.session.completed.v1', 'x', '', now());
INSERT INTO ops.inbox (consumer, message_id)
SELECT 'profile-kintell-session-completed-v1', outbox_id::text FROM ops.outbox;
"""


@pytest.fixture
def agreeing(database: MigratedDatabase) -> MigratedDatabase:
    _run(database, AGREEING)
    return database


def _run(database: MigratedDatabase, statements: str) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute(statements.encode())


def _differing(database: MigratedDatabase) -> dict[str, int]:
    checks: list[Check] = reconcile(database.owner_url)
    return {each.name: each.differences for each in checks if not each.ok}


def test_an_empty_database_agrees_with_itself(database: MigratedDatabase) -> None:
    assert _differing(database) == {}


def test_facts_and_their_effects_agree(agreeing: MigratedDatabase) -> None:
    assert _differing(agreeing) == {}


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("UPDATE ops.outbox SET published_at = NULL", {"outbox_published": 2}),
        (
            f"DELETE FROM ops.inbox WHERE message_id = '{MESSAGE}'",
            {"inbox_has_what_was_published": 1},
        ),
        (
            "DELETE FROM insight.profile_facts WHERE fact_type = 'kintell_rating'",
            {"projection_kintell_rating": 1},
        ),
        (
            "UPDATE program.kintell_sessions SET revision = 2",
            {"projection_kintell_session": 1},
        ),
        (
            "UPDATE insight.profile_facts SET retracted = true WHERE fact_type = 'enrollment'",
            {"projection_enrollment": 1},
        ),
        ("DELETE FROM program.attributions", {"attributions": 2}),
        ("UPDATE program.attributions SET sponsor = false", {"attributions": 2}),
        (
            "UPDATE program.company_users SET valid_to = '2026-01-15'",
            {"attributions": 2},
        ),
        (MERGED_WITH_SOMEONE_OF_ANOTHER_COMPANY, {"attributions": 2}),
        (
            "INSERT INTO ops.dead_letters (consumer, message_id, type, body, reason)"
            " VALUES ('c', 'm', 't', '', 'r')",
            {"no_dead_letters": 1},
        ),
    ],
)
def test_a_difference_is_found(
    agreeing: MigratedDatabase, damage: str, found: dict[str, int]
) -> None:
    _run(agreeing, damage)

    assert _differing(agreeing) == found
