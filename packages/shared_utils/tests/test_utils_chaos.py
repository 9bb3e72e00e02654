"""Servers that die, freeze, forget or lie: nothing is lost, and nothing works twice."""

import asyncio
import shutil
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from shared_utils.bus import Bus
from shared_utils.testing import (
    World,
    match_created,
    record_session,
    session_completed,
    subjects,
    until,
)
from waymark.servers import NatsServer, PostgresServer

STREAM = "WAYMARK"


def wipe(nats: NatsServer) -> None:
    """Kill the server and forget all that it stored."""
    nats.kill()
    shutil.rmtree(nats.folder / "jetstream")
    nats.start()


async def raw(world: World, do: Callable[[Bus], Awaitable[object]]) -> None:
    bus = await world.bus("saboteur")
    await bus.connected()
    await do(bus)


async def test_a_killed_nats_loses_and_doubles_nothing(
    world: World, nats_server: NatsServer
) -> None:
    events = [session_completed() for _ in range(300)]
    await world.relay()
    await world.subscriber(record_session)

    for start in range(0, 300, 20):
        await world.publish(*events[start : start + 20])
        if start in (60, 180):
            nats_server.kill()
            nats_server.start()

    await world.until_effects(300)
    await world.until_quiet()
    assert await world.effects() == subjects(events)


async def test_a_wiped_store_gives_again_what_was_not_confirmed_and_nothing_else(
    world: World, nats_server: NatsServer
) -> None:
    before, unread = [session_completed() for _ in range(20)], [match_created() for _ in range(5)]
    await world.relay()
    first = await world.subscriber(record_session)
    await world.publish(*before, *unread)
    await world.until_effects(20)
    await world.until_quiet()
    await first.close()
    unconfirmed = [session_completed() for _ in range(20)]
    for event in unconfirmed:
        await world.publish(event)
    await until(lambda: all_published(world))

    wipe(nats_server)
    await world.subscriber(record_session)
    await world.until_effects(40)

    await world.until_quiet()
    assert await world.effects() == subjects([*before, *unconfirmed])
    again = "SELECT count(*) FROM ops.outbox WHERE stream_seq > 22"
    assert await world.value(again) == 20


async def test_a_service_first_seen_after_a_wipe_still_gets_everything(
    world: World, nats_server: NatsServer
) -> None:
    events = [session_completed() for _ in range(20)]
    await world.relay()
    await world.subscriber(record_session, service="profile")
    await world.publish(*events)
    await world.until_effects(20)
    await world.until_quiet()

    wipe(nats_server)
    await world.subscriber(record_session, service="safety")

    await world.until_effects(40)
    await world.until_quiet()
    assert await world.effects() == sorted(subjects(events) * 2)


async def test_new_events_do_not_wait_for_old_ones_after_a_wipe(
    world: World, nats_server: NatsServer
) -> None:
    await world.relay()
    subscriber = await world.subscriber(record_session)
    await world.publish(session_completed())
    await world.until_effects(1)
    await subscriber.close()
    await world.execute(
        """
        INSERT INTO ops.outbox (producer, type, content_type, body, published_at, stream_seq)
        SELECT 'connectors', 'kintell.session.completed.v1', 'text/plain', '{}', now(), n
        FROM generate_series(2, 20000) AS n
        """
    )
    wipe(nats_server)
    fresh = session_completed()

    await world.publish(fresh)
    await world.subscriber(record_session)

    async def is_there() -> bool:
        return fresh.subject in await world.effects()

    await until(is_there, seconds=5)


async def test_a_store_rolled_back_in_time_is_made_anew(
    world: World, nats_server: NatsServer, tmp_path: Path
) -> None:
    events = [session_completed() for _ in range(30)]
    await world.relay()
    await world.subscriber(record_session)
    await world.publish(*events[:10])
    await world.until_effects(10)
    await world.until_quiet()
    nats_server.stop()
    shutil.copytree(nats_server.folder / "jetstream", tmp_path / "old")
    nats_server.start()
    for event in events[10:20]:
        await world.publish(event)
    await world.until_effects(20)

    nats_server.kill()
    owner = (nats_server.folder / "jetstream").stat()
    shutil.rmtree(nats_server.folder / "jetstream")
    shutil.copytree(tmp_path / "old", nats_server.folder / "jetstream")
    for path in [nats_server.folder / "jetstream", *(nats_server.folder / "jetstream").rglob("*")]:
        shutil.chown(path, owner.st_uid, owner.st_gid)
    nats_server.start()
    for event in events[20:]:
        await world.publish(event)

    await world.until_effects(30)
    await world.until_quiet()
    assert await world.effects() == subjects(events)


@pytest.mark.parametrize(
    "sabotage",
    [
        lambda bus: bus.stream().delete(),
        lambda bus: bus._keeper.current.jetstream.purge_stream(STREAM),
        lambda bus: bus._keeper.current.jetstream.delete_consumer(
            STREAM, "profile-kintell-session-completed-v1"
        ),
    ],
    ids=["stream deleted", "stream purged", "consumer deleted"],
)
async def test_what_someone_removes_from_nats_comes_back(
    world: World, sabotage: Callable[[Bus], Awaitable[object]]
) -> None:
    events = [session_completed() for _ in range(30)]
    await world.relay()
    first = await world.subscriber(record_session)
    await world.publish(*events[:10])
    await world.until_effects(10)
    await world.until_quiet()
    await first.close()
    await world.publish(*events[10:20])
    await until(lambda: all_published(world))

    await raw(world, sabotage)
    await world.subscriber(record_session)
    await world.publish(*events[20:])

    await world.until_effects(30)
    await world.until_quiet()
    assert await world.effects() == subjects(events)


async def test_consumers_go_on_when_their_consumer_vanishes_under_them(world: World) -> None:
    await world.relay()
    await world.subscriber(record_session)
    await world.publish(session_completed())
    await world.until_effects(1)

    async def delete(bus: Bus) -> object:
        await bus.stream().delete()
        return None

    await raw(world, delete)
    await world.publish(session_completed())

    await world.until_effects(2)


async def test_a_message_taken_out_of_the_middle_comes_back(world: World) -> None:
    events = [session_completed() for _ in range(3)]
    await world.relay()
    first = await world.subscriber(record_session)
    await world.publish(session_completed())
    await world.until_effects(1)
    await first.close()
    for event in events:
        await world.publish(event)
    await until(lambda: all_published(world))

    async def delete(bus: Bus) -> object:
        return await bus._keeper.current.jetstream.delete_msg(STREAM, 3)

    await raw(world, delete)
    await world.subscriber(record_session)

    await world.until_effects(4)
    await world.until_quiet()
    assert len(await world.effects()) == 4


async def test_a_frozen_nats_is_left_and_found_again(world: World, nats_server: NatsServer) -> None:
    events = [session_completed() for _ in range(20)]
    await world.relay()
    await world.subscriber(record_session)
    bus = await world.bus("observer")
    await world.publish(*events[:10])
    await world.until_effects(10)
    process = nats_server.running()

    process.send_signal(signal.SIGSTOP)
    await world.publish(*events[10:])

    async def is_noticed() -> bool:
        return await _fails(bus)

    await until(is_noticed)
    process.send_signal(signal.SIGCONT)

    await world.until_effects(20)
    await world.until_quiet()
    assert await world.effects() == subjects(events)


async def test_a_server_that_answers_pings_and_nothing_else_is_left() -> None:
    connected: asyncio.Queue[int] = asyncio.Queue()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.put_nowait(1)
        writer.write(b'INFO {"server_id": "mute", "version": "2.15.0", "headers": true}\r\n')
        while line := await reader.readline():
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    bus = Bus(f"nats://127.0.0.1:{port}", "test")
    await bus.start()
    try:
        async with asyncio.timeout(20):
            await connected.get()
            await connected.get()
    finally:
        await bus.close()
        server.close()
        await server.wait_closed()


async def test_a_restarted_postgresql_costs_no_event_and_counts_no_attempt(
    world: World, postgres_server: PostgresServer
) -> None:
    events = [session_completed() for _ in range(100)]
    await world.relay()
    await world.subscriber(record_session)
    for start in range(0, 100, 10):
        await world.publish(*events[start : start + 10])
        if start == 50:
            await asyncio.to_thread(postgres_server.stop)
            postgres_server.start()

    await world.until_effects(100)
    await world.until_quiet()
    assert await world.effects() == subjects(events)
    assert await world.value("SELECT count(*) FROM ops.delivery_attempts") == 0
    assert await world.value("SELECT count(*) FROM ops.dead_letters") == 0


async def test_nothing_needs_its_servers_at_the_start(
    world: World, nats_server: NatsServer
) -> None:
    nats_server.stop()
    await world.relay()
    await world.subscriber(record_session)
    await world.publish(session_completed())

    nats_server.start()

    await world.until_effects(1)


async def test_of_two_relays_one_leads_and_the_other_takes_over(world: World) -> None:
    events = [session_completed() for _ in range(20)]
    first = await world.relay()
    await world.subscriber(record_session)
    await world.publish(*events[:10])
    await world.until_effects(10)
    await world.relay()

    await first.close()
    await world.publish(*events[10:])

    await world.until_effects(20)
    await world.until_quiet()
    assert await world.effects() == subjects(events)


async def all_published(world: World) -> bool:
    unpublished = "SELECT count(*) FROM ops.outbox WHERE published_at IS NULL"
    return bool(await world.value(unpublished) == 0)


async def _fails(bus: Bus) -> bool:
    try:
        await bus.ping()
    except Exception:
        return True
    return False
