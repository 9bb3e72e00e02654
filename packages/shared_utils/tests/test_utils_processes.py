"""Real processes that are killed at the worst moment, or asked to stop at a bad one."""

import asyncio
import json
import os
import secrets
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from shared_utils.testing import World, record_session, session_completed, subjects, until

CHILDREN = Path(__file__).parent / "children"


async def child(name: str, *words: str, **environment: str) -> Process:
    script = str(CHILDREN / name)
    told = {**os.environ, **environment}
    return await asyncio.create_subprocess_exec(
        sys.executable, script, *words, env=told, stdout=PIPE, stderr=PIPE
    )


async def dying(world: World, where: str, role: str) -> Process:
    return await child("dying.py", where, DATABASE_URL=world.urls(role), NATS_URL=world.nats_url)


async def line_of(process: Process) -> str:
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 30)
    return line.decode().strip()


async def line_with(process: Process, word: str) -> str:
    while word not in (line := await line_of(process)):
        assert line, "the process ended"
    return line


async def ended(process: Process) -> int:
    """Its exit status, with the pipes read to their ends."""
    await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode


async def test_a_consumer_killed_in_its_transaction_leaves_no_effect_and_loses_none(
    world: World,
) -> None:
    events = [session_completed() for _ in range(3)]
    await world.relay()
    victim = await dying(world, "handler", "profile_worker")
    await world.publish(*events)
    assert await line_of(victim) == "hanging"

    victim.kill()
    await ended(victim)
    assert await world.effects() == []
    await world.subscriber(record_session)

    await world.until_effects(3)
    await world.until_quiet()
    assert await world.effects() == subjects(events)


async def test_a_consumer_killed_between_commit_and_ack_has_its_effects_once(world: World) -> None:
    events = [session_completed() for _ in range(3)]
    await world.relay()
    victim = await dying(world, "ack", "profile_worker")
    await world.publish(*events)

    assert await ended(victim) == -signal.SIGKILL
    assert await world.effects() == subjects(events)
    await world.subscriber(record_session)
    await world.publish(last := session_completed())

    await world.until_effects(4)
    await world.until_quiet()
    assert await world.effects() == subjects([*events, last])


async def test_a_relay_killed_between_publish_and_mark_publishes_again_and_works_once(
    world: World,
) -> None:
    events = [session_completed() for _ in range(3)]
    await world.subscriber(record_session)
    await world.publish(*events)

    victim = await dying(world, "mark", "relay")
    assert await ended(victim) == -signal.SIGKILL
    await world.until_effects(3)
    assert await world.value("SELECT count(*) FROM ops.outbox WHERE published_at IS NULL") == 1
    await world.relay()

    await world.until_quiet()
    assert await world.effects() == subjects(events)


async def test_a_service_told_to_stop_finishes_what_it_has_in_hand(world: World) -> None:
    await world.relay()
    service = await child("slow_service.py", **service_variables(world))
    await line_with(service, "listening")
    await world.publish(session_completed())
    await line_with(service, "in hand")

    service.send_signal(signal.SIGTERM)

    assert await ended(service) == 0
    assert await world.value("SELECT count(*) FROM effects") == 1


async def test_the_relay_is_a_process_with_health_and_metrics(world: World) -> None:
    told = {
        "WAYMARK_DATABASE_URL": world.urls("relay"),
        "WAYMARK_NATS_URL": world.nats_url,
        "WAYMARK_PORT": "0",
    }
    relay = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "shared_utils.relay", env={**os.environ, **told}, stdout=PIPE
    )
    listening = json.loads(await line_with(relay, "listening"))
    await world.subscriber(record_session)
    await world.publish(session_completed())
    await world.until_effects(1)

    async def is_ready() -> bool:
        return (await answer(listening["port"], "/health/ready")).startswith("HTTP/1.1 200")

    await until(is_ready)
    assert "waymark_outbox_waiting" in await answer(listening["port"], "/metrics")
    relay.send_signal(signal.SIGTERM)
    assert await ended(relay) == 0


async def test_a_service_without_a_variable_ends_with_one_line_that_names_it(world: World) -> None:
    variables = service_variables(world)
    del variables["WAYMARK_NATS_URL"]

    service = await child("slow_service.py", **variables)

    _, errors = await asyncio.wait_for(service.communicate(), 30)
    assert service.returncode == 2
    assert errors.decode() == "cannot start: WAYMARK_NATS_URL is missing\n"


def service_variables(world: World) -> dict[str, str]:
    return {
        "WAYMARK_DATABASE_URL": world.urls("profile_worker"),
        "WAYMARK_NATS_URL": world.nats_url,
        "WAYMARK_JWKS_URL": "http://127.0.0.1:9/jwks.json",
        "WAYMARK_HMAC_KEY": secrets.token_hex(32),
        "WAYMARK_PORT": "0",
    }


async def answer(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answered = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    return answered
