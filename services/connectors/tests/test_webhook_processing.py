"""Webhooks become facts by the path that files take: traced, counted, refused row by row."""

import json
from typing import Any

import pytest
from services.connectors.tests.conftest import Build, Connectors
from services.connectors.tests.senders import BOOKING, SESSION, Sender, processed, sender, stalled

from connectors_service.webhooks.worker import WebhookWorker


@pytest.fixture
async def kintell(connectors: Connectors) -> Sender:
    """Kintell, with a secret."""
    return await sender(connectors, "kintell")


async def the_import(connectors: Connectors) -> dict[str, Any]:
    (found,) = (await connectors.get("/v1/imports")).json()["items"]
    return dict(found)


async def test_a_booking_is_a_scheduled_session_that_its_report_completes(
    connectors: Connectors, kintell: Sender
) -> None:
    await kintell.told("booking", BOOKING)
    await kintell.told("session", SESSION)

    (session,) = await connectors.rows(
        "SELECT s.status, s.revision, s.duration_minutes, d.details FROM program.kintell_sessions s"
        " JOIN pii.fact_details d ON d.fact_id = s.session_id"
    )
    assert session == {
        "status": "completed",
        "revision": 2,
        "duration_minutes": 60,
        "details": {"topics": ["grammar", "writing"]},
    }
    kinds = [event.type for event in await connectors.events() if event.type.startswith("kintell")]
    assert kinds == ["kintell.session.scheduled.v1", "kintell.session.completed.v1"]


async def test_a_booking_of_another_id_is_another_session(
    connectors: Connectors, kintell: Sender
) -> None:
    await kintell.told("booking", BOOKING | {"booking_id": "LS-7"})
    await kintell.told("session", SESSION)

    assert await connectors.value("SELECT count(*) FROM program.kintell_sessions") == 2


async def test_a_booking_that_comes_late_changes_nothing(
    connectors: Connectors, kintell: Sender
) -> None:
    await kintell.told("session", SESSION)
    await kintell.told("booking", BOOKING | {"room": "blue"})

    (session,) = await connectors.rows(
        "SELECT s.status, s.revision, d.details FROM program.kintell_sessions s"
        " JOIN pii.fact_details d ON d.fact_id = s.session_id"
    )
    assert session == {
        "status": "completed",
        "revision": 1,
        "details": {"topics": ["grammar", "writing"]},
    }


async def test_what_a_report_is_silent_about_stays(connectors: Connectors, kintell: Sender) -> None:
    await kintell.told("session", SESSION)
    silent = {k: v for k, v in SESSION.items() if k not in ("topics", "language_level")}

    await kintell.told("session", silent | {"duration_minutes": 45})
    await kintell.told("session", silent | {"language_level": None, "duration_minutes": 45})

    (session,) = await connectors.rows(
        "SELECT s.duration_minutes, s.language_level, s.revision, d.details"
        " FROM program.kintell_sessions s JOIN pii.fact_details d ON d.fact_id = s.session_id"
    )
    assert session["details"] == {"topics": ["grammar", "writing"]}
    assert (session["duration_minutes"], session["language_level"]) == (45, None)
    assert session["revision"] == 3


async def test_a_webhook_that_breaks_rules_is_a_refused_row_of_the_days_import(
    connectors: Connectors, kintell: Sender
) -> None:
    bad = {"session_id": "LS-2", "participant_email": "nobody", "duration_minutes": 900}

    await kintell.told("session", SESSION)
    await kintell.told("session", bad)
    await kintell.told("session", SESSION | {"session_id": "LS-3"})

    found = await the_import(connectors)
    assert (found["dataset"], found["channel"]) == ("kintell-sessions", "webhook")
    assert found["mapping"] == "kintell-session-webhook"
    assert found["rows"] == {
        "read": 3,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
        "held": 0,
    }
    errors = await connectors.errors(found["import_id"])
    assert {(error["row"], error["code"], error["column"]) for error in errors} == {
        (2, "E001", "participant_email"),
        (2, "E002", "volunteer_email"),
        (2, "E002", "scheduled_at"),
        (2, "E004", "duration_minutes"),
    }
    file = (await connectors.get(f"/v1/imports/{found['import_id']}/errors.csv")).text
    assert "nobody" in file.splitlines()[1]


async def test_many_webhooks_that_came_together_keep_their_order(
    build_connectors: Build,
) -> None:
    stopped = await build_connectors()
    kintell = await sender(stopped, "kintell")
    async with stalled(stopped, "kintell/session"):
        for minutes in range(1, 31):
            await kintell.send("session", SESSION | {"duration_minutes": minutes})

    await processed(stopped)

    (session,) = await stopped.rows(
        "SELECT duration_minutes, revision, row_no FROM program.kintell_sessions"
    )
    assert session == {"duration_minutes": 30, "revision": 30, "row_no": 30}


async def test_unknown_members_are_kept_and_drift_is_counted(
    connectors: Connectors, kintell: Sender
) -> None:
    odd = SESSION | {
        "mood": "sunny",
        "room": {"floor": 2},
        "Session-Type": "language",
        "anna@example.org": 1,
        "duration_minutes": "60",
        "volunteer_email": None,
    }
    del odd["session_type"]

    await kintell.told("session", SESSION | {"mood": "sunny", "room": {"floor": 2}})
    await kintell.told("session", odd)

    details = await connectors.value("SELECT details FROM pii.fact_details")
    assert details["extra"] == {"mood": "sunny", "room": '{"floor":2}'}
    drift = (await connectors.get("/v1/webhooks/drift?source=kintell/session")).json()["items"]
    assert {(row["field"], row["kind"]): row["seen"] for row in drift} == {
        ("mood", "unknown"): 2,
        ("room", "unknown"): 2,
        ("(unprintable name)", "unknown"): 1,
        ("duration_minutes", "type"): 1,
        ("volunteer_email", "missing"): 1,
    }


async def test_drift_and_deliveries_come_in_pages(connectors: Connectors, kintell: Sender) -> None:
    for number in range(3):
        await kintell.told("session", SESSION | {f"odd_{number}": 1}, f"msg_{number}")

    for path, name in (("drift", "field"), ("deliveries", "webhook_id")):
        seen, more = [], "&"
        while more:
            page = (await connectors.get(f"/v1/webhooks/{path}?limit=2{more}")).json()
            seen += [item[name] for item in page["items"]]
            more = f"&cursor={page['next']}" if page["next"] else ""
        assert len(seen) == len(set(seen)) == 3


async def test_a_delivery_names_the_row_it_became_and_nothing_it_holds(
    connectors: Connectors, kintell: Sender
) -> None:
    await kintell.told("session", SESSION, "msg_1")

    answer = await connectors.get("/v1/webhooks/deliveries")

    (delivery,) = answer.json()["items"]
    found = await the_import(connectors)
    assert delivery["rows"] == [{"import_id": found["import_id"], "row": 1}]
    assert (delivery["webhook"], delivery["webhook_id"]) == ("kintell/session", "msg_1")
    assert delivery["processed_at"] is not None
    assert "anna" not in answer.text


@pytest.mark.parametrize("path", ["drift", "deliveries"])
async def test_partners_see_neither_drift_nor_deliveries(connectors: Connectors, path: str) -> None:
    partner = connectors.signed("partner", scopes=frozenset({"webhook:kintell"}))

    assert (await connectors.get(f"/v1/webhooks/{path}", partner)).status_code == 403


FAULT = """
CREATE FUNCTION program.fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.external_id = 'LS-POISON' THEN RAISE EXCEPTION 'poisoned'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fault BEFORE INSERT ON program.kintell_sessions
FOR EACH ROW EXECUTE FUNCTION program.fault();
"""


async def test_a_payload_that_cannot_be_stored_blocks_no_other(
    connectors: Connectors, kintell: Sender
) -> None:
    await connectors.change(FAULT)
    async with stalled(connectors, "kintell/session"):
        for name in ("LS-1", "LS-POISON", "LS-3"):
            await kintell.send("session", SESSION | {"session_id": name})

    await processed(connectors)

    kept = await connectors.rows("SELECT external_id FROM program.kintell_sessions ORDER BY row_no")
    assert [row["external_id"] for row in kept] == ["LS-1", "LS-3"]
    found = await the_import(connectors)
    assert await connectors.codes(found["import_id"]) == [(2, "E050")]


async def test_a_crash_after_the_load_repeats_nothing(
    connectors: Connectors, kintell: Sender
) -> None:
    await kintell.told("session", SESSION)
    await connectors.change("UPDATE pii.webhook_bodies SET processed_at = NULL")

    await processed(connectors)

    assert await connectors.value("SELECT rows_read FROM ops.imports") == 1
    assert await connectors.value("SELECT revision FROM program.kintell_sessions") == 1
    assert await connectors.value("SELECT count(*) FROM pii.webhook_rows") == 1


async def test_a_crash_before_the_load_loses_nothing(
    connectors: Connectors, kintell: Sender
) -> None:
    await kintell.told("session", SESSION)
    import_id = await connectors.value("SELECT import_id FROM ops.imports")
    await connectors.change(
        "WITH body AS (INSERT INTO pii.webhook_bodies (source, webhook_id, shape, body, routed_at)"
        " VALUES ('kintell', 'msg_2', 'kintell/session', %s, now()) RETURNING webhook_id)"
        " INSERT INTO pii.webhook_rows (import_id, row_no, source, webhook_id)"
        " SELECT %s, 2, 'kintell', webhook_id FROM body",
        (json.dumps(SESSION | {"session_id": "LS-2"}).encode(), import_id),
    )

    await processed(connectors)

    assert await connectors.value("SELECT rows_created FROM ops.imports") == 2


async def test_webhooks_after_a_cancelled_import_go_to_a_new_one(
    connectors: Connectors, kintell: Sender
) -> None:
    await kintell.told("session", SESSION)
    first = await the_import(connectors)
    await connectors.http.post(
        f"/v1/imports/{first['import_id']}/cancel", headers=connectors.headers
    )

    await kintell.told("session", SESSION | {"session_id": "LS-2"})

    imports = (await connectors.get("/v1/imports")).json()["items"]
    assert [(one["status"], one["rows"]["read"]) for one in imports] == [
        ("running", 1),
        ("cancelled", 1),
    ]


async def test_rows_that_a_cancelled_import_did_not_load_are_loaded_by_the_next(
    connectors: Connectors, kintell: Sender
) -> None:
    async with stalled(connectors, "kintell/session"):
        await kintell.send("session", SESSION, "msg_1")
        ended = await connectors.value(
            "INSERT INTO ops.imports (dataset, uploaded_by, uploaded_role, status, channel,"
            " mapping, mapping_version) VALUES ('kintell-sessions', 'webhook:kintell', 'partner',"
            " 'cancelled', 'webhook', 'kintell-session-webhook', '1') RETURNING import_id"
        )
        await connectors.change(
            "INSERT INTO pii.webhook_rows (import_id, row_no, source, webhook_id)"
            " VALUES (%s, 1, 'kintell', 'msg_1')",
            (ended,),
        )
        await connectors.change("UPDATE pii.webhook_bodies SET routed_at = now()")

    await processed(connectors)

    assert await connectors.value("SELECT import_id FROM program.kintell_sessions") != ended
    assert await connectors.value("SELECT count(*) FROM pii.webhook_rows") == 1


async def test_the_import_of_a_past_day_is_completed_and_told(
    connectors: Connectors, kintell: Sender
) -> None:
    await kintell.told("session", SESSION)
    await connectors.change(
        'UPDATE ops.imports SET checkpoint = checkpoint || \'{"day": "2026-01-01"}\''
    )
    worker: WebhookWorker = connectors.app.state.webhooks.worker

    await worker.close_days()
    await worker.close_days()

    assert (await the_import(connectors))["status"] == "completed"
    (event,) = await connectors.events("imports.import.completed.v1")
    assert (event.data.read, event.data.created) == (1, 1)  # type: ignore[attr-defined]
