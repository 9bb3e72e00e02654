"""The real process behind the real relay and NATS: killed on the way, nothing lost or doubled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from waymark.testing.processes import ServiceStarter, wait_for

if TYPE_CHECKING:
    from profile_service.testing import Told, World

NOON = datetime(2025, 2, 10, 12, tzinfo=UTC)
MILESTONE = "orchestration.journey.milestone.reached.v1"

Token = Callable[..., str]


async def told_by_connectors(world: World, told: list[Told], name: str) -> None:
    """Facts and outbox in one transaction's stead: the rows, then their events."""
    for one in told:
        world.write(one)
    async with world.producer.work(correlation_id="test") as work:
        work.publish_packed([one.event.data for one in told], batch_id=name)


async def test_a_process_killed_on_the_way_loses_and_doubles_nothing(
    world: World, start_service: ServiceStarter, token: Token
) -> None:
    acme = world.company("acme", "acme.example")
    learners = [world.person() for _ in range(40)]
    helper = world.person("bo@acme.example")
    sessions = [
        world.session(learners[number % 40], helper, NOON + timedelta(minutes=number))
        for number in range(2_000)
    ]
    Random(5).shuffle(sessions)
    await told_by_connectors(world, sessions, "first")
    start_service("relay")
    profile = start_service("profile")
    wait_for(lambda: world.rows("SELECT FROM insight.profile_facts LIMIT 1") != [], "a first fact")

    profile.kill()
    wait_for(lambda: profile.ended() is not None, "its end")
    await told_by_connectors(world, [world.course(one) for one in learners], "second")
    profile.launch()
    start_service.wait_until_ready(profile)
    wait_for(lambda: len(world.rows("SELECT FROM insight.profile_facts")) == 2_040, "all facts")

    admin = {"Authorization": f"Bearer {token('admin')}"}
    with httpx.Client(base_url=profile.url, headers=admin) as client:
        figures = answer(client, f"/v1/companies/{acme}/metrics?period=2025-Q1")["metrics"]
        ada = answer(client, f"/v1/profile/{learners[0]}")
    first = min(one.data.completed_at for one in sessions if one.data.participant_id == learners[0])
    assert figures["participants"]["value"] == 40
    assert figures["sessions_completed"]["value"] == figures["volunteer_hours"]["value"] == 2_000
    assert ada["sessions"]["language"]["completed"] == 50
    assert datetime.fromisoformat(ada["flags"]["has_completed_language"]["since"]) == first
    assert world.published(MILESTONE) == 80


def answer(client: httpx.Client, path: str) -> dict[str, Any]:
    found = client.get(path)
    assert found.status_code == 200, found.text
    shape: dict[str, Any] = found.json()
    return shape
