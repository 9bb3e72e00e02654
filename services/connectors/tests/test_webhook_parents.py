"""Ratings and the buddy programme by webhook: what comes before its parent waits for it."""

import asyncio
from typing import Any

import pytest
from services.connectors.tests.conftest import Connectors
from services.connectors.tests.senders import SESSION, Sender, sender

RATING = {
    "rating_id": "R-1",
    "session_id": "LS-1",
    "from_role": "volunteer",
    "rating": 4,
    "feedback_text": "She learns fast.",
    "created_at": "2026-03-02T11:30:00Z",
}
MATCH = {
    "match_id": "BM-1",
    "participant_email": "anna@example.org",
    "buddy_email": "tom@acme.example",
    "matched_at": "2026-01-15T10:00:00Z",
    "status": "active",
    "interests": ["hiking", "cooking"],
}
OF_MATCH: dict[str, dict[str, Any]] = {
    "event": {"match_id": "BM-1", "event_type": "hangout", "event_date": "2026-02-10T17:00:00Z"},
    "checkin": {
        "match_id": "BM-1",
        "checkin_date": "2026-02-15",
        "mood": "ok",
        "question_responses": {"met": ["twice", 2]},
    },
    "feedback": {
        "match_id": "BM-1",
        "from_role": "buddy",
        "rating": 5,
        "submitted_at": "2026-03-01T12:00:00Z",
        "communication": 1,
    },
}
FACTS = {
    "event": ("program.buddy_events", "buddy.event.logged.v1"),
    "checkin": ("program.buddy_checkins", "buddy.checkin.completed.v1"),
    "feedback": ("program.buddy_feedback", "buddy.feedback.submitted.v1"),
}


@pytest.fixture
async def kintell(connectors: Connectors) -> Sender:
    """Kintell, with a secret."""
    return await sender(connectors, "kintell")


@pytest.fixture
async def buddy(connectors: Connectors) -> Sender:
    """The buddy programme's platform, with a secret."""
    return await sender(connectors, "buddy")


async def test_a_rating_of_a_session_that_is_there_is_taken(
    connectors: Connectors, kintell: Sender
) -> None:
    await kintell.told("session", SESSION)
    await kintell.told("rating", RATING)

    assert await connectors.value("SELECT value FROM program.kintell_ratings") == 0.75
    assert len(await connectors.events("kintell.rating.created.v1")) == 1


async def test_a_rating_before_its_session_is_held(connectors: Connectors, kintell: Sender) -> None:
    await kintell.told("rating", RATING, "msg_1")

    (held,) = await connectors.rows(
        "SELECT h.state, h.waits_for, h.original -> 'cells' -> 0 AS first, w.webhook_id"
        " FROM pii.refused_rows h JOIN pii.webhook_rows w USING (import_id, row_no)"
    )
    assert (held["state"], held["first"], held["webhook_id"]) == ("held", "R-1", "msg_1")
    assert "LS-1" in held["waits_for"]
    (found,) = (await connectors.get("/v1/imports")).json()["items"]
    assert (found["rows"]["held"], found["rows"]["refused"]) == (1, 0)


async def test_what_hangs_on_a_match(connectors: Connectors, buddy: Sender) -> None:
    for kind, payload in OF_MATCH.items():
        await buddy.told(kind, payload)
    assert await connectors.value("SELECT sum(rows_held) FROM ops.imports") == 3
    await buddy.told("match", MATCH | {"match_id": "BM-2"})

    for kind, payload in OF_MATCH.items():
        table, event = FACTS[kind]
        await buddy.told(kind, payload | {"match_id": "BM-2"})

        assert await connectors.value(f"SELECT count(*) FROM {table}") == 1
        assert len(await connectors.events(event)) == 1


async def test_lists_and_objects_reach_their_fields(connectors: Connectors, buddy: Sender) -> None:
    await buddy.told("match", MATCH)
    await buddy.told("checkin", OF_MATCH["checkin"])
    await buddy.told("feedback", OF_MATCH["feedback"])

    details = [row["details"] for row in await connectors.rows("SELECT * FROM pii.fact_details")]
    assert any(found.get("interests") == ["hiking", "cooking"] for found in details)
    assert any(found.get("question_responses") == {"met": ["twice", 2]} for found in details)
    (feedback,) = await connectors.rows("SELECT rating, communication FROM program.buddy_feedback")
    assert feedback == {"rating": 1.0, "communication": 0.0}


async def test_equal_events_of_one_day_are_different_facts(
    connectors: Connectors, buddy: Sender
) -> None:
    await buddy.told("match", MATCH)
    for number in range(3):
        await buddy.told("event", OF_MATCH["event"], f"msg_{number}")
    await buddy.told("event", OF_MATCH["event"], "msg_0")

    rows = await connectors.rows("SELECT nth FROM program.buddy_events ORDER BY nth")
    assert [row["nth"] for row in rows] == [1, 2, 3]


async def test_a_list_becomes_a_row_for_each_object(connectors: Connectors, buddy: Sender) -> None:
    matches = [MATCH | {"match_id": f"BM-{number}"} for number in range(1, 151)]
    matches[70]["matched_at"] = "soon"

    await buddy.told("match", matches, "msg_1")

    (found,) = (await connectors.get("/v1/imports")).json()["items"]
    assert (found["rows"]["created"], found["rows"]["refused"]) == (149, 1)
    assert await connectors.codes(found["import_id"]) == [(71, "E003")]
    (delivery,) = (await connectors.get("/v1/webhooks/deliveries")).json()["items"]
    assert len(delivery["rows"]) == 150


async def test_a_list_of_anything_else_is_refused(buddy: Sender) -> None:
    for body in (b"[]", b"[1]", b"[{}, null]"):
        assert (await buddy.send("match", body)).status_code == 422


async def test_the_short_forms_of_kinds_work(connectors: Connectors, buddy: Sender) -> None:
    for path in ("/webhooks/match", "/v1/webhooks/match", "/webhooks/buddy/match"):
        assert (await buddy.send("", MATCH, path=path)).status_code == 202


async def test_a_sample_tells_that_it_would_wait(connectors: Connectors) -> None:
    answer = await connectors.http.post(
        "/v1/webhooks/kintell/rating?dry_run=true", json=RATING, headers=connectors.headers
    )

    (row,) = answer.json()["rows"]
    assert (row["would_be"], [error["code"] for error in row["errors"]]) == ("held", ["E012"])


async def test_a_rating_goes_when_its_session_comes(
    connectors: Connectors, kintell: Sender
) -> None:
    await kintell.told("rating", RATING)

    await kintell.told("session", SESSION)

    async with asyncio.timeout(20):
        while True:
            if await connectors.rows("SELECT FROM program.kintell_ratings"):
                break
            await asyncio.sleep(0.05)
    assert await connectors.value("SELECT value FROM program.kintell_ratings") == 0.75
    assert await connectors.value("SELECT state FROM pii.refused_rows") == "replayed"
    assert len(await connectors.events("kintell.rating.created.v1")) == 1
