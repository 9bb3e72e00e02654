"""What a person allows: recorded with who and when, shown with its history, kept at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest

from event_contracts import ScoreRecorded, ScoreRetracted, uuid7
from profile_service.testing import told

if TYPE_CHECKING:
    from profile_service.testing import World

Token = Callable[..., str]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def admin(token: Token) -> dict[str, str]:
    return bearer(token("admin"))


def own(token: Token, person: UUID, role: str = "participant") -> dict[str, str]:
    return bearer(token(role, person_id=person))


async def put(
    http: httpx.AsyncClient, person: UUID, caller: dict[str, str], **change: Any
) -> httpx.Response:
    change = {"purpose": "scoring", "state": "given"} | change
    return await http.put(f"/v1/profile/{person}/consent", json=change, headers=caller)


def of(answer: httpx.Response, purpose: str) -> dict[str, Any]:
    body = answer.json()
    items = body.get("items") or body["consents"]
    return next(one for one in items if one["purpose"] == purpose)


def score(world: World, person: UUID, value: float = 0.8) -> ScoreRecorded:
    return ScoreRecorded(
        score_id=uuid7(),
        text_id=uuid7(),
        person_id=person,
        fact_type="buddy_checkin",
        fact_id=uuid7(),
        dimension="belonging",
        value=value,
        confidence=0.9,
        model_id="m.1",
        occurred_at=datetime(2026, 2, 1, tzinfo=UTC),
    )


async def test_a_person_says_what_they_allow_and_sees_what_they_said(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    ada = world.person()
    me = own(token, ada)
    before = await http.get(f"/v1/profile/{ada}", headers=me)

    given = await put(http, ada, me, purpose="evidence")
    withdrawn = await put(http, ada, me, purpose="evidence", state="withdrawn")

    assert of(before, "scoring")["in_force"] is True
    assert of(before, "evidence")["in_force"] is False
    assert (of(before, "evidence")["state"], of(before, "evidence")["history"]) == (None, [])
    assert (given.status_code, of(given, "evidence")["in_force"]) == (200, True)
    shown = of(await http.get(f"/v1/profile/{ada}", headers=me), "evidence")
    assert shown == of(withdrawn, "evidence")
    assert (shown["state"], shown["in_force"]) == ("withdrawn", False)
    assert [one["state"] for one in shown["history"]] == ["withdrawn", "given"]
    assert {one["basis"] for one in shown["history"]} == {"self"}
    told_of = world.outbox("identity.consent.changed.v1")
    assert [(one["data"]["purpose"], one["data"]["state"]) for one in told_of] == [
        ("evidence", "given"),
        ("evidence", "withdrawn"),
    ]
    assert world.published("orchestration.profile.updated.v1") == 2


async def test_the_same_said_twice_is_one_statement(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    ada = world.person()

    for _ in range(2):
        assert (await put(http, ada, own(token, ada), state="denied")).status_code == 200

    assert world.rows("SELECT revision, state FROM program.consents") == [(1, "denied")]
    assert world.published("identity.consent.changed.v1") == 1


async def test_staff_say_how_they_know_and_only_staff_see_who_recorded_it(
    http: httpx.AsyncClient, world: World, admin: dict[str, str], token: Token
) -> None:
    ada = world.person()
    on = "2026-01-15T12:00:00Z"

    recorded = await put(http, ada, admin, basis="written", effective_at=on)

    by_staff = of(recorded, "scoring")["history"][0]
    assert (by_staff["recorded_by"], by_staff["basis"]) == ("test-admin", "written")
    assert by_staff["effective_at"] == on
    mine = of(await http.get(f"/v1/profile/{ada}", headers=own(token, ada)), "scoring")
    assert (mine["history"][0]["recorded_by"], mine["history"][0]["recorded_role"]) == (
        None,
        "admin",
    )
    assert world.rows("SELECT actor, action, object_id, reason FROM ops.audit_log") == [
        ("test-admin", "consent scoring given", str(ada), "written")
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"purpose": "marketing"},
        {"state": "perhaps"},
        {"state": None},
        {"basis": "rumour"},
        {"basis": None},
        {"basis": "self"},
        {"effective_at": "2026-01-01T00:00:00"},
        {"effective_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
        {"reason": "words have no place here"},
    ],
)
async def test_a_statement_that_makes_no_sense_is_refused_and_changes_nothing(
    http: httpx.AsyncClient, world: World, admin: dict[str, str], change: dict[str, Any]
) -> None:
    answer = await put(http, world.person(), admin, **({"basis": "oral"} | change))

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert world.rows("SELECT FROM program.consents") == []


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("participant", 404),
        ("volunteer", 404),
        ("reviewer", 403),
        ("company_user", 403),
        ("partner", 403),
    ],
)
async def test_nobody_speaks_for_another(
    http: httpx.AsyncClient, world: World, token: Token, role: str, status: int
) -> None:
    more = {"company_id": uuid4()} if role == "company_user" else {}
    caller = bearer(token(role, person_id=uuid4(), **more))

    answer = await put(http, world.person(), caller, basis="oral")

    assert answer.status_code == status
    assert world.rows("SELECT FROM program.consents") == []


async def test_outcomes_go_with_consent_and_come_back_only_as_new_scores(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    """What q2q took back never returns; what it scored anew does."""
    ada = world.person()
    me, old, new = own(token, ada), score(world, ada, 0.8), score(world, ada, 0.3)
    await world.deliver(told(old))

    async def belonging() -> dict[str, Any]:
        outcomes = (await http.get(f"/v1/profile/{ada}", headers=me)).json()["outcomes"]
        assert len(outcomes) == 4
        found: dict[str, Any] = next(one for one in outcomes if one["dimension"] == "belonging")
        return found

    assert (await belonging())["value"] == 0.8
    await put(http, ada, me, state="withdrawn")
    assert (await belonging(), (await belonging())["reason"])[1] == "no_consent"
    assert (await belonging())["value"] is None
    gone = ScoreRetracted(
        score_id=old.score_id,
        text_id=old.text_id,
        person_id=ada,
        dimension="belonging",
        reason="no_consent",
    )
    await world.deliver(told(new), told(gone))
    await world.deliver(told(old))
    await put(http, ada, me, state="given")
    assert (await belonging())["value"] == 0.3


async def test_of_merged_people_the_stricter_holds_until_they_speak_as_one(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    keep, gone = world.person(), world.person()
    await put(http, keep, own(token, keep))
    await put(http, gone, own(token, gone), state="denied")
    world.merge(keep, gone)
    me = own(token, keep)

    merged = of(await http.get(f"/v1/profile/{keep}", headers=me), "scoring")
    spoken = of(await put(http, keep, me, effective_at=datetime.now(UTC).isoformat()), "scoring")
    world.unmerge(gone)
    apart = of(await http.get(f"/v1/profile/{gone}", headers=own(token, gone)), "scoring")

    assert (merged["in_force"], spoken["in_force"], apart["in_force"]) == (False, True, False)
