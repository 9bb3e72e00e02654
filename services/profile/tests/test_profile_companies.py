"""A company's figures: right, traceable, and never of another company or a small group."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest

from profile_service.metrics import NAMES

if TYPE_CHECKING:
    from profile_service.testing import Told, World

NOON = datetime(2025, 2, 10, 12, tzinfo=UTC)
QUARTER = {"period": "2025-Q1"}

Token = Callable[..., str]
Caller = dict[str, str]


def bearer(token: str) -> Caller:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def admin(token: Token) -> Caller:
    return bearer(token("admin"))


def user_of(token: Token, company: UUID) -> Caller:
    return bearer(token("company_user", company_id=company))


async def metrics(
    http: httpx.AsyncClient, company: UUID, caller: Caller, period: str = "2025-Q1"
) -> dict[str, Any]:
    answer = await http.get(
        f"/v1/companies/{company}/metrics", params={"period": period}, headers=caller
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def a_quarter(world: World, company: UUID, people: int = 12) -> list[Told]:
    """A volunteer of the company meets each participant once, for an hour; all rate it."""
    volunteer = world.person(f"{uuid4()}@{company}.example")
    told: list[Told] = [world.membership(company, volunteer)]
    for number in range(people):
        session = world.session(world.person(), volunteer, NOON + timedelta(days=number))
        told += [session, world.rating(session, (number % 5) / 4)]
    await world.deliver(*told)
    return told


async def test_the_figures_are_those_of_the_facts(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    acme, bolt = world.company("acme", "acme.example"), world.company("bolt")
    ada, eve, bo = world.person(), world.person(), world.person("bo@acme.example")
    other = world.person("cy@other.example")
    first = world.session(ada, bo, NOON, minutes=60)
    second = world.session(eve, bo, NOON, kind="mentorship", minutes=None)
    missed = world.session(ada, bo, NOON, status="no_show")
    sponsored = world.session(eve, other, NOON, minutes=30)
    too_late = world.session(ada, bo, datetime(2025, 4, 1, tzinfo=UTC))
    match = world.match(ada, bo, NOON)
    await world.deliver(
        world.enrollment(eve, acme, "language", started_on=date(2025, 1, 1)),
        *(first, second, missed, sponsored, too_late, match),
        world.meeting(match, NOON, minutes=90),
        world.rating(first, 1.0),
        world.rating(second, 0.5),
        world.feedback(match, 0.0, NOON),
    )

    found = await metrics(http, acme, admin)
    elsewhere = await metrics(http, bolt, admin)

    values = {name: one["value"] for name, one in found["metrics"].items()}
    assert (found["company_id"], found["period"], found["status"]) == (
        str(acme),
        "2025-Q1",
        "closed",
    )
    assert values["participants"] == 2
    assert values["volunteers"] == 1
    assert values["sessions_completed"] == 3
    assert values["volunteer_hours"] == 2.5
    assert values["attendance_rate"] == 0.75
    assert values["satisfaction"] == 0.5
    assert found["metrics"]["volunteer_hours"]["coverage"] == {"facts": 3, "complete": 2}
    assert found["metrics"]["participants"]["n"] == 2
    assert all(elsewhere["metrics"][name]["value"] in (0, None) for name in NAMES)


async def test_what_has_no_value_says_why_and_is_never_made_up(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    acme = world.company("acme")
    await a_quarter(world, acme)

    quarter = (await metrics(http, acme, admin))["metrics"]
    month = (await metrics(http, acme, admin, "2025-02"))["metrics"]
    quiet = (await metrics(http, acme, admin, "2019-Q1"))["metrics"]

    assert set(quarter) == NAMES
    assert (quarter["sroi_ratio"]["value"], quarter["sroi_ratio"]["reason"]) == (
        None,
        "inputs_missing",
    )
    assert (quarter["vis_score"]["value"], quarter["vis_score"]["reason"]) == (None, "no_scores")
    assert month["vis_score"]["reason"] == "quarterly_only"
    assert quiet["vis_score"]["reason"] == "not_enough_data"
    assert quiet["satisfaction"]["reason"] == "no_ratings"
    for dimension in ("confidence", "belonging", "lang_level_proxy", "job_readiness"):
        assert quarter[f"outcome.{dimension}"]["value"] is None
        assert quarter[f"outcome.{dimension}"]["reason"] == "no_scores"


async def test_a_company_sees_its_own_figures_alike(
    http: httpx.AsyncClient, world: World, admin: Caller, token: Token
) -> None:
    acme = world.company("acme")
    await a_quarter(world, acme)

    own = await metrics(http, acme, user_of(token, acme))
    whole = await metrics(http, acme, admin)

    empty = {name for name, one in whole["metrics"].items() if one.get("n") == 0}
    assert empty == {"retention_rate", "course_completions", "credentials"}
    for name in empty:
        assert own["metrics"].pop(name)["reason"] == "small_group"
        whole["metrics"].pop(name)
    assert own == whole


async def test_figures_count_merged_people_once(
    http: httpx.AsyncClient, world: World, admin: Caller, token: Token
) -> None:
    acme = world.company("acme")
    told = await a_quarter(world, acme)
    keep, merged = told[1].data.participant_id, told[3].data.participant_id
    before = (await metrics(http, acme, admin))["metrics"]["participants"]

    world.merge(keep, merged)
    await world.deliver(world.merged(keep, merged))

    by_admin = (await metrics(http, acme, admin))["metrics"]["participants"]
    by_company = (await metrics(http, acme, user_of(token, acme)))["metrics"]["participants"]
    assert (before["value"], by_admin["value"], by_company["value"]) == (12, 11, 11)
    assert by_admin["digest"] != before["digest"]


async def test_recomputing_gives_the_same_digits_and_other_inputs_another_digest(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    acme = world.company("acme")
    told = await a_quarter(world, acme)

    first, again = await metrics(http, acme, admin), await metrics(http, acme, admin)
    await world.deliver(world.rating(told[1], 0.0, role="volunteer"))
    changed = await metrics(http, acme, admin)

    assert first == again
    satisfaction = first["metrics"]["satisfaction"]
    low, high = satisfaction["interval"]
    assert low < satisfaction["value"] < high
    assert changed["metrics"]["satisfaction"]["digest"] != satisfaction["digest"]
    assert changed["metrics"]["volunteers"]["digest"] != first["metrics"]["volunteers"]["digest"]
    assert (
        changed["metrics"]["sessions_completed"]["digest"]
        == first["metrics"]["sessions_completed"]["digest"]
    )


@pytest.mark.parametrize("people", [0, 1, 9])
async def test_a_company_sees_no_small_group(
    http: httpx.AsyncClient, world: World, token: Token, people: int
) -> None:
    acme = world.company("acme")
    await a_quarter(world, acme, people)

    found = (await metrics(http, acme, user_of(token, acme)))["metrics"]

    for name in ("participants", "volunteers", "sessions_completed", "volunteer_hours"):
        assert found[name] == {
            "value": None,
            "reason": "small_group",
            "unit": found[name]["unit"],
            "method": f"{name}/1",
            "digest": None,
        }
    assert not any("n" in one or "trace" in one for one in found.values() if one["value"])
    assert all(one["value"] is None for one in found.values())


async def test_a_company_sees_no_open_period(
    http: httpx.AsyncClient, world: World, token: Token, admin: Caller
) -> None:
    acme = world.company("acme")
    await a_quarter(world, acme)
    this_year = str(datetime.now(UTC).year)

    by_company = await metrics(http, acme, user_of(token, acme), this_year)

    assert by_company["status"] == "open"
    assert {one["reason"] for one in by_company["metrics"].values()} == {"period_open"}
    assert all(one["value"] is None for one in by_company["metrics"].values())
    assert (await metrics(http, acme, admin, this_year))["metrics"]["participants"]["value"] == 0


@pytest.mark.parametrize(
    "path",
    ["metrics?period=2025-Q1", "metrics/participants/trace?period=2025-Q1", "programs"],
)
async def test_a_foreign_company_looks_absent(
    http: httpx.AsyncClient, world: World, token: Token, path: str
) -> None:
    acme, bolt = world.company("acme"), world.company("bolt")
    await a_quarter(world, bolt)
    caller = user_of(token, acme)

    foreign = await http.get(f"/v1/companies/{bolt}/{path}", headers=caller)
    absent = await http.get(f"/v1/companies/{uuid4()}/{path}", headers=caller)

    assert foreign.status_code == absent.status_code == 404
    assert said(foreign) == said(absent)


def said(answer: httpx.Response) -> dict[str, Any]:
    return {name: it for name, it in answer.json().items() if name != "correlation_id"}


async def test_row_security_alone_keeps_companies_apart(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    """Queries of the tenant login see one company, whatever company they ask for."""
    acme, bolt = world.company("acme"), world.company("bolt")
    await a_quarter(world, bolt)

    found = await world.as_tenant(acme, "SELECT count(*) FROM program.kintell_sessions")
    asked_for_bolt = await world.as_tenant(
        acme, f"SELECT count(*) FROM program.attributions WHERE company_id = '{bolt}'"
    )

    assert (found, asked_for_bolt) == (0, 0)
    assert await world.as_tenant(bolt, "SELECT count(*) FROM program.kintell_sessions") == 12


async def test_facts_are_counted_by_the_match_they_hang_on(
    http: httpx.AsyncClient, world: World, token: Token, admin: Caller
) -> None:
    """A match from before the membership doesn't count, its later meetings do, for both logins."""
    acme = world.company("acme")
    bo = world.person()
    told: list[Told] = [world.membership(acme, bo, valid_from=NOON)]
    for _ in range(10):
        match = world.match(world.person(), bo, NOON - timedelta(days=30))
        told += [match, world.meeting(match, NOON, minutes=30)]
    await world.deliver(*told)

    by_admin = (await metrics(http, acme, admin))["metrics"]
    by_company = (await metrics(http, acme, user_of(token, acme)))["metrics"]

    for name in ("volunteer_hours", "participants", "volunteers"):
        assert by_company[name] == by_admin[name]
    assert by_company["volunteer_hours"]["value"] == 5
    assert by_company["participants"]["value"] == 10


@pytest.mark.parametrize(
    ("role", "status"),
    [("coordinator", 403), ("reviewer", 403), ("participant", 403), ("partner", 403)],
)
async def test_others_have_no_company_figures(
    http: httpx.AsyncClient, world: World, token: Token, role: str, status: int
) -> None:
    acme = world.company("acme")
    path = f"/v1/companies/{acme}/metrics"

    answer = await http.get(path, params=QUARTER, headers=bearer(token(role, person_id=uuid4())))

    assert answer.status_code == status


@pytest.mark.parametrize("period", ["2025-Q5", "2025-13", "", "now", "2025-Q1'--"])
async def test_what_is_no_period_is_refused(
    http: httpx.AsyncClient, world: World, admin: Caller, period: str
) -> None:
    answer = await http.get(
        f"/v1/companies/{world.company('acme')}/metrics",
        params={"period": period},
        headers=admin,
    )

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:waymark:problem:unknown-period"


async def test_what_is_no_company_is_not_found_for_admins_too(
    http: httpx.AsyncClient, admin: Caller
) -> None:
    answer = await http.get(f"/v1/companies/{uuid4()}/metrics", params=QUARTER, headers=admin)

    assert answer.status_code == 404


async def test_a_companys_programmes_are_those_of_its_people_and_enrollments(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    acme = world.company("acme", "acme.example")
    ada, bo = world.person(), world.person("bo@acme.example")
    await world.deliver(world.enrollment(ada, acme, "upskilling"), world.session(ada, bo, NOON))

    answer = await http.get(f"/v1/companies/{acme}/programs", headers=user_of(token, acme))

    assert answer.json()["items"] == [
        {"program": "language", "volunteers": True, "sponsors": False},
        {"program": "upskilling", "volunteers": False, "sponsors": True},
    ]
