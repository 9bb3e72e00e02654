"""No order is promised: shuffled, doubled, split and concurrent histories end in equal digests."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from profile_service.repository import digests, projection

if TYPE_CHECKING:
    from profile_service.testing import Told, World

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
LEVELS = ("A1", "A2", "B1", "B2", None)


def history(world: World, random: Random) -> list[Told]:
    """Some weeks of a few people's life, with revisions, undone facts and moving ties."""
    companies = [world.company("acme", "acme.example"), world.company("bolt")]
    learners = [world.person(f"p{n}@home.example") for n in range(5)]
    helpers = [world.person(f"v{n}@acme.example") for n in range(2)] + [world.person()]
    tellings: list[Told] = [world.created(one) for one in learners]
    for _ in range(40):
        tellings += deed(world, random, learners, helpers)
    for learner in learners[:3]:
        started = date(2026, 1, 1) + timedelta(days=random.randrange(60))
        tellings.append(world.enrollment(learner, random.choice(companies), started_on=started))
    tellings.append(world.membership(companies[1], helpers[2], valid_from=NOON))
    tellings.append(
        world.membership(companies[1], helpers[2], valid_from=NOON - timedelta(9), revision=2)
    )
    tellings.append(world.membership(companies[0], helpers[0], valid_to=NOON))
    return tellings


def deed(world: World, random: Random, learners: list[Any], helpers: list[Any]) -> list[Told]:
    """One fact, perhaps with a later revision, perhaps undone."""
    who = random.choice(learners), random.choice(helpers)
    at = NOON + timedelta(days=random.randrange(-20, 20))
    match random.randrange(5):
        case 0:
            first = world.match(*who, at)
            ended = world.match(*who, at, "ended", first.data.match_id, revision=2)
            return [first, world.checkin(first, at.date()), *random.choice([[], [ended]])]
        case 1:
            return [world.course(who[0], at), world.credential(who[0], at)]
        case _:
            return session(world, random, who, at)


def session(world: World, random: Random, who: tuple[Any, Any], at: datetime) -> list[Told]:
    kind = random.choice(("language", "mentorship"))
    level = random.choice(LEVELS) if kind == "language" else None
    planned = world.session(*who, at, kind=kind, status="scheduled", level=level)
    known = planned.data.session_id
    held = world.session(*who, at, kind=kind, level=level, session_id=known, revision=2)
    changed = world.session(*who, at, kind=kind, minutes=30, session_id=known, revision=3)
    gone = world.retraction(held, revision=random.choice((2, 3, 4)))
    return [planned, held, *random.choice([[], [], [changed], [gone], [changed, gone]])]


def disordered(tellings: list[Told], random: Random) -> list[list[Told]]:
    """The same history shuffled, partly doubled, and cut into batches."""
    twice = [*tellings, *random.sample(tellings, len(tellings) // 4)]
    random.shuffle(twice)
    batches = []
    while twice:
        size = random.choice((1, 3, 10, 40))
        batches.append(twice[:size])
        del twice[:size]
    return batches


async def digest(world: World) -> tuple[str, str, str]:
    async with world.worker.read() as session:
        generation = (await projection.generations(session)).active
        return (
            await digests.projection_digest(session, generation),
            await digests.attributions_digest(session),
            await digests.milestones_digest(session, generation),
        )


def forget(world: World) -> None:
    for table in (
        *("insight.profile_facts", "insight.profiles", "insight.profile_flags"),
        *("insight.milestones", "ops.outbox", "program.attributions"),
        *("program.company_users", "program.program_enrollments"),
    ):
        world.owner.execute(f"DELETE FROM {table}".encode())


@pytest.mark.parametrize("seed", range(3))
async def test_any_order_of_a_history_gives_the_same_profiles(world: World, seed: int) -> None:
    random = Random(seed)
    tellings = history(world, random)
    for one in tellings:
        await world.deliver(one)
    in_order = await digest(world)
    assert len(world.attributed()) > 20
    assert len(world.rows("SELECT FROM insight.milestones")) > 5

    for _ in range(3):
        forget(world)
        for batch in disordered(tellings, random):
            await world.deliver(*batch)
        assert await digest(world) == in_order


async def test_concurrent_consumers_neither_deadlock_nor_lose_anything(world: World) -> None:
    random = Random(7)
    tellings = history(world, random)
    await world.deliver(*tellings)
    in_order = await digest(world)

    for _ in range(3):
        forget(world)
        for one in tellings:
            world.write(one)
        queues = [disordered(part, random) for part in (tellings[0::2], tellings[1::2], tellings)]
        await asyncio.gather(*(consumer(world, queue) for queue in queues))
        assert await digest(world) == in_order


async def consumer(world: World, batches: list[list[Told]]) -> None:
    for batch in batches:
        await world.deliver(*(replace(one, table="") for one in batch))


async def test_the_digests_tell_histories_apart(world: World) -> None:
    """The control: a wrong volunteer and a lost fact each change each digest."""
    ada, bo, eve = world.person(), world.person("bo@acme.example"), world.person("eve@acme.example")
    world.company("acme", "acme.example")
    session = world.session(ada, bo)
    await world.deliver(session)
    facts, attributed, milestones = await digest(world)

    await world.deliver(world.session(ada, eve, session_id=session.data.session_id, revision=2))
    other_facts, attributed_to_eve, _ = await digest(world)
    await world.deliver(world.retraction(session, revision=3))
    no_facts, not_attributed, no_milestones = await digest(world)

    assert len({facts, other_facts, no_facts}) == 3
    assert len({attributed, attributed_to_eve, not_attributed}) == 3
    assert milestones != no_milestones


async def test_a_tie_that_moves_waits_for_facts_on_their_way(world: World) -> None:
    """Else neither sees the other: the fact no membership, the membership no fact."""
    acme, ada, bo = world.company("acme"), world.person(), world.person()
    session, membership = world.session(ada, bo), world.membership(acme, bo)
    await world.deliver(world.created(ada), world.created(bo))

    async with world.worker.work() as work:
        await world.projector.project(work, [session.event])
        joining = asyncio.create_task(world.deliver(membership))
        await someone_waits(world)
    await joining

    assert len(world.attributed()) == 1


async def test_a_flag_that_falls_waits_for_facts_on_their_way(world: World) -> None:
    """Else it would fall although another fact, not yet seen, holds it."""
    ada, bo = world.person(), world.person()
    first, second = world.session(ada, bo), world.session(ada, bo, NOON + timedelta(days=1))
    await world.deliver(first)

    async with world.worker.work() as work:
        await world.projector.project(work, [second.event])
        undoing = asyncio.create_task(world.deliver(world.retraction(first)))
        await someone_waits(world)
    await undoing

    assert world.flags(ada)["has_completed_language"][2] == second.event.id


async def someone_waits(world: World) -> None:
    """Return once a transaction of this database waits for another one's lock."""
    async with asyncio.timeout(10):
        while not world.rows(  # noqa: ASYNC110
            "SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ):
            await asyncio.sleep(0.01)  # PostgreSQL has no event for it
