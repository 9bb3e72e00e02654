"""Session files become facts, people, texts and events: once, whatever is sent again."""

from typing import Any

import pytest

LANGUAGE = (
    "session_id,participant_email,volunteer_email,scheduled_at,completed_at,duration_minutes,"
    "rating,feedback_text,language_level,topics,metadata\n"
    "LS-1,anna@learn.example,tom@acme.example,2024-11-01T10:00:00Z,2024-11-01T11:00:00Z,60,5,"
    '"Excellent grammar practice",B2,"grammar,writing","{""focus"":""past tense""}"\n'
    "LS-2,olga@learn.example,tom@acme.example,2024-11-08T14:00:00Z,2024-11-08T15:00:00Z,60,4,"
    'Good conversation session,B1,"conversation,vocabulary",\n'
    "LS-3,ivan@learn.example,eva@acme.example,2024-11-15T16:00:00Z,,60,,Upcoming session,A2,"
    "pronunciation,\n"
)
MENTORSHIP = (
    "session_id,participant_email,mentor_email,scheduled_at,completed_at,duration_minutes,rating,"
    "feedback_text,focus_area,goals_discussed\n"
    "MS-1,anna@learn.example,joe@acme.example,2024-11-01T10:00:00Z,2024-11-01T11:00:00Z,60,5,"
    '"Excellent session",career,"CV,interview"\n'
)
OLDER = (
    "session_id,session_type,participant_email,volunteer_email,date,duration_min,rating,"
    "feedback_text,language_level\r\n"
    "K-1,Language Connect,alice@example.com,carl@help.example,2025-11-01T15:00:00Z,60,5,Great!,B1"
    "\r\n"
    "K-2,Mentorship,bob@example.com,diana@help.example,2025-11-02T10:00:00Z,60,4,Good advice,\r\n"
)
FACTS = ("created", "updated", "unchanged", "refused")


def counts(done: dict[str, Any]) -> tuple[int, ...]:
    return tuple(done["rows"][name] for name in FACTS)


async def test_a_language_file_becomes_sessions_people_texts_and_events(connectors: Any) -> None:
    done = await connectors.imported("kintell-sessions", LANGUAGE, "export.csv")

    assert (done["status"], counts(done)) == ("completed", (3, 0, 0, 0))
    assert done["rows"]["read"] == 3
    sessions = await connectors.rows(
        "SELECT external_id, session_type, status, duration_minutes, language_level, row_no,"
        " mapping_version, revision FROM program.kintell_sessions ORDER BY external_id"
    )
    assert [tuple(row.values()) for row in sessions] == [
        ("LS-1", "language", "completed", 60, "B2", 2, "kintell-sessions@1", 1),
        ("LS-2", "language", "completed", 60, "B1", 3, "kintell-sessions@1", 1),
        ("LS-3", "language", "scheduled", 60, "A2", 4, "kintell-sessions@1", 1),
    ]
    assert await connectors.value("SELECT count(*) FROM pii.persons") == 5
    kinds = [envelope.type for envelope in await connectors.events()]
    assert sorted(kinds) == sorted(
        [
            *["identity.person.created.v1"] * 5,
            *["kintell.session.completed.v1"] * 2,
            *["kintell.session.scheduled.v1"],
            *["kintell.rating.created.v1"] * 2,
            "imports.import.completed.v1",
        ]
    )


async def test_words_stay_in_the_database_and_events_carry_their_id(connectors: Any) -> None:
    await connectors.imported("kintell-sessions", LANGUAGE)

    (text,) = await connectors.rows(
        "SELECT t.*, s.participant_id FROM pii.texts t"
        " JOIN program.kintell_sessions s USING (text_id) WHERE s.external_id = 'LS-1'"
    )
    assert text["body"] == "Excellent grammar practice"
    assert (text["fact_type"], text["field"]) == ("kintell_session", "feedback_text")
    assert text["person_id"] == text["participant_id"]
    named = {
        envelope.data.text_id
        for envelope in await connectors.events("kintell.session.completed.v1")
    }
    assert text["text_id"] in named
    bodies = await connectors.rows("SELECT convert_from(body, 'UTF8') AS body FROM ops.outbox")
    assert not any("grammar" in row["body"] or "@" in row["body"] for row in bodies)
    details = await connectors.value(
        "SELECT details FROM pii.fact_details d JOIN program.kintell_sessions s"
        " ON s.session_id = d.fact_id WHERE external_id = 'LS-1'"
    )
    assert details == {"topics": ["grammar", "writing"], "metadata": {"focus": "past tense"}}


async def test_ratings_are_stored_on_zero_to_one(connectors: Any) -> None:
    await connectors.imported("kintell-sessions", LANGUAGE)

    ratings = await connectors.rows(
        "SELECT s.external_id, r.value, r.from_role FROM program.kintell_ratings r"
        " JOIN program.kintell_sessions s USING (session_id) ORDER BY 1"
    )
    assert [tuple(row.values()) for row in ratings] == [
        ("LS-1", 1.0, "participant"),
        ("LS-2", 0.75, "participant"),
    ]
    (event, _) = await connectors.events("kintell.rating.created.v1")
    session = await connectors.rows(
        "SELECT * FROM program.kintell_sessions WHERE external_id = 'LS-1'"
    )
    assert event.data.participant_id == session[0]["participant_id"]
    assert event.data.rated_at == session[0]["completed_at"]


@pytest.mark.parametrize(
    ("content", "filename", "types"),
    [
        (MENTORSHIP, "export.csv", {"MS-1": "mentorship"}),
        (OLDER, "export.csv", {"K-1": "language", "K-2": "mentorship"}),
    ],
)
async def test_the_other_two_shapes_import(
    connectors: Any, content: str, filename: str, types: dict[str, str]
) -> None:
    done = await connectors.imported("kintell-sessions", content, filename)

    assert counts(done) == (len(types), 0, 0, 0)
    stored = await connectors.rows("SELECT external_id, session_type FROM program.kintell_sessions")
    assert {row["external_id"]: row["session_type"] for row in stored} == types


async def test_in_the_older_shape_the_date_is_both_times(connectors: Any) -> None:
    await connectors.imported("kintell-sessions", OLDER)

    times = await connectors.rows(
        "SELECT status, scheduled_at = completed_at AS same FROM program.kintell_sessions"
    )
    assert [tuple(row.values()) for row in times] == [("completed", True)] * 2


async def test_the_same_file_again_changes_nothing_and_emits_nothing(connectors: Any) -> None:
    await connectors.imported("kintell-sessions", LANGUAGE)
    before = await connectors.rows("SELECT * FROM program.kintell_sessions ORDER BY session_id")
    await connectors.forget_events()

    again = await connectors.imported("kintell-sessions", LANGUAGE)

    assert counts(again) == (0, 0, 3, 0)
    after = await connectors.rows("SELECT * FROM program.kintell_sessions ORDER BY session_id")
    assert after == before
    assert [envelope.type for envelope in await connectors.events()] == [
        "imports.import.completed.v1"
    ]
    assert await connectors.value("SELECT count(*) FROM pii.texts") == 3


async def test_a_changed_row_is_updated_with_one_event_for_each_changed_fact(
    connectors: Any,
) -> None:
    await connectors.imported("kintell-sessions", LANGUAGE)
    await connectors.forget_events()

    changed = LANGUAGE.replace("15:00:00Z,60,4", "15:30:00Z,90,3")
    done = await connectors.imported("kintell-sessions", changed)

    assert counts(done) == (0, 1, 2, 0)
    session, rating, _ = sorted(await connectors.events(), key=lambda e: e.type, reverse=True)
    assert (session.type, session.data.revision) == ("kintell.session.completed.v1", 2)
    assert session.data.duration_minutes == 90
    assert (rating.type, rating.data.revision, rating.data.value) == (
        "kintell.rating.created.v1",
        2,
        0.5,
    )
    images = await connectors.rows("SELECT fact_type, image FROM pii.before_images")
    assert {row["fact_type"] for row in images} == {"kintell_session", "kintell_rating"}
    assert {row["image"].get("duration_minutes") for row in images} == {60, None}


async def test_an_edited_text_is_a_new_text(connectors: Any) -> None:
    await connectors.imported("kintell-sessions", LANGUAGE)
    before = await connectors.value(
        "SELECT text_id FROM program.kintell_sessions WHERE external_id = 'LS-1'"
    )

    edited = LANGUAGE.replace("Excellent grammar practice", "Excellent, edited")
    done = await connectors.imported("kintell-sessions", edited)

    assert counts(done) == (0, 1, 2, 0)
    (row,) = await connectors.rows(
        "SELECT t.text_id, t.body FROM program.kintell_sessions s JOIN pii.texts t USING (text_id)"
        " WHERE external_id = 'LS-1'"
    )
    assert row["body"] == "Excellent, edited"
    assert row["text_id"] != before
    assert await connectors.value("SELECT count(*) FROM pii.texts") == 4


async def test_changed_topics_alone_are_an_update(connectors: Any) -> None:
    await connectors.imported("kintell-sessions", LANGUAGE)
    await connectors.forget_events()

    done = await connectors.imported(
        "kintell-sessions", LANGUAGE.replace("grammar,writing", "grammar")
    )

    assert counts(done) == (0, 1, 2, 0)
    (event,) = await connectors.events("kintell.session.completed.v1")
    assert event.data.revision == 2


async def test_a_row_that_changes_here_and_there_is_one_revision_and_one_event(
    connectors: Any,
) -> None:
    await connectors.imported("kintell-sessions", LANGUAGE)
    await connectors.forget_events()

    changed = LANGUAGE.replace("grammar,writing", "grammar").replace("Z,60,5", "Z,45,5")
    await connectors.imported("kintell-sessions", changed)

    (event,) = await connectors.events("kintell.session.completed.v1")
    assert (event.data.revision, event.data.duration_minutes) == (2, 45)


async def test_a_file_that_lacks_a_column_leaves_its_values_alone(connectors: Any) -> None:
    await connectors.imported("kintell-sessions", LANGUAGE)
    short = (
        "session_id,participant_email,volunteer_email,scheduled_at,completed_at\n"
        "LS-1,anna@learn.example,tom@acme.example,2024-11-01T10:00:00Z,2024-11-01T11:00:00Z\n"
    )

    done = await connectors.imported("kintell-sessions", short)

    assert counts(done) == (0, 0, 1, 0)
    (row,) = await connectors.rows(
        "SELECT duration_minutes, language_level, text_id IS NOT NULL AS has_text"
        " FROM program.kintell_sessions WHERE external_id = 'LS-1'"
    )
    assert tuple(row.values()) == (60, "B2", True)


async def test_an_emptied_cell_empties_the_value(connectors: Any) -> None:
    await connectors.imported("kintell-sessions", LANGUAGE)

    await connectors.imported(
        "kintell-sessions", LANGUAGE.replace("Excellent grammar practice", "")
    )

    assert await connectors.value(
        "SELECT text_id IS NULL FROM program.kintell_sessions WHERE external_id = 'LS-1'"
    )


async def test_a_rating_from_elsewhere_is_not_overwritten(connectors: Any) -> None:
    await connectors.imported("kintell-sessions", LANGUAGE)
    await connectors.change("UPDATE program.kintell_ratings SET external_id = 'R-1', value = 0.1")

    done = await connectors.imported("kintell-sessions", LANGUAGE)

    assert counts(done) == (0, 0, 3, 0)
    assert await connectors.value("SELECT max(value) FROM program.kintell_ratings") == 0.1


async def test_the_ledger_names_every_row_unchanged_ones_too(connectors: Any) -> None:
    first = await connectors.imported("kintell-sessions", LANGUAGE)
    again = await connectors.imported(
        "kintell-sessions", LANGUAGE.replace("15:00:00Z,60,4", "15:30:00Z,90,4")
    )

    query = (
        "SELECT row_nos, revisions_before, revisions_after FROM ops.import_rows"
        " WHERE import_id = %s AND fact_type = 'kintell_session'"
    )
    assert [tuple(r.values()) for r in await connectors.rows(query, [first["import_id"]])] == [
        ([2, 3, 4], [None] * 3, [1, 1, 1])
    ]
    assert [tuple(r.values()) for r in await connectors.rows(query, [again["import_id"]])] == [
        ([2, 3, 4], [1, 1, 1], [1, 2, 1])
    ]


async def test_unknown_columns_are_kept_as_extra(connectors: Any) -> None:
    content = (
        "Session ID,Participant-Email,VOLUNTEER_EMAIL,scheduled at,language level,Room,\n"
        "LS-9,a@b.example,c@d.example,2024-11-01T10:00:00Z,b1,Blue room,\n"
    )

    done = await connectors.imported("kintell-sessions", content)

    assert counts(done) == (1, 0, 0, 0)
    details = await connectors.value("SELECT details FROM pii.fact_details")
    assert details == {"extra": {"Room": "Blue room"}}


@pytest.mark.parametrize(
    ("session_id", "filename", "program", "expected"),
    [
        ("LS-1", "export.csv", "", "language"),
        ("LANG-7", "export.csv", "", "language"),
        ("MS-1", "kintell-language.csv", "language", "mentorship"),
        ("MENTOR-1", "export.csv", "", "mentorship"),
        ("X-1", "language-for-ukraine-2024-11.csv", "mentorship", "language"),
        ("X-1", "kintell-mentorship-export.csv", "", "mentorship"),
        ("X-1", "export.csv", "mentorship", "mentorship"),
        ("X-1", "export.csv", "", None),
    ],
)
async def test_the_programme_is_told_by_id_then_name_then_uploader(
    connectors: Any, session_id: str, filename: str, program: str, expected: str | None
) -> None:
    content = (
        "session_id,participant_email,volunteer_email,scheduled_at\n"
        f"{session_id},a@b.example,c@d.example,2024-11-01T10:00:00Z\n"
    )

    done = await connectors.imported("kintell-sessions", content, filename, program=program)

    stored = await connectors.rows("SELECT session_type FROM program.kintell_sessions")
    assert [row["session_type"] for row in stored] == ([expected] if expected else [])
    if expected is None:
        assert await connectors.codes(done["import_id"]) == [(2, "E008")]


async def test_a_session_that_moves_to_another_person_takes_rating_and_words_along(
    connectors: Any,
) -> None:
    await connectors.imported("kintell-sessions", LANGUAGE, "export.csv")
    await connectors.forget_events()
    moved = LANGUAGE.replace("LS-1,anna@learn.example", "LS-1,mia@learn.example")

    done = await connectors.imported("kintell-sessions", moved, "export.csv")

    mia = await connectors.value(
        "SELECT person_id FROM pii.external_ids WHERE external_id = 'mia@learn.example'"
    )
    told = [event.data for event in await connectors.events("kintell.rating.created.v1")]
    authors = await connectors.rows(
        "SELECT t.person_id, t.body FROM pii.texts t"
        " JOIN program.kintell_sessions s ON s.text_id = t.text_id AND s.external_id = 'LS-1'"
    )
    assert counts(done) == (0, 1, 2, 0)
    assert [(event.participant_id, event.revision, event.value) for event in told] == [
        (mia, 2, 1.0)
    ]
    assert [tuple(row.values()) for row in authors] == [(mia, "Excellent grammar practice")]


async def test_a_session_of_another_kind_takes_its_rating_along_without_a_rating_cell(
    connectors: Any,
) -> None:
    await connectors.imported("kintell-sessions", OLDER, "older.csv")
    await connectors.forget_events()
    changed = OLDER.replace("Language Connect,alice", "Mentorship,alice").replace(",60,5,", ",60,,")

    await connectors.imported("kintell-sessions", changed, "older.csv")

    told = [event.data for event in await connectors.events("kintell.rating.created.v1")]
    assert [(event.session_type, event.revision) for event in told] == [("mentorship", 2)]


SHORT = "session_id,participant_email,volunteer_email,scheduled_at"
PEOPLE = "anna@learn.example,tom@acme.example,2026-03-02T10:00:00Z"


async def status_of(connectors: Any) -> list[tuple[Any, ...]]:
    rows = await connectors.rows(
        "SELECT external_id, status, (extract(epoch FROM completed_at - scheduled_at) / 60)::int"
        " AS minutes FROM program.kintell_sessions ORDER BY 1"
    )
    return [tuple(row.values()) for row in rows]


async def test_a_file_that_says_nothing_of_the_end_rewrites_no_status(connectors: Any) -> None:
    await connectors.imported(
        "kintell-sessions",
        f"{SHORT},completed_at\nLS-1,{PEOPLE},2026-03-02T11:00:00Z\n",
    )

    again = await connectors.imported(
        "kintell-sessions", f"{SHORT}\nLS-1,{PEOPLE}\nLS-2,{PEOPLE}\n"
    )
    cancelled = await connectors.imported(
        "kintell-sessions", f"{SHORT},status\nLS-1,{PEOPLE},cancelled\n"
    )

    assert counts(again) == (1, 0, 1, 0)
    assert counts(cancelled) == (0, 1, 0, 0)
    assert await status_of(connectors) == [("LS-1", "cancelled", None), ("LS-2", "scheduled", None)]


async def test_start_duration_and_status_are_enough_to_tell_the_end(connectors: Any) -> None:
    content = (
        f"{SHORT},duration_minutes,status\nLS-1,{PEOPLE},45,completed\n"
        f"LS-2,{PEOPLE},45,scheduled\nLS-3,{PEOPLE},,completed\nLS-4,{PEOPLE},45,no_show\n"
    )

    done = await connectors.imported("kintell-sessions", content)

    assert await connectors.codes(done["import_id"]) == [(4, "E002")]
    assert await status_of(connectors) == [
        ("LS-1", "completed", 45),
        ("LS-2", "scheduled", None),
        ("LS-4", "no_show", None),
    ]
