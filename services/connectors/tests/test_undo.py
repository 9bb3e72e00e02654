"""Imports are taken back on the real database: rows, words, events, and what others stated."""

from typing import Any
from uuid import UUID

import pytest

from connectors_service.repository import images
from connectors_service.repository import undo as stored_undo
from connectors_service.undoing import undoer
from event_contracts import FactRetracted, ImportUndone
from shared_utils.db import Database

Connectors = Any
HEADER = "session_id,participant_email,volunteer_email,scheduled_at,completed_at,duration_minutes"
WITH_WORDS = HEADER + ",rating,feedback_text,topics\n"


def session(
    key: str, minutes: int = 60, rating: str = "", words: str = "", topics: str = ""
) -> str:
    times = "2026-03-02T10:00:00Z,2026-03-02T11:00:00Z"
    people = "anna@learn.example,tom@acme.example"
    return f'{key},{people},{times},{minutes},{rating},{words},"{topics}"\n'


async def sent(connectors: Connectors, *rows: str, header: str = WITH_WORDS) -> str:
    done = await connectors.imported("kintell-sessions", header + "".join(rows), program="language")
    assert done["status"] == "completed"
    return str(done["import_id"])


async def undone(connectors: Connectors, import_id: str) -> dict[str, Any]:
    return dict(await connectors.undone(import_id))


async def previewed(connectors: Connectors, import_id: str) -> dict[str, Any]:
    answer = await connectors.http.post(
        f"/v1/imports/{import_id}/undo?preview=true", headers=connectors.headers
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def counts(answer: dict[str, Any]) -> tuple[int, int, int, int]:
    return answer["restored"], answer["removed"], answer["kept"], answer["refused"]


async def stored(connectors: Connectors) -> dict[str, tuple[Any, ...]]:
    rows = await connectors.rows(
        "SELECT s.external_id, s.duration_minutes, r.value, x.body, d.details"
        " FROM program.kintell_sessions s LEFT JOIN program.kintell_ratings r USING (session_id)"
        " LEFT JOIN pii.texts x ON x.text_id = s.text_id"
        " LEFT JOIN pii.fact_details d ON d.fact_id = s.session_id ORDER BY 1"
    )
    return {row.pop("external_id"): tuple(row.values()) for row in rows}


async def test_what_only_one_import_stated_goes_with_all_that_hung_on_it(
    connectors: Connectors,
) -> None:
    import_id = await sent(connectors, session("LS-1", 60, "5", "Good.", "a,b"), session("LS-2"))
    await connectors.forget_events()
    promised = await previewed(connectors, import_id)

    done = await undone(connectors, import_id)

    assert done["status"] == "undone"
    assert counts(done["undo"]) == counts(promised) == (0, 2, 0, 0)
    assert promised["people"]["count"] == 2
    assert await stored(connectors) == {}
    for table in ("pii.texts", "pii.fact_details", "program.kintell_ratings"):
        assert await connectors.value(f"SELECT count(*) FROM {table}") == 0
    told = [event.data for event in await connectors.events()]
    gone = [event for event in told if isinstance(event, FactRetracted)]
    assert sorted((event.fact_type, event.revision) for event in gone) == [
        ("kintell_rating", 2),
        ("kintell_session", 2),
        ("kintell_session", 2),
    ]
    assert all(event.participant_id and event.volunteer_id for event in gone)
    assert told[-1] == ImportUndone(
        import_id=UUID(import_id), restored=0, removed=2, kept=0, refused=0
    )


async def test_what_was_overwritten_comes_back_with_words_and_details(
    connectors: Connectors,
) -> None:
    await sent(connectors, session("LS-1", 60, "5", "Good.", "a,b"))
    before = await stored(connectors)
    import_id = await sent(connectors, session("LS-1", 45, "3", "So so.", "c"))
    await connectors.forget_events()

    done = await undone(connectors, import_id)

    assert (done["status"], counts(done["undo"])) == ("undone", (1, 0, 0, 0))
    assert await stored(connectors) == before
    assert await connectors.value("SELECT count(*) FROM pii.texts") == 1
    told = [(event.type, event.data.revision) for event in (await connectors.events())[:2]]
    assert sorted(told) == [("kintell.rating.created.v1", 3), ("kintell.session.completed.v1", 3)]


async def test_what_a_later_import_found_unchanged_stays_and_is_traced_to_it(
    connectors: Connectors,
) -> None:
    rows = session("LS-1", 60, "5"), session("LS-2")
    first = await sent(connectors, *rows)
    second = await sent(connectors, rows[0])

    done = await undone(connectors, first)

    assert (done["status"], counts(done["undo"])) == ("undone", (0, 1, 1, 0))
    assert list(await stored(connectors)) == ["LS-1"]
    traced = await connectors.rows("SELECT import_id, revision FROM program.kintell_sessions")
    assert traced == [{"import_id": UUID(second), "revision": 2}]
    (kept, _) = (await connectors.get(f"/v1/imports/{first}/undo")).json()["items"]
    assert (kept["row"], kept["fate"], kept["code"]) == (2, "kept", "asserted")
    assert kept["by"]["import_id"] == second

    assert counts((await undone(connectors, second))["undo"]) == (0, 1, 0, 0)
    assert await stored(connectors) == {}


async def test_what_another_import_changed_since_is_refused_with_who_and_when(
    connectors: Connectors,
) -> None:
    first = await sent(connectors, session("LS-1", 60), session("LS-2"))
    second = await sent(connectors, session("LS-1", 45))
    promised = await previewed(connectors, first)

    done = await undone(connectors, first)

    assert (done["status"], counts(done["undo"])) == ("completed", (0, 1, 0, 1))
    (refused,) = (await connectors.get(f"/v1/imports/{first}/undo")).json()["items"]
    assert promised["rows"] == [refused]
    assert (refused["row"], refused["code"]) == (2, "changed_since")
    assert refused["by"] == {
        "role": "admin",
        "import_id": second,
        "subject": refused["by"]["subject"],
    }
    assert refused["by"]["subject"]
    assert refused["at"]
    assert "LS-1" in await stored(connectors)
    file = (await connectors.get(f"/v1/imports/{first}/undo.csv")).text
    assert (
        f"2,kintell_session,refused,changed_since,{refused['message'].split(',')[0]}"
        in file.replace('"', "")
    )

    assert (await undone(connectors, second))["status"] == "undone"
    assert await stored(connectors) == {}


async def test_a_refused_row_is_told_as_gone_once_it_went_with_the_other_import(
    connectors: Connectors,
) -> None:
    first = await sent(connectors, session("LS-1", 60), session("LS-2"))
    second = await sent(connectors, session("LS-1", 45))
    assert counts((await undone(connectors, first))["undo"]) == (0, 1, 0, 1)

    await undone(connectors, second)

    told = (await connectors.get(f"/v1/imports/{first}")).json()
    assert (told["status"], counts(told["undo"])) == ("undone", (0, 2, 0, 0))
    assert (await connectors.get(f"/v1/imports/{first}/undo")).json()["items"] == []
    ended = [event.data for event in await connectors.events(ImportUndone.type)]
    assert [(str(one.import_id) == first, one.removed, one.refused) for one in ended] == [
        (True, 1, 1),
        (False, 1, 0),
        (True, 2, 0),
    ]


async def test_a_refused_row_is_told_as_restored_once_the_other_import_gave_way(
    connectors: Connectors,
) -> None:
    await sent(connectors, session("LS-1", 60))
    before = await stored(connectors)
    second = await sent(connectors, session("LS-1", 45))
    third = await sent(connectors, session("LS-1", 30))
    assert counts((await undone(connectors, second))["undo"]) == (0, 0, 0, 1)

    await undone(connectors, third)

    told = (await connectors.get(f"/v1/imports/{second}")).json()
    assert (told["status"], counts(told["undo"])) == ("undone", (1, 0, 0, 0))
    assert await stored(connectors) == before


async def test_what_stays_with_another_import_still_says_so(connectors: Connectors) -> None:
    first = await sent(connectors, session("LS-1", 60))
    second = await sent(connectors, session("LS-1", 45))
    await sent(connectors, session("LS-1", 45))
    await undone(connectors, first)

    await undone(connectors, second)

    told = (await connectors.get(f"/v1/imports/{first}")).json()
    assert (told["status"], counts(told["undo"])) == ("completed", (0, 0, 0, 1))
    assert "LS-1" in await stored(connectors)


async def test_what_was_taken_back_is_not_promised_again(connectors: Connectors) -> None:
    first = await sent(connectors, session("LS-1", 60, "5"), session("LS-2"))
    await undone(connectors, first)

    promised = await previewed(connectors, first)

    assert counts(promised) == (0, 0, 0, 0)
    assert promised["facts"] == {}
    assert promised["undone_before"] == 3


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_two_updates_undone_in_either_order_lead_back_to_before_both(
    connectors: Connectors, order: tuple[int, int]
) -> None:
    await sent(connectors, session("LS-1", 60, "5", "Good.", "a"))
    before = await stored(connectors)
    updates = [
        await sent(connectors, session("LS-1", 45, "3", "So so.", "b")),
        await sent(connectors, session("LS-1", 30, "1", "Bad.", "c")),
    ]

    for place in order:
        await undone(connectors, updates[place])

    assert await stored(connectors) == before


async def test_asked_twice_it_does_nothing_more(connectors: Connectors) -> None:
    import_id = await sent(connectors, session("LS-1"))
    once = await undone(connectors, import_id)
    await connectors.forget_events()

    twice = await undone(connectors, import_id)

    assert twice == once
    assert await connectors.events() == []


async def test_a_session_with_ratings_of_another_import_is_refused_until_those_go(
    connectors: Connectors,
) -> None:
    first = await sent(connectors, session("LS-1"), header=WITH_WORDS)
    key = await connectors.value("SELECT session_id FROM program.kintell_sessions")
    await connectors.change(
        "INSERT INTO program.kintell_ratings (session_id, from_role, value, rated_at)"
        " VALUES (%s, 'volunteer', 0.5, now())",
        (key,),
    )
    promised = await previewed(connectors, first)

    done = await undone(connectors, first)

    assert counts(done["undo"]) == counts(promised) == (0, 0, 0, 1)
    assert promised["rows"][0]["code"] == "needed"
    await connectors.change("DELETE FROM program.kintell_ratings")
    assert (await undone(connectors, first))["status"] == "undone"
    assert await stored(connectors) == {}


async def test_what_changed_past_the_ledger_is_refused(connectors: Connectors) -> None:
    import_id = await sent(connectors, session("LS-1"))
    await connectors.change("UPDATE program.kintell_sessions SET revision = revision + 1")

    done = await undone(connectors, import_id)

    assert counts(done["undo"]) == (0, 0, 0, 1)
    (refused,) = (await connectors.get(f"/v1/imports/{import_id}/undo")).json()["items"]
    assert refused["code"] == "changed_outside"
    assert refused["at"]


async def test_companies_memberships_accounts_and_enrollments_go_too(
    connectors: Connectors,
) -> None:
    files = {
        "companies": "company_id,name,domain\nacme,Acme,acme.example\n",
        "company-users": "company_id,email\nacme,tom@acme.example\n",
        "enrollments": "participant_email,program,company_id,started_on\n"
        "anna@learn.example,language,acme,2026-01-01\n",
        "kintell-users": "Email,Name,Role when joined\nanna@learn.example,Anna,learner\n",
    }
    done = {
        name: (await connectors.imported(name, text))["import_id"] for name, text in files.items()
    }
    await connectors.forget_events()

    fates = [counts((await undone(connectors, done[name]))["undo"]) for name in files]

    assert fates == [(0, 0, 0, 1), (0, 1, 0, 0), (0, 1, 0, 0), (0, 1, 0, 0)]
    assert (await undone(connectors, done["companies"]))["status"] == "undone"
    told = [event for event in await connectors.events() if event.type != ImportUndone.type]
    assert [(event.type, event.data.revision) for event in told] == [
        ("companies.membership.changed.v1", 2),
        ("program.fact.retracted.v1", 2),
        ("program.fact.retracted.v1", 2),
        ("companies.membership.changed.v1", 2),
    ]
    assert told[0].data.removed
    assert told[3].data.removed
    for table in ("program.companies", "program.company_users", "pii.platform_accounts"):
        assert await connectors.value(f"SELECT count(*) FROM {table}") == 0


async def test_a_manager_takes_back_the_own_companys_imports_and_no_others(
    connectors: Connectors, acme: UUID
) -> None:
    manager = connectors.signed("company_user", company_id=str(acme), position="manager")
    bolt = await connectors.value("SELECT company_id FROM program.companies WHERE key = 'bolt'")
    rival = connectors.signed("company_user", company_id=str(bolt), position="manager")
    rows = "participant_email,program,company_id,started_on\n"
    rows += "anna@acme.example,language,acme,2026-01-01\n"
    sent = await connectors.send("enrollments", rows, headers=manager)
    import_id = sent.json()["import_id"]
    await connectors.ended(import_id)

    async def asked(headers: dict[str, str], path: str = "undo") -> int:
        answer = await connectors.http.post(f"/v1/imports/{import_id}/{path}", headers=headers)
        return int(answer.status_code)

    assert [await asked(rival, path) for path in ("undo", "undo?preview=true", "replay")] == [
        404
    ] * 3
    assert await asked(connectors.signed("reviewer")) == 403
    assert await asked(manager, "undo?preview=true") == 200
    assert await asked(manager) == 200
    audited = await connectors.rows("SELECT action, object_id FROM ops.audit_log")
    assert audited == [{"action": "imports.import.undo", "object_id": import_id}]


async def test_an_import_can_be_undone_as_long_as_its_images_are_kept(
    connectors: Connectors,
) -> None:
    import_id = await sent(connectors, session("LS-1"))
    trial = await connectors.imported(
        "kintell-sessions", WITH_WORDS + session("LS-2"), program="language", dry_run="true"
    )
    await connectors.change("UPDATE ops.imports SET finished_at = now() - interval '91 days'")

    async def asked(one: str) -> tuple[int, str]:
        answer = await connectors.http.post(f"/v1/imports/{one}/undo", headers=connectors.headers)
        return answer.status_code, answer.json()["type"].rsplit(":")[-1]

    assert await asked(import_id) == (410, "undo-too-late")
    assert await asked(str(trial["import_id"])) == (409, "not-undoable")


async def test_a_killed_undo_goes_on_where_it_was(
    build_connectors: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoer, "AT_ONCE", 2)
    connectors = await build_connectors()
    import_id = await sent(connectors, *(session(f"LS-{n}", rating="5") for n in range(7)))
    await connectors.forget_events()
    note, steps = stored_undo.note, 0

    async def note_or_break(*given: Any) -> None:
        nonlocal steps
        steps += 1
        if steps in (2, 4):
            raise ConnectionResetError
        await note(*given)

    monkeypatch.setattr(stored_undo, "note", note_or_break)

    answer = await connectors.http.post(f"/v1/imports/{import_id}/undo", headers=connectors.headers)
    while answer.json()["undo"]["status"] == "running":
        answer = await connectors.get(f"/v1/imports/{import_id}")
    done = answer.json()

    assert (done["status"], counts(done["undo"])) == ("undone", (0, 7, 0, 0))
    assert steps == 10
    gone = await connectors.events(FactRetracted.type)
    assert len({event.data.fact_id for event in gone}) == len(gone) == 14


async def test_images_of_an_erased_person_go_and_nothing_comes_back(
    connectors: Connectors,
) -> None:
    await sent(connectors, session("LS-1", 60))
    import_id = await sent(connectors, session("LS-1", 45))
    person = await connectors.value("SELECT participant_id FROM program.kintell_sessions")
    database = Database(connectors.database.url("connectors_worker"), application_name="connectors")

    async with database.work() as work:
        assert await images.forget_images_of(work.session, person) == 1
    await database.close()

    assert counts((await undone(connectors, import_id))["undo"]) == (0, 0, 0, 1)
    (refused,) = (await connectors.get(f"/v1/imports/{import_id}/undo")).json()["items"]
    assert refused["code"] == "forgotten"
