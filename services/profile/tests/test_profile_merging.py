"""Two who are one count as one, and as two again if that was wrong: nothing is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest

if TYPE_CHECKING:
    from profile_service.testing import World

FEBRUARY = datetime(2026, 2, 10, 12, tzinfo=UTC)
MARCH = datetime(2026, 3, 10, 12, tzinfo=UTC)
MERGED, UNMERGED = "identity.person.merged.v1", "identity.person.unmerged.v1"

Token = Callable[..., str]


@pytest.fixture
def admin(token: Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token('admin')}"}


class Staff:
    """Someone who merges, through the service's own routes."""

    def __init__(self, http: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self.http, self.headers = http, headers

    async def ask(self, what: str, keep: UUID, merge: UUID, **more: Any) -> httpx.Response:
        preview = {"preview": "true"} if more.pop("preview", False) else {}
        body = {"keep": str(keep), "merge": str(merge), "reason": "Same passport", **more}
        path = f"/v1/profile/{what}"
        return await self.http.post(path, json=body, params=preview, headers=self.headers)

    async def done(self, what: str, keep: UUID, merge: UUID, **more: Any) -> dict[str, Any]:
        answer = await self.ask(what, keep, merge, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def profile(self, person: UUID) -> dict[str, Any]:
        answer = await self.http.get(f"/v1/profile/{person}", headers=self.headers)
        found: dict[str, Any] = answer.json()
        return found

    async def figures(self, company: UUID, period: str) -> dict[str, Any]:
        path = f"/v1/companies/{company}/metrics"
        answer = await self.http.get(path, params={"period": period}, headers=self.headers)
        found: dict[str, Any] = answer.json()["metrics"]
        return found


@pytest.fixture
def staff(http: httpx.AsyncClient, admin: dict[str, str]) -> Staff:
    return Staff(http, admin)


def counts_as(world: World) -> dict[UUID, UUID]:
    return dict(world.rows("SELECT source_id, canonical_id FROM program.canonical_persons"))


async def test_merged_people_are_one_profile_and_one_participant(
    staff: Staff, world: World
) -> None:
    acme = world.company("acme", "acme.example")
    ada, twin, bo = world.person("ada@a.example"), world.person("ada@b.example"), world.person()
    await world.deliver(world.membership(acme, bo))
    await world.deliver(world.session(ada, bo), world.session(twin, bo, minutes=30))
    before = await staff.figures(acme, "2026-02")

    answer = await staff.done("merge", ada, twin)
    after = await staff.figures(acme, "2026-02")
    shown = await staff.profile(twin)

    assert answer["person_id"] == str(ada)
    assert answer["moved"] == [str(twin)]
    assert (before["participants"]["value"], after["participants"]["value"]) == (2, 1)
    assert (before["volunteer_hours"]["value"], after["volunteer_hours"]["value"]) == (1.5, 1.5)
    assert shown["person_id"] == str(ada)
    assert shown["sessions"]["language"]["completed"] == 2
    assert shown["contact"]["emails"] == ["ada@a.example", "ada@b.example"]
    sources = world.rows("SELECT DISTINCT participant_id FROM program.kintell_sessions")
    assert {person for (person,) in sources} == {ada, twin}
    [event] = world.outbox(MERGED)
    assert event["data"] == {"keep_id": str(ada), "merged_id": str(twin), "revision": 1}


async def test_an_unmerge_brings_back_all_that_was(staff: Staff, world: World) -> None:
    acme = world.company("acme")
    ada, twin, bo = world.person(), world.person(), world.person()
    await world.deliver(*(world.created(one) for one in (ada, twin, bo)))
    await world.deliver(world.membership(acme, bo), world.enrollment(twin, acme))
    await world.deliver(world.session(ada, bo, MARCH), world.session(twin, bo, level="B1"))
    await world.deliver(world.course(twin))
    before = [await staff.profile(one) for one in (ada, twin, bo)]
    figures = [await staff.figures(acme, one) for one in ("2026-02", "2026-03", "2026")]
    attributed = world.attributed()

    await staff.done("merge", ada, twin)
    merged = await staff.profile(ada)
    await staff.done("unmerge", ada, twin)

    assert merged["flags"]["has_completed_language"]["since"] == "2026-02-10T12:00:00Z"
    assert [await staff.profile(one) for one in (ada, twin, bo)] == before
    assert [await staff.figures(acme, one) for one in ("2026-02", "2026-03", "2026")] == figures
    assert world.attributed() == attributed
    assert counts_as(world) == {}
    [event] = world.outbox(UNMERGED)
    assert event["data"] == {"keep_id": str(ada), "merged_id": str(twin), "revision": 2}


async def test_a_preview_says_what_the_merge_then_does_and_writes_nothing(
    staff: Staff, world: World
) -> None:
    acme, bolt = world.company("acme"), world.company("bolt")
    ada, twin, bo = world.person(), world.person(), world.person()
    await world.deliver(world.membership(acme, bo), world.enrollment(twin, bolt))
    first, second = world.session(ada, bo), world.session(twin, bo, MARCH)
    await world.deliver(first, second, world.rating(first, 0.5), world.rating(second, 1.0))
    windows = [(company, one) for company in (acme, bolt) for one in PERIODS]
    before = {window: await staff.figures(*window) for window in windows}
    rows = world.rows("SELECT count(*) FROM ops.outbox")

    preview = await staff.done("merge", ada, twin, preview=True)

    assert counts_as(world) == {}
    assert world.rows("SELECT FROM program.person_merges") == []
    assert world.rows("SELECT count(*) FROM ops.outbox") == rows
    assert {window: await staff.figures(*window) for window in windows} == before
    await staff.done("merge", ada, twin)
    after = {window: await staff.figures(*window) for window in windows}
    assert preview["complete"]
    assert said(preview) == differences(before, after)
    assert (str(bolt), "2026-02", "participants", 0, 1) in said(preview)
    assert (str(acme), "2026-Q1", "participants", 2, 1) in said(preview)

    back = await staff.done("unmerge", ada, twin, preview=True)
    await staff.done("unmerge", ada, twin)
    assert {window: await staff.figures(*window) for window in windows} == before
    assert said(back) == differences(after, before)


PERIODS = ("2026-02", "2026-03", "2026-Q1", "2026")


def said(preview: dict[str, Any]) -> set[tuple[Any, ...]]:
    return {
        (
            one["company_id"],
            one["period"],
            one["metric"],
            one["before"]["value"],
            one["after"]["value"],
        )
        for one in preview["figures"]
    }


def differences(before: dict[Any, Any], after: dict[Any, Any]) -> set[tuple[Any, ...]]:
    """Every figure of which anything but its trace differs."""
    found = set()
    for (company, period), figures in before.items():
        for name, figure in figures.items():
            then = after[company, period][name]
            if figure != then:
                found.add((str(company), period, name, figure["value"], then["value"]))
    return found


async def test_a_preview_shows_each_conflict_with_what_would_hold(
    staff: Staff, world: World
) -> None:
    ada, twin = world.person("ada@a.example"), world.person("ada@b.example")
    named(world, ada, "Ada K.", "+4791234567")
    named(world, twin, "Ada Kovalenko", "+4791234567")
    await by_hand(staff, ada, "A2")
    await by_hand(staff, twin, "B2")
    consent(world, ada, "given")
    consent(world, twin, "withdrawn")
    await world.deliver(
        world.enrollment(ada, None, ended_on=date(2026, 3, 1)),
        world.enrollment(twin, None, started_on=date(2026, 2, 1)),
        world.enrollment(twin, None, "buddy"),
    )

    choices = {"flags.language_level": "merge"}
    preview = await staff.done("merge", ada, twin, preview=True, choices=choices)

    assert [
        (one["field"], one["keep"], one["merge"], one["can_choose"], one["resolution"])
        for one in preview["conflicts"][:4]
    ] == [
        ("display_name", "Ada K.", "Ada Kovalenko", True, "keep"),
        ("flags.language_level", "A2", "B2", True, "merge"),
        ("consents.scoring", True, False, False, "stricter"),
        ("accounts.email", ["ada@a.example"], ["ada@b.example"], False, "both"),
    ]
    [overlap] = preview["conflicts"][4:]
    assert overlap["field"] == "enrollments.language"
    assert overlap["keep"]["ended_on"] == "2026-03-01"
    looked = "SELECT person_id FROM insight.access_log WHERE action = 'merge preview'"
    assert {person for (person,) in world.rows(looked)} == {ada, twin}


async def test_choices_hold_until_the_merge_is_taken_back(staff: Staff, world: World) -> None:
    ada, twin = world.person(), world.person()
    named(world, ada, "Ada K.", None)
    named(world, twin, "Ada Kovalenko", "+4791234567")
    await by_hand(staff, ada, "A2")
    await by_hand(staff, twin, "B2")

    choices = {"display_name": "merge", "flags.language_level": "merge"}
    await staff.done("merge", ada, twin, choices=choices)
    merged = await staff.profile(ada)
    await staff.http.put(
        f"/v1/profile/{ada}",
        json={"display_name": "Ada", "flags": {"language_level": None}, "reason": "She says so"},
        headers=staff.headers,
    )
    changed = await staff.profile(ada)
    await staff.done("unmerge", ada, twin)
    kept, parted = await staff.profile(ada), await staff.profile(twin)

    assert merged["contact"] == {"name": "Ada Kovalenko", "emails": [], "phone": "+4791234567"}
    assert merged["flags"]["language_level"]["value"] == "B2"
    assert changed["contact"]["name"] == "Ada"
    assert changed["flags"]["language_level"]["value"] is None
    assert (kept["contact"]["name"], kept["contact"]["phone"]) == ("Ada", None)
    assert parted["contact"]["name"] == "Ada Kovalenko"
    assert parted["flags"]["language_level"]["value"] == "B2"


def named(world: World, person: UUID, name: str, phone: str | None) -> None:
    world.owner.execute(
        "UPDATE pii.persons SET display_name = %s, phone = %s WHERE person_id = %s",
        [name, phone, person],
    )


def consent(world: World, person: UUID, state: str) -> None:
    world.owner.execute(
        "INSERT INTO program.consents"
        " (person_id, purpose, revision, state, effective_at, recorded_by, recorded_role, basis,"
        " text_version) VALUES (%s, 'scoring', 1, %s, now(), 'test', 'admin', 'written', 1)",
        [person, state],
    )


async def by_hand(staff: Staff, person: UUID, level: str) -> None:
    change = {"flags": {"language_level": level}, "reason": "Seen on paper"}
    path = f"/v1/profile/{person}"
    answer = await staff.http.put(path, json=change, headers=staff.headers)
    assert answer.status_code == 200


async def test_the_middle_of_a_chain_takes_its_own_with_it(staff: Staff, world: World) -> None:
    """As if the merge had never been: those merged into the middle one stay with them."""
    ada, bea, cy = (world.person() for _ in range(3))
    await staff.done("merge", ada, bea)
    await staff.done("merge", bea, cy)
    together = counts_as(world)

    await staff.done("unmerge", ada, bea)

    assert together == {bea: ada, cy: ada}
    assert counts_as(world) == {cy: bea}


@pytest.mark.parametrize("what", ["merge", "unmerge"])
@pytest.mark.parametrize("preview", [False, True])
async def test_what_cant_be_merged_is_said_plainly(
    staff: Staff, world: World, what: str, preview: bool
) -> None:
    ada, bea, cy, gone = (world.person() for _ in range(4))
    world.owner.execute(
        "UPDATE pii.persons SET status = 'erased', erased_at = now() WHERE person_id = %s", [gone]
    )
    await staff.done("merge", ada, bea)

    async def refused(keep: UUID, merge: UUID, **more: Any) -> tuple[int, str]:
        answer = await staff.ask(what, keep, merge, preview=preview, **more)
        problem = answer.json()
        return answer.status_code, problem["type"].rpartition(":")[2]

    assert await refused(ada, ada) == (422, "same-person")
    for unknown in (gone, uuid4()):
        assert await refused(ada, unknown) == (404, "unknown-person")
        assert await refused(unknown, ada) == (404, "unknown-person")
    assert await refused(ada, cy, reason=" ") == (422, "invalid-request")
    if what == "merge":
        assert await refused(ada, bea) == (409, "already-merged")
        assert await refused(bea, ada) == (409, "already-merged")
        assert await refused(cy, bea) == (409, "merged-elsewhere")
        assert await refused(ada, cy, choices={"emails": "keep"}) == (422, "unknown-choice")
        assert await refused(ada, cy, choices={"phone": "both"}) == (422, "invalid-request")
    else:
        for pair in ((ada, cy), (bea, ada), (cy, bea)):
            assert await refused(*pair) == (409, "not-merged")
    assert counts_as(world) == {bea: ada}


async def test_a_merge_is_not_taken_back_twice(staff: Staff, world: World) -> None:
    ada, twin = world.person(), world.person()
    await staff.done("merge", ada, twin)
    await staff.done("unmerge", ada, twin)

    again = await staff.ask("unmerge", ada, twin)
    await staff.done("merge", ada, twin)

    assert (again.status_code, again.json()["type"]) == (409, "urn:waymark:problem:not-merged")
    assert [event["data"]["revision"] for event in world.outbox(MERGED)] == [1, 3]


async def test_each_merge_is_in_the_audit_log_with_its_reason(staff: Staff, world: World) -> None:
    ada, twin = world.person(), world.person()
    await staff.done("merge", ada, twin)
    await staff.done("unmerge", ada, twin)

    rows = world.rows(
        "SELECT action, object_id, reason, role FROM ops.audit_log"
        " WHERE object_type = 'person' ORDER BY action, object_id"
    )

    people = sorted([str(ada), str(twin)])
    assert rows == [
        (action, person, "Same passport", "admin")
        for action in ("merge person", "unmerge person")
        for person in people
    ]


@pytest.mark.parametrize("role", ["reviewer", "company_user", "participant", "partner"])
async def test_nobody_but_staff_merges(
    http: httpx.AsyncClient, world: World, token: Token, role: str
) -> None:
    more = {"company_id": uuid4()} if role == "company_user" else {}
    ada, twin = world.person(), world.person()
    headers = {"Authorization": f"Bearer {token(role, person_id=ada, **more)}"}

    for what in ("merge", "unmerge"):
        answer = await Staff(http, headers).ask(what, ada, twin)
        assert answer.status_code == 403


async def test_merges_at_the_same_time_end_as_one_after_the_other(
    staff: Staff, world: World
) -> None:
    for _ in range(5):
        ada, bea, cy = (world.person() for _ in range(3))

        answers = await asyncio.gather(
            staff.ask("merge", bea, ada),
            staff.ask("merge", ada, bea),
            staff.ask("merge", bea, ada),
            staff.ask("merge", cy, bea),
            staff.ask("merge", bea, cy),
        )

        assert {one.status_code for one in answers} == {200, 409}
        assert sum(one.status_code == 200 for one in answers) == 2
        [(merges, people)] = world.rows(
            "SELECT count(*), count(DISTINCT canonical_id) FROM program.canonical_persons"
            " WHERE source_id = ANY(%s)",
            [ada, bea, cy],
        )
        assert (merges, people) == (2, 1)


async def test_facts_that_arrive_during_a_merge_are_counted_once(
    staff: Staff, world: World
) -> None:
    acme = world.company("acme")
    ada, twin, bo = world.person(), world.person(), world.person()
    await world.deliver(world.membership(acme, bo))
    sessions = [world.session(one, bo) for one in (ada, twin) * 5]

    await asyncio.gather(
        *(world.deliver(one) for one in sessions),
        staff.done("merge", ada, twin),
        *(world.deliver(world.session(twin, bo, MARCH)) for _ in range(3)),
    )

    figures = await staff.figures(acme, "2026")
    assert figures["participants"]["value"] == 1
    assert figures["sessions_completed"]["value"] == 13
    assert (await staff.profile(ada))["sessions"]["language"]["completed"] == 13
