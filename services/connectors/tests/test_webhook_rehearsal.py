"""A partner tests a sample webhook: told what would happen, and nothing stays."""

from typing import Any

from services.connectors.tests.conftest import Connectors
from services.connectors.tests.senders import PROBLEM, SESSION, sender

TABLES = ("pii.webhook_bodies", "pii.persons", "ops.imports", "ops.outbox", "ops.schema_drift")


async def rehearsed(connectors: Connectors, kind: str, payload: Any, **caller: Any) -> Any:
    headers = connectors.signed(caller.pop("role", "partner"), **caller)
    return await connectors.http.post(
        f"/v1/webhooks/{kind}?dry_run=true", json=payload, headers=headers
    )


async def counts(connectors: Connectors) -> list[int]:
    return [await connectors.value(f"SELECT count(*) FROM {table}") for table in TABLES]


async def test_a_sample_is_judged_and_nothing_is_stored(connectors: Connectors) -> None:
    key = {"scopes": frozenset({"webhook:kintell"})}

    good = await rehearsed(connectors, "kintell/session", SESSION | {"mood": 1}, **key)
    bad = await rehearsed(connectors, "kintell/session", {"session_id": "LS-1"}, **key)

    assert (good.status_code, good.json()) == (
        200,
        {
            "source": "kintell",
            "kind": "session",
            "dry_run": True,
            "rows": [
                {
                    "dataset": "kintell-sessions",
                    "mapping": "kintell-session-webhook@1",
                    "would_be": "created",
                    "errors": [],
                }
            ],
            "drift": [{"field": "mood", "kind": "unknown"}],
        },
    )
    (row,) = bad.json()["rows"]
    assert row["would_be"] == "refused"
    assert {(error["code"], error["column"]) for error in row["errors"]} == {
        ("E002", "participant_email"),
        ("E002", "volunteer_email"),
        ("E002", "scheduled_at"),
    }
    assert await counts(connectors) == [0] * len(TABLES)


async def test_a_sample_is_held_against_what_is_stored(connectors: Connectors) -> None:
    kintell = await sender(connectors, "kintell")
    await kintell.told("session", SESSION)
    before = await counts(connectors)

    same = await rehearsed(connectors, "kintell/session", SESSION, role="admin")
    other = await rehearsed(
        connectors, "kintell/session", SESSION | {"duration_minutes": 5}, role="coordinator"
    )

    assert same.json()["rows"][0]["would_be"] == "unchanged"
    assert other.json()["rows"][0]["would_be"] == "updated"
    assert await counts(connectors) == before


async def test_only_whose_webhook_it_is_may_test_it(connectors: Connectors) -> None:
    for scope in ("webhook:buddy", "import:kintell-sessions"):
        answer = await rehearsed(connectors, "kintell/session", SESSION, scopes=frozenset({scope}))
        assert answer.status_code == 403
    answer = await rehearsed(connectors, "kintell/session", SESSION, role="reviewer")
    assert answer.status_code == 403


async def test_a_signature_alone_tests_nothing_and_a_key_alone_sends_nothing(
    connectors: Connectors,
) -> None:
    kintell = await sender(connectors, "kintell")
    key = connectors.signed("partner", scopes=frozenset({"webhook:kintell"}))

    signed = await kintell.send("", SESSION, path="/v1/webhooks/kintell/session?dry_run=true")
    sent = await connectors.http.post("/v1/webhooks/kintell/session", json=SESSION, headers=key)

    assert (signed.status_code, sent.status_code) == (401, 401)
    assert sent.json()["type"] == PROBLEM + "webhook-unsigned"


async def test_a_sample_that_is_no_json_is_refused(connectors: Connectors) -> None:
    answer = await rehearsed(connectors, "kintell/session", [1], role="admin")

    assert (answer.status_code, answer.json()["type"]) == (422, PROBLEM + "bad-webhook")
