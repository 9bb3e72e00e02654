"""A period is closed once, after its end and its events, and its figures stand from then on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest

if TYPE_CHECKING:
    from profile_service.testing import World

COMPUTED = "metrics.period.computed.v1"

Token = Callable[..., str]
Caller = dict[str, str]


def last_month() -> tuple[str, datetime]:
    """The month that is over but not yet closed by itself, and a moment in it."""
    day = datetime.now(UTC).replace(day=1) - timedelta(days=1)
    return day.strftime("%Y-%m"), day


@pytest.fixture
def admin(token: Token) -> Caller:
    return {"Authorization": f"Bearer {token('admin')}"}


async def close(
    http: httpx.AsyncClient, company: UUID, period: str, caller: Caller
) -> httpx.Response:
    return await http.post(f"/v1/companies/{company}/periods/{period}/close", headers=caller)


async def metrics(
    http: httpx.AsyncClient, company: UUID, period: str, caller: Caller
) -> dict[str, Any]:
    path = f"/v1/companies/{company}/metrics"
    found: dict[str, Any] = (await http.get(path, params={"period": period}, headers=caller)).json()
    return found


async def ten_sessions(world: World, company: UUID, at: datetime) -> UUID:
    volunteer = world.person()
    sessions = [world.session(world.person(), volunteer, at) for _ in range(10)]
    await world.deliver(world.membership(company, volunteer), *sessions)
    return volunteer


async def test_closing_fixes_the_figures(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    acme, (month, moment) = world.company("acme"), last_month()
    await ten_sessions(world, acme, moment)
    computed = await metrics(http, acme, month, admin)

    closed = await close(http, acme, month, admin)

    assert computed["status"] == "open"
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")
    found = await metrics(http, acme, month, admin)
    assert found["status"] == "closed"
    assert without_withheld(found) == without_withheld(computed)
    [event] = world.outbox(COMPUTED)
    assert (event["companyid"], event["data"]["period"]) == (str(acme), month)


def without_withheld(found: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {key: it for key, it in one.items() if key != "withheld"}
        for name, one in found["metrics"].items()
    }


async def test_a_company_sees_figures_once_they_are_closed(
    http: httpx.AsyncClient, world: World, admin: Caller, token: Token
) -> None:
    acme, (month, moment) = world.company("acme"), last_month()
    user = {"Authorization": f"Bearer {token('company_user', company_id=acme)}"}
    long_ago = datetime(2025, 5, 5, 12, tzinfo=UTC)
    volunteer = await ten_sessions(world, acme, long_ago)
    await ten_sessions(world, acme, moment)

    await close(http, acme, "2025-Q2", admin)
    await world.deliver(world.session(world.person(), volunteer, long_ago))
    closed = await metrics(http, acme, "2025-Q2", user)
    running = await metrics(http, acme, month, user)

    assert closed["metrics"]["participants"]["value"] == 10
    assert running["metrics"]["participants"]["reason"] == "period_open"


async def test_closing_again_changes_nothing(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    acme, (month, moment) = world.company("acme"), last_month()
    await ten_sessions(world, acme, moment)

    first, again = [await close(http, acme, month, admin) for _ in range(2)]

    assert first.json() == again.json()
    assert world.published(COMPUTED) == 1


async def test_what_is_not_over_is_not_closed(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    acme = world.company("acme")

    answer = await close(http, acme, str(datetime.now(UTC).year), admin)

    assert (answer.status_code, answer.json()["type"]) == (
        409,
        "urn:waymark:problem:period-running",
    )


async def test_a_period_waits_for_its_events(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    acme, (month, moment) = world.company("acme"), last_month()
    volunteer = await ten_sessions(world, acme, moment)
    late = world.session(world.person(), volunteer, moment)
    world.write(late)

    answer = await close(http, acme, month, admin)
    await world.deliver(late)
    again = await close(http, acme, month, admin)

    assert (answer.status_code, answer.json()["type"]) == (
        409,
        "urn:waymark:problem:period-unsettled",
    )
    assert again.status_code == 200


async def test_only_admins_close(http: httpx.AsyncClient, world: World, token: Token) -> None:
    acme, (month, _) = world.company("acme"), last_month()
    user = {"Authorization": f"Bearer {token('company_user', company_id=acme)}"}

    assert (await close(http, acme, month, user)).status_code == 403


async def test_closing_asks_for_a_company_and_a_period(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    month, _ = last_month()

    assert (await close(http, uuid4(), month, admin)).status_code == 404
    assert (await close(http, world.company("acme"), "2025-Q9", admin)).status_code == 422
