"""A person learns who looked, by role, and which company was shown a figure made of their facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest

from profile_service.testing import NOON

if TYPE_CHECKING:
    from profile_service.testing import World

Token = Callable[..., str]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def log_of(
    http: httpx.AsyncClient, person: UUID, caller: dict[str, str], limit: int = 50
) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    cursor = None
    while cursor is not None or not seen:
        params = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        path = f"/v1/profile/{person}/access-log"
        page = (await http.get(path, params=params, headers=caller)).json()
        seen, cursor = [*seen, *page["items"]], page["next"]
    return seen


async def test_the_person_sees_the_role_and_staff_the_name_of_who_looked(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    ada = world.person()
    me, staff = bearer(token("participant", person_id=ada)), bearer(token("coordinator"))
    await http.get(f"/v1/profile/{ada}", headers=staff)
    await http.get(f"/v1/profile/{ada}/timeline", headers=me)

    mine, theirs = await log_of(http, ada, me), await log_of(http, ada, staff)

    assert [(one["action"], one["role"], one["own"], one["actor"]) for one in mine] == [
        ("access-log", "participant", True, str(ada)),
        ("timeline", "participant", True, str(ada)),
        ("profile", "coordinator", False, None),
    ]
    assert (theirs[-1]["action"], theirs[-1]["actor"]) == ("profile", "test-coordinator")


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
async def test_who_looked_is_for_the_person_and_staff(
    http: httpx.AsyncClient, world: World, token: Token, role: str, status: int
) -> None:
    more = {"company_id": uuid4()} if role == "company_user" else {}
    caller = bearer(token(role, person_id=uuid4(), **more))

    answer = await http.get(f"/v1/profile/{world.person()}/access-log", headers=caller)

    assert answer.status_code == status


async def test_the_list_pages_through_every_look_once(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    ada = world.person()
    for _ in range(5):
        world.owner.execute(
            "INSERT INTO insight.access_log (person_id, actor, role, action, at)"
            " VALUES (%s, 'x', 'admin', 'profile', %s)",
            [ada, NOON],
        )

    found = await log_of(http, ada, bearer(token("admin")), limit=2)

    assert sum(one["action"] == "profile" for one in found) == 5


async def test_a_figure_shown_to_a_company_is_told_to_those_it_was_made_of_once(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    """Twelve people's quarter is read twice; who wasn't in it hears nothing, nor of hidden ones."""
    acme = world.company("acme", "acme.example")
    bo, outside = world.person("bo@acme.example"), world.person()
    people = [world.person() for _ in range(12)]
    await world.deliver(*(world.session(one, bo) for one in people))
    await world.deliver(world.session(outside, bo, NOON - timedelta(days=300)))
    company = bearer(token("company_user", company_id=acme))
    for _ in range(2):
        answer = await http.get(f"/v1/companies/{acme}/metrics?period=2026-Q1", headers=company)
        assert answer.status_code == 200

    told = await log_of(http, people[0], bearer(token("participant", person_id=people[0])))
    of_others = await log_of(http, outside, bearer(token("participant", person_id=outside)))

    shown = {name for name, one in answer.json()["metrics"].items() if one["value"] is not None}
    figures = [one for one in told if one["action"] == "figure"]
    assert "participants" in shown
    assert "2026-Q1/participants" in {one["object"] for one in figures}
    assert len({one["object"] for one in figures}) == len(figures)
    assert {one["object"].removeprefix("2026-Q1/") for one in figures} <= shown
    assert {one["company_id"] for one in figures} == {str(acme)}
    assert [one["action"] for one in of_others] == ["access-log"]
