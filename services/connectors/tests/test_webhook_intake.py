"""Webhooks at the door: signed, fresh, whole, once; whatever is wrong is refused and kept out."""

import asyncio
import json
from datetime import timedelta
from typing import Any

from services.connectors.tests.conftest import Build, Connectors
from services.connectors.tests.senders import (
    BOOKING,
    PROBLEM,
    SESSION,
    headers_for,
    new_secret,
    processed,
    sender,
)

from connectors_service.webhooks.shape import shapes

STORED = "SELECT count(*) FROM pii.webhook_bodies"


async def test_a_signed_webhook_is_stored_then_processed(connectors: Connectors) -> None:
    kintell = await sender(connectors, "kintell")

    answer = await kintell.send("session", SESSION, "msg_1")
    await processed(connectors)

    assert answer.status_code == 202
    assert answer.json() == {
        "source": "kintell",
        "kind": "session",
        "webhook_id": "msg_1",
        "repeated": False,
        "dry_run": False,
    }
    (fact,) = await connectors.rows(
        "SELECT s.status, i.channel, i.dataset, i.status AS state, w.webhook_id"
        " FROM program.kintell_sessions s JOIN ops.imports i USING (import_id)"
        " JOIN pii.webhook_rows w USING (import_id, row_no)"
    )
    assert fact == {
        "status": "completed",
        "channel": "webhook",
        "dataset": "kintell-sessions",
        "state": "running",
        "webhook_id": "msg_1",
    }


async def test_the_same_webhook_fifty_times_at_once_has_one_effect(
    connectors: Connectors,
) -> None:
    kintell = await sender(connectors, "kintell")

    answers = await asyncio.gather(*(kintell.send("session", SESSION, "msg_1") for _ in range(50)))
    await processed(connectors)

    assert {answer.status_code for answer in answers} == {202}
    assert [answer.json()["repeated"] for answer in answers].count(False) == 1
    assert await connectors.value(STORED) == 1
    assert await connectors.value("SELECT max(revision) FROM program.kintell_sessions") == 1
    assert await connectors.value("SELECT rows_read FROM ops.imports") == 1
    assert len(await connectors.events("kintell.session.completed.v1")) == 1


async def test_an_id_that_comes_again_with_another_body_is_refused_and_counted(
    connectors: Connectors,
) -> None:
    kintell = await sender(connectors, "kintell")
    await kintell.told("session", SESSION, "msg_1")

    other = await kintell.send("session", SESSION | {"duration_minutes": 5}, "msg_1")
    elsewhere = await kintell.send("booking", SESSION, "msg_1")

    assert (other.status_code, elsewhere.status_code) == (409, 409)
    assert other.json()["type"] == PROBLEM + "webhook-id-reused"
    assert await connectors.value("SELECT rejected FROM pii.webhook_bodies") == 2
    assert await connectors.value("SELECT duration_minutes FROM program.kintell_sessions") == 60


BADLY_SIGNED = (
    ({"webhook-id": ""}, "webhook-unsigned"),
    ({"webhook-id": "a" * 201}, "webhook-unsigned"),
    ({"webhook-timestamp": "yesterday"}, "webhook-unsigned"),
    ({"webhook-timestamp": "1e9"}, "webhook-unsigned"),
    ({"webhook-signature": ""}, "webhook-unsigned"),
    ({"webhook-signature": "v2,AAAA"}, "webhook-unsigned"),
    ({"webhook-timestamp": "999999999999"}, "webhook-stale"),
    ({"webhook-timestamp": "0"}, "webhook-stale"),
    ({"webhook-id": "another"}, "webhook-bad-signature"),
    ({"webhook-signature": "v1,AAAA"}, "webhook-bad-signature"),
    ({"webhook-signature": "v1,%%% v1"}, "webhook-bad-signature"),
    ({"webhook-signature": "v1," + "A" * 5000}, "webhook-bad-signature"),
)


async def test_a_webhook_that_is_not_well_signed_is_refused(connectors: Connectors) -> None:
    kintell = await sender(connectors, "kintell")

    for headers, problem in BADLY_SIGNED:
        answer = await kintell.send("session", SESSION, over=headers)

        assert (answer.status_code, answer.json()["type"]) == (401, PROBLEM + problem), headers
    assert await connectors.value(STORED) == 0


async def test_a_webhook_is_good_for_five_minutes_either_way(connectors: Connectors) -> None:
    kintell = await sender(connectors, "kintell")
    body = json.dumps(SESSION).encode()

    for seconds, status in ((280, 202), (-280, 202), (320, 401), (-320, 401)):
        headers = headers_for(kintell.secret, body, f"m{seconds}", timedelta(seconds=seconds))
        answer = await connectors.http.post("/webhooks/session", content=body, headers=headers)

        assert answer.status_code == status, seconds


async def test_a_body_that_was_tampered_with_is_refused(connectors: Connectors) -> None:
    kintell = await sender(connectors, "kintell")
    body = json.dumps(SESSION).encode()
    headers = headers_for(kintell.secret, body, "msg_1")

    answer = await connectors.http.post(
        "/v1/webhooks/kintell/session", content=body.replace(b"60", b"61"), headers=headers
    )

    assert answer.json()["type"] == PROBLEM + "webhook-bad-signature"


async def test_old_and_new_secret_both_verify_until_the_old_one_ends(
    connectors: Connectors,
) -> None:
    old = await sender(connectors, "kintell", ends=timedelta(hours=1))
    new = await sender(connectors, "kintell")
    ended = await sender(connectors, "kintell", ends=timedelta(seconds=-1))
    body = json.dumps(SESSION).encode()
    both = headers_for(new.secret, body, "msg_3")
    both["webhook-signature"] += (
        " v1,AAAA " + headers_for(old.secret, body, "msg_3")["webhook-signature"]
    )

    answers = [await one.send("session", SESSION) for one in (old, new, ended)]
    twice = await connectors.http.post("/webhooks/session", content=body, headers=both)

    assert [answer.status_code for answer in [*answers, twice]] == [202, 202, 401, 202]


async def test_a_revoked_secret_verifies_nothing(connectors: Connectors) -> None:
    kintell = await sender(connectors, "kintell")
    await connectors.change("UPDATE auth.webhook_secrets SET revoked_at = now()")

    assert (await kintell.send("session", SESSION)).status_code == 401


async def test_a_secret_is_good_for_its_own_source(connectors: Connectors) -> None:
    buddy = await sender(connectors, "buddy")
    ecornell = await sender(connectors, "upskilling-ecornell")
    upskilling = await sender(connectors, "upskilling")
    cases = (
        (buddy, "kintell/session", 401),
        (buddy, "buddy/match", 202),
        (ecornell, "upskilling/itslearning", 401),
        (ecornell, "upskilling/ecornell", 202),
        (upskilling, "upskilling/itslearning", 202),
        (upskilling, "kintell/booking", 401),
    )

    for one, path, status in cases:
        answer = await one.send("", SESSION, path=f"/v1/webhooks/{path}")

        assert answer.status_code == status, (one.source, path)


async def test_two_senders_may_use_the_same_id(connectors: Connectors) -> None:
    ecornell = await sender(connectors, "upskilling-ecornell")
    kintell = await sender(connectors, "kintell")

    first = await kintell.send("session", SESSION, "1")
    second = await ecornell.send("", {}, "1", path="/webhooks/ecornell")

    assert [first.json()["repeated"], second.json()["repeated"]] == [False, False]


NO_OBJECTS = (b"", b"{", b"[]", b"[{}]", b"7", b"null", b'{"a": 1e400}', b'{"a": 1, "a": 2}')


async def test_a_signed_body_that_is_no_json_object_is_refused(connectors: Connectors) -> None:
    kintell = await sender(connectors, "kintell")

    for body in NO_OBJECTS:
        answer = await kintell.send("session", body)

        assert (answer.status_code, answer.json()["type"]) == (422, PROBLEM + "bad-webhook"), body
    assert await connectors.value(STORED) == 0


async def test_what_cannot_be_verified_is_not_read(connectors: Connectors) -> None:
    path, kind = "/v1/webhooks/kintell/session", {"content-type": "application/json"}
    latin = headers_for(new_secret(), b"{}", "msg_1")

    unsigned = await connectors.http.post(path, content=b"{", headers=kind)
    foreign = await connectors.http.post(path, content=b'{"\xe9":1}', headers=latin)

    assert (unsigned.status_code, foreign.status_code) == (401, 401)
    assert "Unix seconds" in unsigned.json()["detail"]


async def test_a_body_over_the_limit_is_refused(connectors: Connectors) -> None:
    kintell = await sender(connectors, "kintell")

    answer = await kintell.send("session", SESSION | {"topics": ["x" * 300_000]})

    assert answer.status_code == 413
    assert await connectors.value(STORED) == 0


async def test_an_unknown_webhook_is_not_found(connectors: Connectors) -> None:
    kintell = await sender(connectors, "kintell")

    for path in ("kintell/unknown", "nobody/session", "buddy/session", "nothing", "upskilling/-"):
        answer = await kintell.send("", SESSION, path=f"/v1/webhooks/{path}")

        assert (answer.status_code, answer.json()["type"]) == (404, PROBLEM + "unknown-webhook")
        assert "kintell/session" in answer.json()["webhooks"]


async def test_refusals_repeat_nothing_of_the_body(connectors: Connectors) -> None:
    kintell = await sender(connectors, "kintell")
    told: list[Any] = [
        (await kintell.send("session", b'{"participant_email": "anna@example.org"')).text,
        (await kintell.send("session", SESSION, over={"webhook-signature": "v1,AAAA"})).text,
        (await kintell.send("session", SESSION, "msg_1")).text,
        (await kintell.send("session", BOOKING, "msg_1")).text,
    ]

    assert "anna" not in "".join(told)


async def test_shapes_are_described_for_partners(connectors: Connectors) -> None:
    partner = connectors.signed("partner", scopes=frozenset({"webhook:kintell"}))

    answer = await connectors.get("/v1/webhooks", partner)

    described = {item["path"] for item in answer.json()["items"]}
    assert described == {f"/v1/webhooks/{name}" for name in shapes()}


async def test_webhooks_wait_for_a_service_that_was_down(build_connectors: Build) -> None:
    first = await build_connectors()
    kintell = await sender(first, "kintell")
    await kintell.told("session", SESSION, "msg_1")
    await first.change(
        "INSERT INTO pii.webhook_bodies (source, webhook_id, shape, body)"
        " VALUES ('kintell', 'msg_2', 'kintell/booking', %s)",
        (json.dumps(BOOKING | {"booking_id": "LS-2"}).encode(),),
    )

    second = await build_connectors()
    await processed(second)

    assert await second.value("SELECT count(*) FROM program.kintell_sessions") == 2
