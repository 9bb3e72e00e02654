"""Matches and what hangs on them: events, check-ins and feedback by match or by two addresses."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

MATCHES = (
    "match_id,participant_email,buddy_email,matched_at,status,language,interests,location\n"
    'M-1,Anna@learn.example,tom@acme.example,2026-01-15T10:00:00Z,active,Deutsch,"a, b",Oslo\n'
    "M-2,bob@learn.example,eva@acme.example,2026-01-20,,,,\n"
)
NAMELESS = (
    "participant_email,buddy_email,matched_at,status\n"
    "anna@learn.example,tom@acme.example,2026-01-15T10:00:00Z,active\n"
    "anna@learn.example,tom@acme.example,2026-03-01T10:00:00Z,active\n"
)
EVENTS = (
    "match_id,event_type,event_date,duration_minutes,description,location,attendees\n"
    'M-1,Hangout,2026-02-01T17:00:00Z,90,We cooked,Oslo,"Ivan, Olha"\n'
    "M-1,hangout,2026-02-01T17:00:00Z,90,We cooked,Oslo,\n"
    "M-1,hangout,2026-02-01T17:00:00Z,30,We walked,,\n"
    "M-2,Game night,2026-02-02,,,,\n"
)
CHECKINS = (
    "match_id,checkin_date,mood,notes,question_responses\n"
    'M-1,2026-02-10,Good,I know my neighbours,"{""met"": 2}"\n'
    "M-1,2026-02-10,good,,\n"
    "M-2,2026-02-11,,,\n"
)
FEEDBACK = (
    "match_id,from_role,rating,feedback_text,submitted_at,communication,helpfulness,engagement\n"
    "M-1,participant,1,She helps,2026-03-01T12:00:00Z,1,5,4\n"
    "M-1,buddy,1,He is shy,2026-03-01T12:00:00Z,,,\n"
)


def counts(done: dict[str, Any]) -> tuple[int, ...]:
    return tuple(done["rows"][name] for name in ("created", "updated", "unchanged", "refused"))


async def imported(connectors: Any, dataset: str, content: str) -> dict[str, Any]:
    await connectors.forget_events()
    done: dict[str, Any] = await connectors.imported(dataset, content)
    assert done["status"] == "completed", done
    return done


async def people(connectors: Any) -> dict[str, UUID]:
    rows = await connectors.rows("SELECT external_id, person_id FROM pii.external_ids")
    return {row["external_id"].partition("@")[0]: row["person_id"] for row in rows}


async def test_matches_become_facts_and_events(connectors: Any) -> None:
    done = await imported(connectors, "buddy-matches", MATCHES)

    assert counts(done) == (2, 0, 0, 0)
    who = await people(connectors)
    events = await connectors.events("buddy.match.created.v1")
    assert {(e.data.participant_id, e.data.buddy_id, e.data.language) for e in events} == {
        (who["anna"], who["tom"], "de"),
        (who["bob"], who["eva"], None),
    }
    assert await connectors.value(
        "SELECT details FROM pii.fact_details WHERE fact_type = 'buddy_match'"
    ) == {"interests": ["a", "b"], "location": "Oslo"}
    assert counts(await imported(connectors, "buddy-matches", MATCHES)) == (0, 0, 2, 0)


async def test_a_match_without_id_is_known_by_its_people_and_time(connectors: Any) -> None:
    assert counts(await imported(connectors, "buddy-matches", NAMELESS)) == (2, 0, 0, 0)

    ended = NAMELESS.replace("03-01T10:00:00Z,active", "03-01T10:00:00Z,ended")
    assert counts(await imported(connectors, "buddy-matches", ended)) == (0, 1, 1, 0)
    (event,) = await connectors.events("buddy.match.created.v1")
    assert (event.data.status, event.data.revision) == ("ended", 2)


async def test_an_id_that_comes_later_is_taken_on(connectors: Any) -> None:
    await imported(connectors, "buddy-matches", NAMELESS)
    before = await connectors.rows("SELECT match_id, matched_at FROM program.buddy_matches")

    assert counts(await imported(connectors, "buddy-matches", MATCHES)) == (1, 1, 0, 0)

    after = await connectors.rows(
        "SELECT external_id, match_id, matched_at FROM program.buddy_matches ORDER BY matched_at"
    )
    assert [row["external_id"] for row in after] == ["M-1", "M-2", None]
    ids = {row["matched_at"]: row["match_id"] for row in before}
    assert after[0]["match_id"] == ids[after[0]["matched_at"]]
    assert counts(await imported(connectors, "buddy-matches", NAMELESS)) == (0, 0, 2, 0)
    assert counts(await imported(connectors, "buddy-matches", MATCHES)) == (0, 0, 2, 0)


async def test_a_match_with_an_id_may_move_in_time(connectors: Any) -> None:
    await imported(connectors, "buddy-matches", MATCHES)

    moved = MATCHES.replace("2026-01-20", "2026-01-22")

    assert counts(await imported(connectors, "buddy-matches", moved)) == (0, 1, 1, 0)


async def test_e011_an_id_or_a_pair_and_time_stands_once(connectors: Any) -> None:
    twice = MATCHES + "M-1,anna@learn.example,tom@acme.example,2026-01-15T10:00:00Z,ended,,,\n"
    done = await imported(connectors, "buddy-matches", twice)
    assert await connectors.codes(done["import_id"]) == [(2, "E011"), (4, "E011")]

    again = NAMELESS + "anna@learn.example,tom@acme.example,2026-01-15T10:00:00Z,ended\n"
    done = await imported(connectors, "buddy-matches", again)
    assert await connectors.codes(done["import_id"]) == [(2, "E011"), (4, "E011")]


async def test_nobody_is_their_own_buddy(connectors: Any) -> None:
    header = "participant_email,buddy_email,matched_at,status\n"

    done = await connectors.imported(
        "buddy-matches", f"{header}anna@a.example,Anna@A.example,2026-01-02,active\n"
    )

    assert await connectors.codes(done["import_id"]) == [(2, "E016")]


async def test_equal_events_are_told_apart_by_their_order(connectors: Any) -> None:
    await imported(connectors, "buddy-matches", MATCHES)

    done = await imported(connectors, "buddy-events", EVENTS)

    assert counts(done) == (4, 0, 0, 0)
    stored = await connectors.rows(
        "SELECT event_type, e.occurred_at, nth, duration_minutes, t.body, t.person_id, t.field"
        " FROM program.buddy_events e LEFT JOIN pii.texts t USING (text_id) ORDER BY 1, 3"
    )
    at, other = datetime(2026, 2, 1, 17, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
    assert [tuple(row.values()) for row in stored] == [
        ("game_night", other, 1, None, None, None, None),
        ("hangout", at, 1, 90, "We cooked", None, "description"),
        ("hangout", at, 2, 90, "We cooked", None, "description"),
        ("hangout", at, 3, 30, "We walked", None, "description"),
    ]
    who = await people(connectors)
    events = await connectors.events("buddy.event.logged.v1")
    assert len(events) == 4
    assert {(e.data.participant_id, e.data.buddy_id) for e in events} == {
        (who["anna"], who["tom"]),
        (who["bob"], who["eva"]),
    }
    assert counts(await imported(connectors, "buddy-events", EVENTS)) == (0, 0, 4, 0)
    assert await connectors.events("buddy.event.logged.v1") == []


async def test_the_order_of_equal_rows_does_not_depend_on_chunks(build_connectors: Any) -> None:
    connectors = await build_connectors(import_chunk_rows=1)
    await imported(connectors, "buddy-matches", MATCHES)

    assert counts(await imported(connectors, "buddy-events", EVENTS)) == (4, 0, 0, 0)
    assert counts(await imported(connectors, "buddy-events", EVENTS)) == (0, 0, 4, 0)


async def test_a_refused_row_keeps_its_place_among_equal_ones(connectors: Any) -> None:
    await imported(connectors, "buddy-matches", MATCHES)
    wrong = EVENTS.replace(",90,We cooked,Oslo,\n", ",900,We cooked,Oslo,\n")

    done = await imported(connectors, "buddy-events", wrong)

    assert await connectors.codes(done["import_id"]) == [(3, "E004")]
    assert await connectors.rows(
        "SELECT nth FROM program.buddy_events WHERE event_type = 'hangout' ORDER BY nth"
    ) == [{"nth": 1}, {"nth": 3}]
    assert (await connectors.value("SELECT original FROM pii.refused_rows"))["nth"] == 2
    path = f"/v1/imports/{done['import_id']}/errors.csv"
    mended = (await connectors.get(path)).text.replace(",900,", ",90,")
    assert counts(await imported(connectors, "buddy-events", mended)) == (1, 0, 0, 0)
    assert counts(await imported(connectors, "buddy-events", mended)) == (0, 0, 1, 0)
    assert counts(await imported(connectors, "buddy-events", EVENTS)) == (0, 0, 4, 0)


async def test_checkins_become_facts_texts_and_events(connectors: Any) -> None:
    await imported(connectors, "buddy-matches", MATCHES)

    done = await imported(connectors, "buddy-checkins", CHECKINS)

    assert counts(done) == (3, 0, 0, 0)
    who = await people(connectors)
    (text,) = await connectors.rows("SELECT body, person_id, field, fact_type FROM pii.texts")
    assert tuple(text.values()) == (
        "I know my neighbours",
        who["anna"],
        "notes",
        "buddy_checkin",
    )
    events = await connectors.events("buddy.checkin.completed.v1")
    assert sorted(
        (e.data.checked_in_on, e.data.mood or "", bool(e.data.text_id)) for e in events
    ) == [
        (date(2026, 2, 10), "good", False),
        (date(2026, 2, 10), "good", True),
        (date(2026, 2, 11), "", False),
    ]
    assert await connectors.value(
        "SELECT details FROM pii.fact_details WHERE fact_type = 'buddy_checkin'"
    ) == {"question_responses": {"met": 2}}


async def test_the_ratings_of_feedback_share_one_scale(connectors: Any) -> None:
    await imported(connectors, "buddy-matches", MATCHES)

    done = await imported(connectors, "buddy-feedback", FEEDBACK)

    assert counts(done) == (2, 0, 0, 0)
    who = await people(connectors)
    stored = await connectors.rows(
        "SELECT from_role, rating, communication, helpfulness, engagement, person_id"
        " FROM program.buddy_feedback JOIN pii.texts USING (text_id) ORDER BY 1"
    )
    assert [tuple(row.values()) for row in stored] == [
        ("buddy", 0.0, None, None, None, who["tom"]),
        ("participant", 0.0, 0.0, 1.0, 0.75, who["anna"]),
    ]
    events = await connectors.events("buddy.feedback.submitted.v1")
    assert sorted(e.data.from_role for e in events) == ["buddy", "participant"]
    shares = FEEDBACK.replace(",1,5,4\n", ",1,0.5,0.4\n")
    done = await imported(connectors, "buddy-feedback", shares)
    assert counts(done) == (0, 2, 0, 0)
    assert await connectors.value(
        "SELECT helpfulness FROM program.buddy_feedback WHERE from_role = 'participant'"
    ) == pytest.approx(0.5)


async def test_rows_may_name_a_match_by_its_two_people(connectors: Any) -> None:
    await imported(connectors, "buddy-matches", NAMELESS)
    pair = "anna@learn.example,TOM@acme.example"
    content = (
        "participant_email,buddy_email,checkin_date\n"
        f"{pair},2026-01-14\n{pair},2026-01-15\n{pair},2026-02-28\n{pair},2026-03-01\n"
        "anna@learn.example,eva@acme.example,2026-03-01\n"
    )

    done = await imported(connectors, "buddy-checkins", content)

    assert await connectors.codes(done["import_id"]) == [(2, "E012"), (6, "E012")]
    stored = await connectors.rows(
        "SELECT c.checked_in_on, m.matched_at::date FROM program.buddy_checkins c"
        " JOIN program.buddy_matches m USING (match_id) ORDER BY 1"
    )
    assert [tuple(row.values()) for row in stored] == [
        (date(2026, 1, 15), date(2026, 1, 15)),
        (date(2026, 2, 28), date(2026, 1, 15)),
        (date(2026, 3, 1), date(2026, 3, 1)),
    ]
    assert "eva" not in await people(connectors)


@pytest.mark.parametrize(
    ("dataset", "content", "codes"),
    [
        ("buddy-events", EVENTS, [(row, "E012") for row in range(2, 6)]),
        ("buddy-checkins", CHECKINS, [(row, "E012") for row in range(2, 5)]),
        ("buddy-feedback", FEEDBACK, [(2, "E012"), (3, "E012")]),
        ("buddy-events", "match_id,event_type,event_date\n,a,2026-01-01\n", [(2, "E002")]),
    ],
)
async def test_e012_rows_of_a_match_that_is_not_there(
    connectors: Any, dataset: str, content: str, codes: list[tuple[int, str]]
) -> None:
    done = await imported(connectors, dataset, content)

    assert await connectors.codes(done["import_id"]) == codes
    assert done["rows"]["read"] == len(codes)


async def test_a_match_that_changes_its_people_tells_its_facts_anew(connectors: Any) -> None:
    await imported(connectors, "buddy-matches", MATCHES)
    await imported(connectors, "buddy-events", EVENTS)
    await imported(connectors, "buddy-feedback", FEEDBACK)

    await imported(connectors, "buddy-matches", MATCHES.replace("tom@acme", "una@acme"))

    una = (await people(connectors))["una"]
    told = [e for e in await connectors.events() if hasattr(e.data, "buddy_id")]
    assert {e.data.buddy_id for e in told} == {una}
    assert len(told) == 1 + 3 + 2
