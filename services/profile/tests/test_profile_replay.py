"""A replay builds every profile anew from the event log, beside the one that answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest

from event_contracts import uuid7
from profile_service.bulk.replaying import BulkReplay, by_type
from profile_service.companies import Figuring
from profile_service.replay import Replayer
from profile_service.repository import digests, projection, replay
from profile_service.restating.keeper import Keeper
from profile_service.restating.proving import Prover
from profile_service.restating.worker import close_due, restate_stale

if TYPE_CHECKING:
    from profile_service.testing import Told, World

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
STATE = "SELECT active_generation, filling_generation FROM insight.projection_state"
RUNNING = {"filling", "comparing", "recomputing"}
GENERATIONS = "SELECT DISTINCT generation FROM insight.profile_facts"

KEEPER = Keeper(Figuring(ZoneInfo("UTC"), bytes.fromhex("ab" * 32), 10))

Token = Callable[..., str]


async def publish(world: World, told: Sequence[Told], *, handled: bool = True) -> None:
    """Put the events into the log, and let the service have them, as the relay would."""
    by_type: dict[str, list[Told]] = {}
    for one in told:
        by_type.setdefault(one.event.type, []).append(one)
    async with world.producer.work(correlation_id="test") as work:
        for group in by_type.values():
            work.publish_packed([one.event.data for one in group], batch_id=group[0].event.id)
    if handled:
        for envelopes in await world.logged():
            await world.handle(envelopes)


@asynccontextmanager
async def running(world: World) -> AsyncIterator[Replayer]:
    prover = Prover(world.worker, KEEPER, pause_seconds=0)
    replayer = Replayer(world.worker, world.projector, prover)
    task = asyncio.create_task(replayer.run())
    yield replayer
    task.cancel()
    await asyncio.wait({task})


async def replayed(world: World) -> dict[str, Any]:
    async with running(world) as replayer:
        await replayer.request()
        return await ended(replayer)


async def ended(replayer: Replayer) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while replayer.progress().status in RUNNING:  # noqa: ASYNC110 - as the command does
            await asyncio.sleep(0.01)
    return replayer.progress().model_dump()


def a_history(world: World) -> list[Told]:
    world.company("acme", "acme.example")
    ada, eve, bo = world.person(), world.person(), world.person("bo@acme.example")
    sessions = [world.session(ada, bo, NOON + timedelta(days=n), level="B1") for n in range(150)]
    match = world.match(eve, bo)
    return [*sessions, match, world.checkin(match), world.course(ada), world.credential(eve)]


async def digest(world: World) -> tuple[str, str]:
    async with world.worker.read() as session:
        generation = (await projection.generations(session)).active
        found = await digests.projection_digest(session, generation)
        return found, await digests.attributions_digest(session)


async def test_a_replay_ends_where_the_events_had_led(world: World) -> None:
    history = a_history(world)
    await publish(world, history)
    before = await digest(world)
    told = world.published("orchestration.profile.updated.v1")

    found = await replayed(world)

    assert (found["status"], found["equal"], found["lost"], found["ahead"]) == (
        "completed",
        True,
        0,
        0,
    )
    assert found["digest_before"] == found["digest_after"] == before[0]
    assert found["events"] == len(history)
    assert found["messages"] == 6
    assert await digest(world) == before
    assert world.rows(STATE) == [(2, None)]
    assert world.rows(GENERATIONS) == [(2,)]
    assert world.published("orchestration.profile.updated.v1") == told
    assert world.published("orchestration.journey.milestone.reached.v1") == 5


async def test_a_flag_set_by_hand_outlives_a_replay(world: World) -> None:
    await publish(world, a_history(world))
    world.owner.execute(
        "INSERT INTO insight.profile_flags"
        " (generation, person_id, flag, value, since, rules_version, overridden_by, reason)"
        " VALUES (0, uuidv7(), 'has_credential', 'true', now(), '1', 'admin', 'why')"
    )

    await replayed(world)

    assert world.rows("SELECT flag FROM insight.profile_flags WHERE generation = 0") == [
        ("has_credential",)
    ]


async def test_events_on_their_way_are_not_lost_to_the_swap(world: World) -> None:
    """They are news to the replay; when their handler gets them they no longer are."""
    await publish(world, a_history(world))
    world.company("bolt", "bolt.example")
    new, cy = world.person(), world.person("cy@bolt.example")
    await publish(world, [world.session(new, cy)], handled=False)

    found = await replayed(world)
    for envelopes in await world.logged():
        await world.handle(envelopes)

    assert (found["status"], found["equal"], found["ahead"]) == ("completed", True, 1)
    assert "has_completed_language" in world.flags(new)
    assert world.rows("SELECT milestone FROM insight.milestones WHERE person_id = %s", new) == [
        ("first_language_session",)
    ]
    assert world.rows("SELECT count(*) FROM program.attributions WHERE volunteer_id = %s", cy) == [
        (1,)
    ]
    updates = [one["data"]["person_id"] for one in world.outbox("orchestration.profile.updated.v1")]
    assert updates.count(str(new)) == 1


async def test_a_replay_that_would_lose_a_fact_is_refused(world: World) -> None:
    """As where the log was cut: what stands goes on answering."""
    await publish(world, a_history(world))
    before = await digest(world)
    world.owner.execute("DELETE FROM ops.outbox WHERE type = 'buddy.match.created.v1'")

    found = await replayed(world)

    assert (found["status"], found["equal"], found["lost"]) == ("refused", False, 1)
    assert await digest(world) == before
    assert world.rows(STATE) == [(1, None)]
    assert world.rows(GENERATIONS) == [(1,)]


async def test_a_replay_repairs_flags_and_says_that_they_differed(world: World) -> None:
    await publish(world, a_history(world))
    before = await digest(world)
    world.owner.execute("UPDATE insight.profile_flags SET value = '\"C2\"' WHERE flag LIKE 'lang%'")

    found = await replayed(world)

    assert (found["status"], found["equal"], found["flags_changed"]) == ("completed", False, 1)
    assert await digest(world) == before


async def test_what_happens_during_a_replay_is_in_both(world: World) -> None:
    await publish(world, a_history(world))
    ada, bo = world.person(), world.person("eve@acme.example")
    async with world.worker.work() as work:
        await projection.generations(work.session)
        await work.session.execute(world.filling(2))

    await publish(world, [world.session(ada, bo)])

    found = world.rows(
        "SELECT generation FROM insight.profile_facts WHERE participant_id = %s", ada
    )
    assert sorted(found) == [(1,), (2,)]
    assert len(world.rows("SELECT FROM program.attributions WHERE volunteer_id = %s", bo)) == 1


async def test_what_a_crash_left_half_filled_is_cleared_at_the_start(world: World) -> None:
    await publish(world, a_history(world))
    world.owner.execute(
        "INSERT INTO insight.profile_facts (generation, fact_type, fact_id, revision, event_id,"
        " event_type, state) SELECT 2, fact_type, fact_id, revision, event_id, event_type, state"
        " FROM insight.profile_facts"
    )
    world.owner.execute("UPDATE insight.projection_state SET filling_generation = 2")

    found = await replayed(world)

    assert (found["status"], found["equal"]) == ("completed", True)
    assert world.rows(STATE) == [(2, None)]
    assert world.rows(GENERATIONS) == [(2,)]


async def test_a_replay_is_asked_for_over_http_by_admins_alone(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    admin = {"Authorization": f"Bearer {token('admin')}"}
    other = {"Authorization": f"Bearer {token('coordinator')}"}
    await publish(world, a_history(world))

    refused = await http.post("/v1/profile/replay", headers=other)
    accepted = await http.post("/v1/profile/replay", headers=admin)
    again = await http.post("/v1/profile/replay", headers=admin)
    progress = partial(http.get, "/v1/profile/replay", headers=admin)
    async with asyncio.timeout(30):
        while (await progress()).json()["status"] in RUNNING:  # noqa: ASYNC110 - as the command
            await asyncio.sleep(0.01)

    assert (refused.status_code, accepted.status_code, again.status_code) == (403, 202, 409)
    found = (await progress()).json()
    assert (found["status"], found["equal"]) == ("completed", True)


@pytest.mark.parametrize("method", ["get", "post"])
async def test_the_replay_needs_a_token(http: httpx.AsyncClient, method: str) -> None:
    assert (await http.request(method, "/v1/profile/replay")).status_code == 401


async def test_newer_states_in_one_log_are_replayed_event_by_event(world: World) -> None:
    """What is not new to the generation that fills can't be written in bulk, and is not lost."""
    ada, bo = world.person(), world.person("bo@acme.example")
    session = uuid7()
    await publish(world, [world.session(ada, bo, minutes=30, session_id=session)])
    await publish(world, [world.session(ada, bo, minutes=45, session_id=session, revision=2)])
    before = await digest(world)

    found = await replayed(world)

    assert (found["status"], found["equal"], found["events"]) == ("completed", True, 2)
    assert await digest(world) == before
    states = "SELECT state->>'duration_minutes' FROM insight.profile_facts"
    assert world.rows(states) == [("45",)]


async def test_plain_messages_are_replayed_in_bulk(world: World) -> None:
    history = a_history(world)
    await publish(world, history, handled=False)
    bulk, events = BulkReplay(world.projector), 0
    async with world.worker.read() as session:
        types = [one.event.type for one in history]
        messages = await replay.history(session, types, UUID(int=0), 100)

    for group in by_type(messages):
        async with world.worker.work() as work:
            events += await bulk.apply(group, work, 2)

    assert events == len(history)
    assert world.rows("SELECT generation, count(*) FROM insight.profile_facts GROUP BY 1") == [
        (2, len(history))
    ]
    assert world.published("orchestration.profile.updated.v1") == 0


async def closed_figures(world: World) -> UUID:
    """A company whose quarters of 2025 are closed and whose February of 2026 is open or not."""
    acme, bo = world.company("acme"), world.person()
    days = [datetime(2025, 5, 5, 12, tzinfo=UTC), NOON]
    told = [world.session(world.person(), bo, at) for at in days for _ in range(12)]
    membership = world.membership(acme, bo)
    for one in [membership, *told]:
        world.write(one)
    await publish(world, [membership])
    await publish(world, told)
    await close_due(world.worker, KEEPER)
    return acme


async def test_a_replay_recomputes_every_kept_figure_to_the_same_digest(world: World) -> None:
    await closed_figures(world)
    [(kept,)] = world.rows("SELECT count(*) FROM insight.metrics_company_period")

    metrics = (await replayed(world))["metrics"]

    assert kept > 0
    assert (metrics["recomputed"], metrics["equal"], metrics["pending"]) == (kept, kept, 0)
    assert metrics["differing"] == []
    assert metrics["digest_before"] == metrics["digest_after"]


@pytest.mark.parametrize(
    "change", ["value = value + 1", "digest = 'other'", "n = n + 1", "method = 'old'"]
)
async def test_a_kept_figure_that_is_not_what_the_facts_say_is_named(
    world: World, change: str
) -> None:
    acme = await closed_figures(world)
    world.owner.execute(
        f"UPDATE insight.metrics_company_period SET {change}".encode()
        + b" WHERE period = '2025-Q2' AND program = 'all' AND metric = 'participants'"
    )

    found = await replayed(world)

    metrics = found["metrics"]
    assert (found["status"], metrics["recomputed"] - metrics["equal"]) == ("completed", 1)
    assert metrics["differing"] == [
        {"company_id": acme, "period": "2025-Q2", "program": "all", "metric": "participants"}
    ]
    assert metrics["digest_before"] != metrics["digest_after"]


async def test_what_waits_to_be_restated_is_settled_and_is_no_difference(world: World) -> None:
    await closed_figures(world)
    [(bo,)] = world.rows("SELECT DISTINCT volunteer_id FROM program.kintell_sessions")
    late = world.session(world.person(), bo, datetime(2025, 5, 6, 12, tzinfo=UTC))
    world.write(late)
    await publish(world, [late])
    [(waiting,)] = world.rows("SELECT count(*) FROM insight.stale_months")

    metrics = (await replayed(world))["metrics"]

    assert waiting > 0
    assert (metrics["recomputed"], metrics["differing"]) == (metrics["equal"], [])
    assert await restate_stale(world.worker, KEEPER, quiet_seconds=0) == 0
    participants = world.rows(
        "SELECT value, status FROM insight.metrics_company_period WHERE period = '2025-Q2'"
        " AND program = 'all' AND metric = 'participants' ORDER BY revision"
    )
    assert participants == [(12, "closed"), (13, "restated")]


async def test_facts_whose_events_are_on_their_way_are_pending(world: World) -> None:
    await closed_figures(world)
    world.owner.execute(
        "UPDATE program.kintell_sessions SET duration_minutes = 90, revision = 2"
        " WHERE session_id = (SELECT min(session_id::text)::uuid FROM program.kintell_sessions"
        " WHERE scheduled_at < '2026-01-01')"
    )

    metrics = (await replayed(world))["metrics"]

    assert metrics["pending"] > 0
    assert metrics["differing"] == []
