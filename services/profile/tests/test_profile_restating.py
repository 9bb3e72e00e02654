"""What changes after a period was closed restates it; a company is told only what is safe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from event_contracts import ImportCompleted, ImportUndone
from profile_service.companies import Figuring
from profile_service.restating.keeper import Keeper
from profile_service.restating.worker import close_due, restate_stale
from profile_service.testing import told
from profile_service.testing_scores import Scores

if TYPE_CHECKING:
    from profile_service.testing import Told, World

QUARTER = "2025-Q2"
MONTHS = ("2025-04", "2025-05", "2025-06")
COMPUTED = "metrics.period.computed.v1"

Token = Callable[..., str]
Caller = dict[str, str]


@pytest.fixture
def admin(token: Token) -> Caller:
    return {"Authorization": f"Bearer {token('admin')}"}


@pytest.fixture
def acme(world: World) -> UUID:
    return world.company("acme")


@pytest.fixture
def user(token: Token, acme: UUID) -> Caller:
    return {"Authorization": f"Bearer {token('company_user', company_id=acme)}"}


@pytest.fixture
def keeper() -> Keeper:
    return Keeper(Figuring(ZoneInfo("UTC"), bytes.fromhex("ab" * 32), 10))


def in_month(month: int) -> datetime:
    return datetime(2025, month, 5, 12, tzinfo=UTC)


async def sessions(
    world: World, company: UUID, *months: int, kinds: Sequence[str] = ("language",)
) -> list[Told]:
    """As many new people as are told meet a volunteer of the company, in April, May, June, ..."""
    volunteer = world.person()
    told = [
        world.session(world.person(), volunteer, in_month(4 + number), kind=kinds[n % len(kinds)])
        for number, people in enumerate(months)
        for n in range(people)
    ]
    await world.deliver(world.membership(company, volunteer), *told)
    return told


async def figure(
    http: httpx.AsyncClient,
    company: UUID,
    caller: Caller,
    period: str = QUARTER,
    name: str = "participants",
    **params: str,
) -> dict[str, Any]:
    answer = await http.get(
        f"/v1/companies/{company}/metrics", params={"period": period, **params}, headers=caller
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["metrics"][name]
    return found


async def restatements(
    http: httpx.AsyncClient, company: UUID, caller: Caller, **params: str
) -> list[dict[str, Any]]:
    answer = await http.get(f"/v1/companies/{company}/restatements", params=params, headers=caller)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_hidden_month_is_hidden_with_the_cheapest_other_and_leaves_the_quarter(
    http: httpx.AsyncClient, world: World, acme: UUID, user: Caller
) -> None:
    await sessions(world, acme, 12, 11, 4)

    months = [await figure(http, acme, user, one, "sessions_completed") for one in MONTHS]

    assert [one["value"] for one in months] == [12, None, None]
    assert months[1]["reason"] == months[2]["reason"] == "small_group"
    assert (await figure(http, acme, user, name="sessions_completed"))["value"] == 27
    assert (await figure(http, acme, user, "2025"))["reason"] == "small_group"


async def test_one_late_session_never_reaches_the_company(
    http: httpx.AsyncClient, world: World, acme: UUID, user: Caller, admin: Caller
) -> None:
    [first, *_] = await sessions(world, acme, 12, 11, 10)
    seen = await figure(http, acme, user)

    await world.deliver(world.session(world.person(), first.data.volunteer_id, in_month(4)))

    assert seen["value"] == 33
    assert await figure(http, acme, user) == seen
    true = await figure(http, acme, admin)
    assert (true["value"], true["withheld"]) == (34, "older_figure_shown")
    assert await restatements(http, acme, user) == []


async def test_an_undone_rating_never_reveals_itself(
    http: httpx.AsyncClient, world: World, acme: UUID, user: Caller, admin: Caller
) -> None:
    """METRICS: n 12 to 11 and a mean from .6875 to .75 would reveal the rating 0.0."""
    told = await sessions(world, acme, 12)
    values = [0.0, *[0.75] * 11]
    ratings = [world.rating(one, value) for one, value in zip(told, values, strict=True)]
    await world.deliver(*ratings)
    seen = await figure(http, acme, user, name="satisfaction")

    world.owner.execute("DELETE FROM program.kintell_ratings WHERE value = 0")
    await world.deliver(world.retraction(ratings[0]))

    assert (seen["value"], seen["n"]) == (0.6875, 12)
    assert await figure(http, acme, user, name="satisfaction") == seen
    true = await figure(http, acme, admin, name="satisfaction")
    assert (true["value"], true["n"]) == (0.75, 11)


async def test_many_late_sessions_restate_what_the_company_sees(
    http: httpx.AsyncClient, world: World, acme: UUID, user: Caller, admin: Caller
) -> None:
    await sessions(world, acme, 12, 11, 10)
    assert (await figure(http, acme, user))["value"] == 33

    late = await sessions(world, acme, 14)

    assert (await figure(http, acme, user))["value"] == 47
    [told] = [
        one
        for one in await restatements(http, acme, user, period=QUARTER)
        if one["metric"] == "participants" and one["program"] == "all"
    ]
    assert (told["old"]["value"], told["new"]["value"]) == (33, 47)
    assert told["because"] == {"type": late[0].event.type, "event_id": None}
    [true] = [
        one
        for one in await restatements(http, acme, admin, period=QUARTER)
        if one["metric"] == "participants" and one["program"] == "all"
    ]
    assert UUID(true["because"]["event_id"]) in {one.event.id for one in late}
    answer = await http.get(
        f"/v1/companies/{acme}/metrics", params={"period": QUARTER}, headers=user
    )
    assert answer.json()["status"] == "restated"
    statuses = [one["data"]["status"] for one in world.outbox(COMPUTED)]
    assert "restated" in statuses


async def test_a_merge_restates_for_admins_alone_and_its_end_restores_the_figure(
    http: httpx.AsyncClient, world: World, acme: UUID, user: Caller, admin: Caller
) -> None:
    told = await sessions(world, acme, 12, 11, 10)
    keep, merged = told[0].data.participant_id, told[1].data.participant_id
    seen = await figure(http, acme, user)

    world.merge(keep, merged)
    await world.deliver(world.merged(keep, merged))
    during = await figure(http, acme, admin)
    assert await figure(http, acme, user) == seen
    world.unmerge(merged)
    await world.deliver(world.unmerged(keep, merged))

    assert during["value"] == 32
    restored = await figure(http, acme, admin)
    assert (restored["value"], restored["digest"]) == (33, seen["digest"])
    assert await figure(http, acme, user) == seen


async def test_programmes_are_shown_where_none_of_them_is_small(
    http: httpx.AsyncClient, world: World, acme: UUID, user: Caller
) -> None:
    await sessions(world, acme, 24, kinds=("language", "mentorship"))

    by_program = {
        one: (await figure(http, acme, user, program=one))["value"]
        for one in ("language", "mentorship", "buddy")
    }

    assert by_program == {"language": 12, "mentorship": 12, "buddy": None}
    month = await figure(http, acme, user, "2025-04", program="language")
    assert (month["value"], month["reason"]) == (None, "not_covered")


async def test_a_small_programme_takes_the_other_with_it(
    http: httpx.AsyncClient, world: World, acme: UUID, user: Caller
) -> None:
    """Else it could be had as the quarter less the other."""
    await sessions(world, acme, 20)
    await sessions(world, acme, 3, kinds=("mentorship",))

    assert (await figure(http, acme, user))["value"] == 23
    for program in ("language", "mentorship"):
        shown = await figure(http, acme, user, program=program)
        assert (shown["value"], shown["reason"], shown.get("n")) == (None, "small_group", None)


async def test_a_trace_stays_as_it_was_released(
    http: httpx.AsyncClient, world: World, acme: UUID, user: Caller
) -> None:
    [first, *_] = await sessions(world, acme, 12, 11, 10)
    path = f"/v1/companies/{acme}/metrics/participants/trace"

    before = (await http.get(path, params={"period": QUARTER}, headers=user)).json()
    await world.deliver(world.session(world.person(), first.data.volunteer_id, in_month(4)))
    after = (await http.get(path, params={"period": QUARTER}, headers=user)).json()

    assert before["items"] == [{"import_id": None, "facts": 33}]
    assert after == before


async def test_asking_again_decides_nothing_anew(
    http: httpx.AsyncClient, world: World, acme: UUID, user: Caller, keeper: Keeper
) -> None:
    await sessions(world, acme, 12, 11, 4)
    for period in (*MONTHS, QUARTER, "2025", *MONTHS):
        await figure(http, acme, user, period)
    plans = world.rows("SELECT revision, digest FROM insight.suppression_plans")

    async with world.worker.work(correlation_id="test") as work:
        await keeper.close_due(work, acme, {QUARTER})

    assert world.rows("SELECT revision, digest FROM insight.suppression_plans") == plans


async def test_the_job_closes_what_is_due_and_restates_what_went_stale(
    world: World, acme: UUID, keeper: Keeper
) -> None:
    [first, *_] = await sessions(world, acme, 12)

    assert await close_due(world.worker, keeper) == 1
    closed = {period for (period,) in world.rows("SELECT period FROM insight.company_periods")}
    await world.deliver(world.session(world.person(), first.data.volunteer_id, in_month(4)))
    assert await restate_stale(world.worker, keeper, quiet_seconds=0) == 1

    assert closed >= {*MONTHS, QUARTER}
    status = dict(world.rows("SELECT period, status FROM insight.company_periods"))
    assert (status[QUARTER], status["2025-06"]) == ("restated", "closed")
    assert await restate_stale(world.worker, keeper, quiet_seconds=0) == 0


async def test_an_open_period_is_computed_once_until_something_changes(
    http: httpx.AsyncClient, world: World, acme: UUID, admin: Caller, keeper: Keeper
) -> None:
    this_month = datetime.now(UTC)
    volunteer = world.person()
    told = world.session(world.person(), volunteer, this_month)
    await world.deliver(world.membership(acme, volunteer), told)
    await restate_stale(world.worker, keeper, quiet_seconds=0)
    period = this_month.strftime("%Y-%m")

    first = await figure(http, acme, admin, period)
    kept = world.rows("SELECT computed_at FROM insight.metrics_company_period WHERE revision = 0")
    again = await figure(http, acme, admin, period)
    await world.deliver(world.session(world.person(), volunteer, this_month))
    changed = await figure(http, acme, admin, period)

    assert first == again
    assert kept == world.rows(
        "SELECT computed_at FROM insight.metrics_company_period WHERE revision = 0"
    )
    assert (first["value"], changed["value"]) == (1, 2)


async def test_restatements_of_what_is_not_there(
    http: httpx.AsyncClient, acme: UUID, user: Caller
) -> None:
    foreign = await http.get(f"/v1/companies/{uuid4()}/restatements", headers=user)
    unknown = await http.get(
        f"/v1/companies/{acme}/restatements", params={"period": "2025-13"}, headers=user
    )

    assert (foreign.status_code, unknown.status_code) == (404, 422)


async def test_another_assumption_makes_what_rests_on_it_stale(
    http: httpx.AsyncClient, world: World, acme: UUID, admin: Caller, keeper: Keeper
) -> None:
    await sessions(world, acme, 12)
    await restate_stale(world.worker, keeper, quiet_seconds=0)
    proxy = {"kind": "proxy", "key": "belonging", "value": 1500, "currency": "EUR"}
    dated = {"valid_from": "2025-01-01", "source": "Our own survey of 2024, 212 answers"}

    answer = await http.post("/v1/reference-data", json=proxy | dated, headers=admin)

    assert answer.status_code == 201, answer.text
    assert world.rows("SELECT DISTINCT event_type FROM insight.stale_months") == [
        ("reference_data_changed",)
    ]


async def test_costs_restate_what_rests_on_them_and_so_does_taking_them_back(
    world: World, acme: UUID, keeper: Keeper
) -> None:
    await sessions(world, acme, 12)
    await restate_stale(world.worker, keeper, quiet_seconds=0)
    import_id = world.file("program-costs", "costs.csv")
    april, july = date(2025, 4, 1), date(2025, 7, 1)
    Scores(world).cost(
        acme, 5120, period=QUARTER, starts_on=april, ends_on=july, import_id=import_id
    )
    counts = dict.fromkeys(("read", "created"), 1)
    counts |= dict.fromkeys(("updated", "unchanged", "refused", "held"), 0)

    came = ImportCompleted(import_id=import_id, dataset="program-costs", **counts)
    await world.deliver(told(came))
    stale = world.rows("SELECT month FROM insight.stale_months ORDER BY month")
    await restate_stale(world.worker, keeper, quiet_seconds=0)
    world.owner.execute("DELETE FROM program.program_costs")
    went = ImportUndone(import_id=import_id, restored=0, removed=1, kept=0, refused=0)
    await world.deliver(told(went))

    assert stale == [(date(2025, month, 1),) for month in (4, 5, 6)]
    assert world.rows("SELECT month, event_type FROM insight.stale_months") == [(april, went.type)]


async def test_ratings_of_the_period_before_are_no_input_of_satisfaction(
    http: httpx.AsyncClient, world: World, acme: UUID, admin: Caller
) -> None:
    told = await sessions(world, acme, 12)
    people = [(one.data.participant_id, one.data.volunteer_id) for one in told]
    earlier = [world.session(*pair, datetime(2025, 2, 5, tzinfo=UTC)) for pair in people]
    await world.deliver(*earlier)
    await world.deliver(*(world.rating(one, 1.0) for one in earlier))
    await world.deliver(*(world.rating(one, 0.25) for one in told))

    assert (await figure(http, acme, admin, name="satisfaction"))["value"] == 0.25


async def test_people_whom_the_company_itself_brings_protect_nobody(
    http: httpx.AsyncClient, world: World, acme: UUID, user: Caller, admin: Caller
) -> None:
    """Else a manager adds twelve invented ones to five real ones, and takes them off again."""
    await sessions(world, acme, 5)
    own = world.file("kintell-sessions", "ours.csv")
    world.owner.execute(
        "UPDATE ops.imports SET company_id = %s, uploaded_role = 'company_user'"
        " WHERE import_id = %s",
        [acme, own],
    )
    invented = await sessions(world, acme, 12)
    world.owner.execute(
        "UPDATE program.kintell_sessions SET import_id = %s WHERE session_id = ANY(%s)",
        [own, [one.data.session_id for one in invented]],
    )

    for name in ("participants", "volunteers", "sessions_completed", "volunteer_hours"):
        shown = await figure(http, acme, user, name=name)
        assert (shown["value"], shown["reason"]) == (None, "small_group")
    assert (await figure(http, acme, admin))["value"] == 17


async def test_retention_that_tells_of_one_who_left_is_withheld(
    http: httpx.AsyncClient, world: World, acme: UUID, user: Caller, admin: Caller
) -> None:
    told = await sessions(world, acme, 30)
    again = [
        world.session(one.data.participant_id, one.data.volunteer_id, in_month(7))
        for one in told[1:]
    ]
    await world.deliver(*again)

    shown = await figure(http, acme, user, "2025-Q3", "retention_rate")
    true = await figure(http, acme, admin, "2025-Q3", "retention_rate")

    assert (shown["value"], shown["reason"]) == (None, "small_group")
    assert (true["value"], true["n"]) == (0.966667, 30)
