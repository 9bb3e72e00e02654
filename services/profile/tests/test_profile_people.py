"""Who a person is: shown to those who may see, corrected with a reason, never silently moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest

if TYPE_CHECKING:
    from profile_service.testing import World

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)

Token = Callable[..., str]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def admin(token: Token) -> dict[str, str]:
    return bearer(token("admin"))


async def test_a_profile_shows_what_its_events_told(
    http: httpx.AsyncClient, world: World, admin: dict[str, str]
) -> None:
    ada, bo = world.person("ada@home.example"), world.person()
    acme = world.company("acme")
    first = world.session(ada, bo, level="A2", minutes=45)
    second = world.session(ada, bo, NOON + timedelta(days=7), level="B1")
    planned = world.session(ada, bo, NOON + timedelta(days=14), status="scheduled")
    match = world.match(ada, bo)
    enrollment = world.enrollment(ada, acme)
    await world.deliver(first, second, planned, match, world.meeting(match), enrollment)
    await world.deliver(world.course(ada), world.credential(ada))

    answer = await http.get(f"/v1/profile/{ada}", headers=admin)

    assert answer.status_code == 200
    profile = answer.json()
    assert profile["person_id"] == str(ada)
    assert profile["kinds"] == ["participant"]
    assert profile["status"] == "provisional"
    assert profile["external_ids"] == [{"provider": "email", "external_id": "ada@home.example"}]
    assert profile["sessions"]["language"] == {"completed": 2, "scheduled": 1, "minutes": 105}
    assert profile["sessions"]["mentorship"] == {"completed": 0, "scheduled": 0, "minutes": 0}
    assert profile["buddy"]["active_matches"] == 1
    assert profile["buddy"]["minutes"] == 90
    assert profile["learning"] == {"courses": 1, "completed": 1, "credentials": 1}
    assert {(one["value"], one["reason"]) for one in profile["outcomes"]} == {(None, "no_scores")}
    assert profile["contact"]["emails"] == ["ada@home.example"]
    assert profile["enrollments"] == [
        {
            "enrollment_id": str(enrollment.data.enrollment_id),
            "program": "language",
            "company_id": str(acme),
            "status": "active",
            "started_on": "2026-01-01",
        }
    ]
    flags = profile["flags"]
    assert flags["has_completed_language"] == {
        "value": True,
        "since": "2026-02-10T12:00:00Z",
        "because": {"event_id": str(first.event.id), "type": first.event.type},
    }
    assert flags["language_level"]["value"] == "B1"
    assert flags["has_mentor_session"] == {"value": False, "since": None, "because": None}
    assert {one["milestone"] for one in profile["milestones"]} == {
        "buddy_matched",
        "first_language_session",
        "first_course_completed",
        "first_credential",
    }


async def test_a_volunteers_profile_shows_what_they_gave(
    http: httpx.AsyncClient, world: World, admin: dict[str, str]
) -> None:
    ada, bo = world.person(), world.person("bo@acme.example")
    await world.deliver(world.session(ada, bo), world.session(ada, bo, kind="mentorship"))

    found = {"provider": "email", "external_id": " Bo@ACME.example "}
    profile = (await http.get("/v1/profile", params=found, headers=admin)).json()

    assert profile["person_id"] == str(bo)
    assert profile["kinds"] == ["volunteer"]
    assert profile["sessions"]["language"]["completed"] == 1
    assert profile["flags"]["has_completed_language"] == {
        "value": False,
        "since": None,
        "because": None,
    }


@pytest.mark.parametrize(
    ("role", "own", "status"),
    [
        ("admin", False, 200),
        ("coordinator", False, 200),
        ("participant", True, 200),
        ("volunteer", True, 200),
        ("participant", False, 404),
        ("volunteer", False, 404),
        ("reviewer", False, 403),
        ("company_user", False, 403),
        ("partner", False, 403),
    ],
)
@pytest.mark.parametrize("path", ["", "/timeline"])
async def test_a_profile_is_for_staff_and_its_person(
    http: httpx.AsyncClient,
    world: World,
    token: Token,
    role: str,
    own: bool,
    status: int,
    path: str,
) -> None:
    ada = world.person("ada@home.example")
    more = {"company_id": uuid4()} if role == "company_user" else {}
    caller = bearer(token(role, person_id=ada if own else uuid4(), **more))

    answer = await http.get(f"/v1/profile/{ada}{path}", headers=caller)

    assert answer.status_code == status
    assert status == 200 or "ada@" not in answer.text


async def test_no_token_no_profile(http: httpx.AsyncClient, world: World) -> None:
    assert (await http.get(f"/v1/profile/{world.person()}")).status_code == 401


async def test_who_looked_is_recorded(
    http: httpx.AsyncClient, world: World, admin: dict[str, str], token: Token
) -> None:
    ada = world.person()
    own = bearer(token("participant", person_id=ada))

    await http.get(f"/v1/profile/{ada}", headers=admin)
    await http.get(f"/v1/profile/{ada}/timeline", headers=own)
    await http.get(f"/v1/profile/{uuid4()}", headers=admin)

    logged = world.rows("SELECT person_id, actor, role, action FROM insight.access_log ORDER BY at")
    assert logged == [
        (ada, "test-admin", "admin", "profile"),
        (ada, str(ada), "participant", "timeline"),
    ]


async def test_who_is_unknown_or_erased_is_not_found(
    http: httpx.AsyncClient, world: World, admin: dict[str, str]
) -> None:
    gone = world.person()
    world.owner.execute(
        "UPDATE pii.persons SET status = 'erased', erased_at = now() WHERE person_id = %s", [gone]
    )

    for path in (
        f"/v1/profile/{uuid4()}",
        f"/v1/profile/{gone}",
        f"/v1/profile/{gone}/timeline",
        "/v1/profile?provider=email&external_id=nobody@home.example",
    ):
        answer = await http.get(path, headers=admin)
        assert (answer.status_code, answer.json()["type"]) == (
            404,
            "urn:waymark:problem:unknown-person",
        )
        assert "nobody@" not in answer.text


async def test_a_merged_person_answers_as_the_one_who_is_kept(
    http: httpx.AsyncClient, world: World, admin: dict[str, str]
) -> None:
    keep, merged, bo = world.person("a@x.example"), world.person("b@x.example"), world.person()
    await world.deliver(world.session(keep, bo), world.session(merged, bo))
    world.merge(keep, merged)
    await world.deliver(world.merged(keep, merged))

    profile = (await http.get(f"/v1/profile/{merged}", headers=admin)).json()

    assert profile["person_id"] == str(keep)
    assert profile["sessions"]["language"]["completed"] == 2
    assert profile["contact"]["emails"] == ["a@x.example", "b@x.example"]


async def test_the_timeline_pages_through_everything_once_newest_first(
    http: httpx.AsyncClient, world: World, admin: dict[str, str]
) -> None:
    ada, bo = world.person(), world.person()
    sessions = [world.session(ada, bo, NOON + timedelta(hours=hour // 2)) for hour in range(7)]
    await world.deliver(*sessions)

    seen: list[dict[str, Any]] = []
    cursor = None
    while cursor is not None or not seen:
        params = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await http.get(f"/v1/profile/{ada}/timeline", params=params, headers=admin)).json()
        seen, cursor = [*seen, *page["items"]], page["next"]

    assert [one["at"] for one in seen] == sorted((one["at"] for one in seen), reverse=True)
    assert {one["fact_id"] for one in seen} == {str(one.data.session_id) for one in sessions}
    assert len(seen) == 7
    assert seen[0]["event"]["type"] == "kintell.session.completed.v1"


async def test_a_cursor_that_no_page_gave_is_refused(
    http: httpx.AsyncClient, world: World, admin: dict[str, str]
) -> None:
    path = f"/v1/profile/{world.person()}/timeline"

    answer = await http.get(path, params={"cursor": "bm9uc2Vuc2U"}, headers=admin)

    assert answer.status_code == 422


async def test_a_flag_set_by_hand_holds_until_it_is_given_back(
    http: httpx.AsyncClient, world: World, admin: dict[str, str]
) -> None:
    ada, bo = world.person(), world.person()
    path = f"/v1/profile/{ada}"
    by_hand = {"flags": {"has_credential": True, "language_level": "C1"}, "reason": "seen on paper"}
    changed = await http.put(path, json=by_hand, headers=admin)
    await world.deliver(world.session(ada, bo, level="A1"))

    flags = (await http.get(path, headers=admin)).json()["flags"]

    assert changed.json()["flags"]["language_level"] == flags["language_level"]
    assert flags["language_level"]["value"] == "C1"
    assert flags["has_credential"]["overridden_by"] == "test-admin"
    assert flags["has_credential"]["reason"] == "seen on paper"
    assert flags["has_credential"]["because"] == {"event_id": None, "type": "override"}

    given_back = {"flags": {"language_level": None}, "reason": "a typing error"}
    flags = (await http.put(path, json=given_back, headers=admin)).json()["flags"]
    assert flags["language_level"]["value"] == "A1"
    assert world.rows("SELECT actor, action, object_id, reason FROM ops.audit_log ORDER BY at") == [
        ("test-admin", "set has_credential", str(ada), "seen on paper"),
        ("test-admin", "set language_level", str(ada), "seen on paper"),
        ("test-admin", "set language_level", str(ada), "a typing error"),
    ]


async def test_a_name_is_changed_and_its_change_told_without_it(
    http: httpx.AsyncClient, world: World, admin: dict[str, str]
) -> None:
    ada = world.person()
    change = {"display_name": " Ada Lovelace ", "phone": "+4712345678", "reason": "asked by phone"}

    profile = (await http.put(f"/v1/profile/{ada}", json=change, headers=admin)).json()

    assert profile["contact"]["name"] == "Ada Lovelace"
    assert profile["contact"]["phone"] == "+4712345678"
    [update] = world.outbox("orchestration.profile.updated.v1")
    assert update["data"]["changed"] == ["contact"]
    assert "Lovelace" not in str(update)
    emptied = {"phone": None, "reason": "asked by mail"}
    profile = (await http.put(f"/v1/profile/{ada}", json=emptied, headers=admin)).json()
    assert profile["contact"] == {"name": "Ada Lovelace", "emails": [], "phone": None}


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "nothing to change"},
        {"display_name": "Ada"},
        {"display_name": "", "reason": "why"},
        {"display_name": "A\u0007da", "reason": "why"},
        {"display_name": "Ada", "reason": "  "},
        {"phone": "call me", "reason": "why"},
        {"flags": {"is_famous": True}, "reason": "why"},
        {"flags": {"has_credential": "yes"}, "reason": "why"},
        {"flags": {"language_level": "Z9"}, "reason": "why"},
        {"flags": {"language_level": True}, "reason": "why"},
        {"status": "confirmed", "reason": "why"},
    ],
)
async def test_a_change_that_makes_no_sense_changes_nothing(
    http: httpx.AsyncClient, world: World, admin: dict[str, str], change: dict[str, Any]
) -> None:
    ada = world.person()

    answer = await http.put(f"/v1/profile/{ada}", json=change, headers=admin)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert world.rows("SELECT FROM ops.audit_log") == []


async def test_only_staff_changes_and_links(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    ada = world.person()
    own = bearer(token("participant", person_id=ada))
    change = {"display_name": "Ada", "reason": "I say so"}

    assert (await http.put(f"/v1/profile/{ada}", json=change, headers=own)).status_code == 403
    answer = await http.post("/v1/profile/mapping", json=mapping(ada), headers=own)
    assert answer.status_code == 403


def mapping(person: UUID, external_id: str = "K-17", provider: str = "kintell") -> dict[str, str]:
    return {"person_id": str(person), "provider": provider, "external_id": external_id}


async def test_an_id_is_linked_once_and_found_by(
    http: httpx.AsyncClient, world: World, admin: dict[str, str]
) -> None:
    ada = world.person()

    first = await http.post("/v1/profile/mapping", json=mapping(ada), headers=admin)
    again = await http.post("/v1/profile/mapping", json=mapping(ada), headers=admin)

    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (again.status_code, again.json()["created"]) == (200, False)
    found = {"provider": "kintell", "external_id": "K-17"}
    assert (await http.get("/v1/profile", params=found, headers=admin)).json()["person_id"] == str(
        ada
    )
    assert world.published("identity.external_id.linked.v1") == 1


async def test_an_id_of_another_person_is_never_moved(
    http: httpx.AsyncClient, world: World, admin: dict[str, str]
) -> None:
    ada, eve = world.person("ada@home.example"), world.person()

    answer = await http.post(
        "/v1/profile/mapping", json=mapping(eve, "ADA@home.example", "email"), headers=admin
    )

    assert (answer.status_code, answer.json()["type"]) == (
        409,
        "urn:waymark:problem:external-id-taken",
    )
    assert "ada@" not in answer.text.lower()
    assert world.rows("SELECT person_id FROM pii.external_ids") == [(ada,)]


async def test_of_two_who_claim_an_id_at_once_one_gets_it(
    http: httpx.AsyncClient, world: World, admin: dict[str, str]
) -> None:
    people = [world.person() for _ in range(4)]

    answers = await asyncio.gather(
        *(http.post("/v1/profile/mapping", json=mapping(one), headers=admin) for one in people)
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_linking_to_nobody_is_not_found(
    http: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    answer = await http.post("/v1/profile/mapping", json=mapping(uuid4()), headers=admin)

    assert answer.status_code == 404
