"""Assumptions are dated rows with a source: admins change them, and nothing of them is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

if TYPE_CHECKING:
    from profile_service.testing import World

Caller = dict[str, str]
Token = Callable[..., str]
PATH = "/v1/reference-data"
PROXY: dict[str, Any] = {
    "kind": "proxy",
    "key": "belonging",
    "value": 1500,
    "low": 900,
    "high": 2100.5,
    "currency": "EUR",
    "valid_from": "2025-01-01",
    "source": "Our own survey of 2024, 212 answers",
}


@pytest.fixture
def admin(token: Token) -> Caller:
    return {"Authorization": f"Bearer {token('admin')}"}


async def entered(http: httpx.AsyncClient, admin: Caller, **changed: Any) -> dict[str, Any]:
    answer = await http.post(PATH, json=PROXY | changed, headers=admin)
    assert answer.status_code == 201, answer.json()
    found: dict[str, Any] = answer.json()
    return found


async def test_a_value_is_entered_changed_and_ended_and_every_version_stays(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    first = await entered(http, admin)
    changed = {"value": 1600, "currency": "EUR", "source": "The survey of 2025"}

    second = (await http.put(f"{PATH}/{first['reference_id']}", json=changed, headers=admin)).json()
    again = (await http.put(f"{PATH}/{second['reference_id']}", json=changed, headers=admin)).json()
    ended = (await http.delete(f"{PATH}/{first['reference_id']}", headers=admin)).json()
    twice = (await http.delete(f"{PATH}/{first['reference_id']}", headers=admin)).json()

    assert (first["value"], first["unit"], first["version"]) == (1500, "currency per person", 1)
    assert (second["value"], second["low"], second["version"]) == (1600, None, 2)
    assert again == second
    assert ended == twice
    assert (ended["valid_to"], ended["version"]) == (str(datetime.now(UTC).date()), 3)
    params = {"kind": "proxy", "history": "true"}
    history = (await http.get(PATH, params=params, headers=admin)).json()["items"]
    assert [(one["value"], one["current"]) for one in history] == [
        (1500, False),
        (1600, False),
        (1600, True),
    ]
    assert world.rows("SELECT action FROM ops.audit_log ORDER BY at, action") == [
        ("enter proxy:belonging:*",),
        ("change proxy:belonging:*",),
        ("end proxy:belonging:*",),
    ]


async def test_what_never_held_is_withdrawn_and_may_be_entered_again(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    tomorrow = str(datetime.now(UTC).date() + timedelta(days=2))
    first = await entered(http, admin, valid_from=tomorrow)

    ended = (await http.delete(f"{PATH}/{first['reference_id']}", headers=admin)).json()
    again = await entered(http, admin, valid_from=tomorrow, value=1000)

    assert (ended["withdrawn"], ended["version"]) == (True, 2)
    assert (again["withdrawn"], again["version"]) == (False, 3)


async def test_days_that_another_value_holds_are_refused_and_the_other_is_named(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    first = await entered(http, admin, valid_to="2026-01-01")
    await entered(http, admin, valid_from="2026-01-01")
    await entered(http, admin, country="NL")

    before = await http.post(PATH, json=PROXY | {"valid_from": "2024-06-01"}, headers=admin)
    longer = PROXY | {"valid_to": "2026-02-01"}
    body = {name: longer[name] for name in ("value", "currency", "source", "valid_to")}
    wider = await http.put(f"{PATH}/{first['reference_id']}", json=body, headers=admin)

    for answer in (before, wider):
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:waymark:problem:overlapping-reference"
    assert before.json()["reference_id"] == first["reference_id"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": -1},
        {"value": "NaN"},
        {"value": 1e400},
        {"kind": "deadweight", "currency": None},
        {"kind": "deadweight", "value": 0.2, "low": None, "high": 1.2, "currency": None},
        {"currency": "EURO"},
        {"currency": "XQQ"},
        {"currency": None},
        {"key": "happiness"},
        {"country": "ZZ"},
        {"valid_to": "2025-01-01"},
        {"valid_from": "2025-02-30"},
        {"source": "  "},
        {"low": 1600},
        {"kind": "exchange_rate", "key": "EUR/EUR"},
        {"kind": "exchange_rate", "key": "USD/EUR", "currency": "USD"},
        {"kind": "outcome_start", "value": 3, "currency": None, "low": None, "high": None},
        {"kind": "magic"},
        {"version": 7},
    ],
    ids=str,
)
async def test_what_can_not_be_assumed_is_refused(
    http: httpx.AsyncClient, world: World, admin: Caller, wrong: dict[str, Any]
) -> None:
    content = json.dumps(PROXY | wrong).replace("Infinity", "1e400")
    answer = await http.post(
        PATH, content=content, headers=admin | {"content-type": "application/json"}
    )

    assert answer.status_code in {400, 422}
    assert world.rows("SELECT count(*) FROM insight.reference_values") == [(0,)]


async def test_values_of_a_day_are_those_that_hold_on_it(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    await entered(http, admin, valid_to="2026-01-01")
    await entered(http, admin, valid_from="2026-01-01", value=1700)
    rate = {"kind": "exchange_rate", "key": "USD/EUR", "value": 0.9, "low": None, "high": None}
    await entered(http, admin, **rate)

    found = await http.get(PATH, params={"on": "2025-12-31"}, headers=admin)

    held = [(one["kind"], one["value"], one["unit"]) for one in found.json()["items"]]
    assert held == [("proxy", 1500, "currency per person"), ("exchange_rate", 0.9, "EUR per USD")]


async def test_others_than_admins_and_unknown_ids_get_nothing(
    http: httpx.AsyncClient, world: World, admin: Caller, token: Token
) -> None:
    for role in ("coordinator", "reviewer", "company_user", "participant"):
        caller = {"Authorization": f"Bearer {token(role, company_id=uuid4(), person_id=uuid4())}"}
        assert (await http.get(PATH, headers=caller)).status_code == 403
        assert (await http.post(PATH, json=PROXY, headers=caller)).status_code == 403
    for method in ("GET", "DELETE"):
        answer = await http.request(method, f"{PATH}/{uuid4()}", headers=admin)
        assert answer.status_code == 404
