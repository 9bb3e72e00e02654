"""The queue of people who may be one: found, shown to staff, decided once and for good."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest

from profile_service.duplicates.finding import Finder
from profile_service.duplicates.model import load_model
from profile_service.duplicates.names import load_spellings
from profile_service.duplicates.scanning import Scanner
from shared_utils.paging import cursor_of

if TYPE_CHECKING:
    from profile_service.testing import World

Token = Callable[..., str]
QUEUE = "/v1/profile/duplicates"


@pytest.fixture
def admin(token: Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token('admin')}"}


class Staff:
    """Someone who looks through the queue, by the service's own routes."""

    def __init__(self, http: httpx.AsyncClient, headers: dict[str, str], world: World) -> None:
        self.http, self.headers, self.world = http, headers, world

    async def scan(self) -> None:
        finder = Finder(load_model(), load_spellings())
        await Scanner(self.world.worker, finder, 0).scan()

    async def queue(self, state: str = "open", **asked: Any) -> list[dict[str, Any]]:
        params = {"state": state, **asked}
        answer = await self.http.get(QUEUE, params=params, headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def decide(self, pair: dict[str, Any], decision: str, **more: Any) -> httpx.Response:
        path = f"{QUEUE}/{pair['duplicate_id']}/decide"
        body = {"decision": decision, "reason": "Called them", **more}
        return await self.http.post(path, json=body, headers=self.headers)


@pytest.fixture
def staff(http: httpx.AsyncClient, admin: dict[str, str], world: World) -> Staff:
    return Staff(http, admin, world)


def known(world: World, name: str, email: str = "", phone: str = "") -> UUID:
    person = world.person(email)
    world.owner.execute(
        "UPDATE pii.persons SET display_name = %s, phone = nullif(%s, '') WHERE person_id = %s",
        [name, phone, person],
    )
    return person


def twins(world: World) -> tuple[UUID, UUID]:
    """Two registrations of one person."""
    return (
        known(world, "Anna Kovalenko", "anna@a.example", "+4791234567"),
        known(world, "Kovalenko Anna", "anna.k@b.example", "+4791234567"),
    )


async def test_a_scan_proposes_a_pair_with_what_speaks_for_and_against(
    staff: Staff, world: World
) -> None:
    ada, twin = twins(world)
    known(world, "Bohdan Shevchuk", "bohdan@a.example")

    started = await staff.http.post(f"{QUEUE}/scan", headers=staff.headers)
    again = await staff.http.post(f"{QUEUE}/scan", headers=staff.headers)
    async with asyncio.timeout(30):
        while (await progress(staff))["status"] == "running":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    [pair] = await staff.queue()

    assert (started.status_code, again.status_code) == (202, 409)
    done = await progress(staff)
    assert (done["status"], done["people"], done["proposed"]) == ("completed", 3, 1)
    assert [one["person_id"] for one in pair["people"]] == [str(ada), str(twin)]
    assert pair["people"][0]["contact"] == {
        "name": "Anna Kovalenko",
        "emails": ["anna@a.example"],
        "phone": "+4791234567",
    }
    assert {one["field"]: one["verdict"] for one in pair["evidence"]} == {
        "name": "for",
        "phone": "for",
    }
    assert 0.9 < pair["score"] <= 1
    looked = "SELECT person_id FROM insight.access_log WHERE action = 'duplicates'"
    assert {person for (person,) in world.rows(looked)} == {ada, twin}


async def progress(staff: Staff) -> dict[str, Any]:
    answer = await staff.http.get(f"{QUEUE}/scan", headers=staff.headers)
    found: dict[str, Any] = answer.json()
    return found


async def test_nobody_is_proposed_as_their_own_buddy(staff: Staff, world: World) -> None:
    ada, twin = twins(world)
    await world.deliver(world.match(ada, twin))

    await staff.scan()

    assert await staff.queue() == []


async def test_a_pair_that_was_told_apart_comes_back_only_with_news(
    staff: Staff, world: World
) -> None:
    ada, twin = twins(world)
    await staff.scan()
    [pair] = await staff.queue()

    told = await staff.decide(pair, "distinct")
    await staff.scan()
    without_news = await staff.queue()
    world.linked(ada, "nightfox@ukr.net")
    world.linked(twin, "nightfox@gmail.com")
    await staff.scan()
    [again] = await staff.queue()

    assert told.json() == {
        "duplicate_id": pair["duplicate_id"],
        "state": "distinct",
        "merge": None,
    }
    assert without_news == []
    assert again["duplicate_id"] == pair["duplicate_id"]
    assert again["decided_by"] is None


async def test_deciding_to_merge_merges_and_an_unmerge_tells_apart(
    staff: Staff, world: World
) -> None:
    ada, twin = twins(world)
    await staff.scan()
    [pair] = await staff.queue()

    merged = await staff.decide(pair, "merge", keep=str(twin), choices={"display_name": "merge"})
    await staff.scan()
    open_ones, done = await staff.queue(), await staff.queue("merged")
    body = {"keep": str(twin), "merge": str(ada), "reason": "Sisters after all"}
    parted = await staff.http.post("/v1/profile/unmerge", json=body, headers=staff.headers)
    await staff.scan()

    assert merged.status_code == 200
    assert merged.json()["merge"]["person_id"] == str(twin)
    assert (open_ones, [one["reason"] for one in done]) == ([], ["Called them"])
    assert parted.status_code == 200
    assert await staff.queue() == []
    assert [one["reason"] for one in await staff.queue("distinct")] == ["Sisters after all"]


async def test_who_was_told_apart_stays_so_when_one_of_them_is_merged(
    staff: Staff, world: World
) -> None:
    _, twin = twins(world)
    other = world.person()
    await staff.scan()
    [pair] = await staff.queue()
    await staff.decide(pair, "distinct")

    body = {"keep": str(other), "merge": str(twin), "reason": "Same passport"}
    await staff.http.post("/v1/profile/merge", json=body, headers=staff.headers)
    await staff.scan()

    assert await staff.queue() == []


async def test_an_erased_persons_pairs_are_gone_at_once(staff: Staff, world: World) -> None:
    _, twin = twins(world)
    await staff.scan()
    [pair] = await staff.queue()

    world.owner.execute(
        "UPDATE pii.persons SET status = 'erased', display_name = NULL, phone = NULL,"
        " erased_at = now() WHERE person_id = %s",
        [twin],
    )

    assert await staff.queue() == []
    assert (await staff.decide(pair, "merge")).status_code == 404
    await staff.scan()
    assert world.rows("SELECT FROM pii.duplicate_candidates") == []


async def test_a_pair_is_decided_once_however_many_decide(staff: Staff, world: World) -> None:
    twins(world)
    await staff.scan()
    [pair] = await staff.queue()

    answers = await asyncio.gather(
        *(staff.decide(pair, decision) for decision in ("merge", "distinct", "merge", "distinct"))
    )

    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    [(merges,)] = world.rows("SELECT count(*) FROM program.person_merges")
    [(state,)] = world.rows("SELECT state FROM pii.duplicate_candidates")
    assert (merges, state) in {(1, "merged"), (0, "distinct")}


async def test_the_queue_is_paged_likeliest_first_and_whole(staff: Staff, world: World) -> None:
    for n in range(5):
        known(world, f"Zofia Brzezinska{'abcde'[n] * 6}", phone=f"+479123456{n}")
        known(world, f"Zofia Brzezinska{'abcde'[n] * 6}", phone=f"+479123456{n}")
    twins(world)
    await staff.scan()

    found, cursor = [], None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await staff.http.get(QUEUE, params=params, headers=staff.headers)).json()
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break

    scores = [one["score"] for one in found]
    assert len({one["duplicate_id"] for one in found}) == len(found) == 6
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("score", ["x", "nan", "2.0", "inf", "0.50", "1e400"])
async def test_a_cursor_of_no_page_is_refused(staff: Staff, score: str) -> None:
    params = {"cursor": cursor_of(score, uuid4())}

    answer = await staff.http.get(QUEUE, params=params, headers=staff.headers)

    assert answer.status_code == 422


async def test_a_decision_names_one_of_the_two_and_a_pair_that_is(
    staff: Staff, world: World
) -> None:
    twins(world)
    await staff.scan()
    [pair] = await staff.queue()

    stranger = await staff.decide(pair, "merge", keep=str(world.person()))
    unknown = await staff.decide({"duplicate_id": str(uuid4())}, "merge")
    mute = await staff.decide(pair, "merge", reason="")

    assert (stranger.status_code, unknown.status_code, mute.status_code) == (422, 404, 422)
    assert len(await staff.queue()) == 1


@pytest.mark.parametrize("role", ["reviewer", "company_user", "participant", "partner"])
async def test_nobody_but_staff_sees_or_decides(
    http: httpx.AsyncClient, world: World, token: Token, role: str
) -> None:
    more = {"company_id": uuid4()} if role == "company_user" else {}
    staff = Staff(http, {"Authorization": f"Bearer {token(role, **more)}"}, world)

    answers = [
        await http.get(QUEUE, headers=staff.headers),
        await http.post(f"{QUEUE}/scan", headers=staff.headers),
        await http.get(f"{QUEUE}/scan", headers=staff.headers),
        await staff.decide({"duplicate_id": str(uuid4())}, "distinct"),
    ]

    assert {one.status_code for one in answers} == {403}


async def test_linking_one_id_at_the_same_time_gives_it_to_one_person(
    staff: Staff, world: World
) -> None:
    people = [world.person() for _ in range(5)]

    async def link(person: UUID) -> int:
        body = {"person_id": str(person), "provider": "discord", "external_id": "anna#1234"}
        path = "/v1/profile/mapping"
        return (await staff.http.post(path, json=body, headers=staff.headers)).status_code

    statuses = await asyncio.gather(*(link(person) for person in people * 2))

    [(owner,)] = world.rows("SELECT person_id FROM pii.external_ids WHERE provider = 'discord'")
    assert sorted(statuses) == [200, 201, *[409] * 8]
    assert owner in people
