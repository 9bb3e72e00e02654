"""Ratings of sessions: by either side, over what a session's file said, and before the session."""

from typing import Any

SESSIONS = (
    "session_id,participant_email,volunteer_email,scheduled_at,completed_at,rating\n"
    "LS-1,anna@learn.example,tom@acme.example,2026-01-01T10:00:00Z,2026-01-01T11:00:00Z,3\n"
    "LS-2,bob@learn.example,tom@acme.example,2026-01-02T10:00:00Z,2026-01-02T11:00:00Z,\n"
)
RATINGS = (
    "rating_id,session_id,from_role,rating,feedback_text,created_at\n"
    "R-1,LS-1,learner,5,Very clear,2026-01-01T12:00:00Z\n"
    "R-2,LS-1,Volunteer,4,She learns fast,2026-01-01T12:00:00Z\n"
    "R-3,LS-9,participant,2,Too fast,2026-01-03T12:00:00Z\n"
)


async def imported(connectors: Any, dataset: str, content: str) -> dict[str, Any]:
    await connectors.forget_events()
    done: dict[str, Any] = await connectors.imported(dataset, content)
    assert done["status"] == "completed", done
    return done


async def test_a_given_rating_replaces_the_session_files(connectors: Any) -> None:
    await imported(connectors, "kintell-sessions", SESSIONS)

    done = await imported(connectors, "kintell-ratings", RATINGS)

    assert done["rows"] == {
        "read": 3, "created": 1, "updated": 1, "unchanged": 0, "refused": 0, "held": 1
    }  # fmt: skip
    stored = await connectors.rows(
        "SELECT r.from_role, r.external_id, r.value, t.body, t.person_id = CASE r.from_role"
        " WHEN 'participant' THEN s.participant_id ELSE s.volunteer_id END AS own_words"
        " FROM program.kintell_ratings r JOIN program.kintell_sessions s USING (session_id)"
        " JOIN pii.texts t ON t.text_id = r.text_id ORDER BY 1"
    )
    assert [tuple(row.values()) for row in stored] == [
        ("participant", "R-1", 1.0, "Very clear", True),
        ("volunteer", "R-2", 0.75, "She learns fast", True),
    ]
    events = await connectors.events("kintell.rating.created.v1")
    assert sorted((e.data.from_role, e.data.value, e.data.revision) for e in events) == [
        ("participant", 1.0, 2),
        ("volunteer", 0.75, 1),
    ]


async def test_the_session_file_does_not_take_a_given_rating_back(connectors: Any) -> None:
    await imported(connectors, "kintell-sessions", SESSIONS)
    await imported(connectors, "kintell-ratings", RATINGS)

    again = await imported(connectors, "kintell-sessions", SESSIONS)

    assert again["rows"]["unchanged"] == 2
    assert (
        await connectors.value(
            "SELECT value FROM program.kintell_ratings WHERE from_role = 'participant'"
        )
        == 1.0
    )


async def test_a_rating_before_its_session_is_held(connectors: Any) -> None:
    done = await imported(connectors, "kintell-ratings", RATINGS)

    assert (done["rows"]["held"], done["rows"]["refused"]) == (3, 0)
    assert await connectors.errors(done["import_id"]) == []
    held = await connectors.rows(
        "SELECT row_no, state, waits_for, original->'cells'->>0 AS rating_id"
        " FROM pii.refused_rows ORDER BY 1"
    )
    assert [tuple(row.values()) for row in held] == [
        (2, "held", "kintell_session:LS-1", "R-1"),
        (3, "held", "kintell_session:LS-1", "R-2"),
        (4, "held", "kintell_session:LS-9", "R-3"),
    ]
    assert await connectors.events("kintell.rating.created.v1") == []
