"""How many packed events a second the relay publishes and profiles take in, beside mere decoding.

    uv run python -m bench.projection_speed --sessions 100000 --rounds 3

Each session is two events. All is written first, then published, then consumed by the handlers of
profile in this process, on real servers that keep what they say they keep; then all of it is
replayed from the outbox, which must end with equal digests. `decode` is what `decode_batch` alone
makes of the same messages in the same process: compare with that. `…_cpu_microseconds` is this
process an event, `…_database_microseconds` the server with its backends.
"""

import argparse
import asyncio
import json
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from bench.files import ACTIVE, EACH_HAS, LEVELS, VOLUNTEERS
from bench.processes import seconds_of

from event_contracts import Event, RatingCreated, SessionCompleted, decode_batch, uuid7
from profile_service.companies import Figuring
from profile_service.handlers import handlers
from profile_service.projection import Projector
from profile_service.replay import Replayer
from profile_service.restating.keeper import Keeper
from profile_service.restating.proving import Prover
from profile_service.rules import load_rules
from shared_utils import log
from shared_utils.testing import World, until
from shared_utils.work import PACK
from waymark.servers import NatsServer, PostgresServer
from waymark.servers.account import server_account, temporary_folder
from waymark.testing.databases import copied, migrated_template

_CHUNK = 5000
_PATIENCE_SECONDS = 3600.0
_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def deeds(sessions: int) -> Iterator[tuple[Event, Event]]:
    """Sessions in cohorts, as in `bench.files`, each with its rating."""
    people = [uuid7() for _ in range(sessions // EACH_HAS + ACTIVE)]
    volunteers = [uuid7() for _ in range(VOLUNTEERS)]
    for n in range(sessions):
        cohort, within = divmod(n, ACTIVE * EACH_HAS)
        at = _NOON + timedelta(minutes=n)
        both: dict[str, Any] = {
            "revision": 1,
            "session_id": uuid7(),
            "session_type": "language",
            "participant_id": people[cohort * ACTIVE + within % ACTIVE],
            "volunteer_id": volunteers[n * 7 % VOLUNTEERS],
        }
        yield _session(both, at, n), _rating(both, at, n)


def _session(both: dict[str, Any], at: datetime, n: int) -> Event:
    return SessionCompleted(
        **both, scheduled_at=at, completed_at=at, duration_minutes=60, language_level=LEVELS[n % 6]
    )


def _rating(both: dict[str, Any], at: datetime, n: int) -> Event:
    rated = {"rating_id": uuid7(), "from_role": "participant", "rated_at": at}
    return RatingCreated(**both, **rated, value=n % 5 / 4)


async def written(world: World, sessions: int) -> list[bytes]:
    """Lay all events into the outbox as an import does; the bodies of the messages."""
    database = await world.database("connectors")
    both = list(deeds(sessions))
    for start in range(0, sessions, _CHUNK):
        async with database.work(correlation_id="bench") as work:
            chunk = both[start : start + _CHUNK]
            work.publish_packed((one for pair in chunk for one in pair), f"bench:{start}")
    return [bytes(body) for (body,) in await world.rows("SELECT body FROM ops.outbox")]


async def measured(world: World, sessions: int, postgres: int) -> dict[str, float]:
    """Events a second of each step, and the CPU and memory of consuming."""
    bodies = await written(world, sessions)
    found = {"decode": 2 * sessions / _decoding(bodies)}
    del bodies
    started = time.monotonic()
    await world.relay()
    await _published(world)
    found["publish"] = 2 * sessions / (time.monotonic() - started)
    memory, spent, started = _memory_mib(), time.process_time(), time.monotonic()
    await world.subscriber(*handlers(Projector(load_rules(), ZoneInfo("UTC"))))
    await _taken(world, 2 * sessions)
    found["consume"] = 2 * sessions / (time.monotonic() - started)
    found["consume_cpu_microseconds"] = (time.process_time() - spent) / sessions / 2 * 1e6
    found["grown_mib"] = _memory_mib() - memory
    await _settled(world)
    found |= await _replayed(world, 2 * sessions, postgres)
    return {name: round(value, 1) for name, value in found.items()}


async def _settled(world: World) -> None:
    """Wait until the handlers have told all they tell, so that nothing runs beside the replay."""
    messages = "SELECT count(*) FROM ops.outbox WHERE published_at IS NULL"
    await _until(world, f"SELECT ({messages}) = 0")


async def _replayed(world: World, events: int, postgres: int) -> dict[str, float]:
    """Replay all of it: events a second as the service says, and what an event costs."""
    zone, database = ZoneInfo("UTC"), await world.database("profile")
    prover = Prover(database, Keeper(Figuring(zone, b"bench", 10)))
    replayer = Replayer(database, Projector(load_rules(), zone), prover)
    running = asyncio.create_task(replayer.run())
    spent, served = time.process_time(), seconds_of(postgres)
    await replayer.request()
    await _past(replayer, "filling")
    own, server = time.process_time() - spent, seconds_of(postgres) - served
    await _past(replayer, "comparing")
    await _past(replayer, "recomputing")
    done = replayer.progress()
    running.cancel()
    if done.status != "completed" or not done.equal or done.events != events:
        raise SystemExit(f"the replay of {events} events ended so: {done}")
    return {
        "replay": done.events_per_second,
        "replay_cpu_microseconds": own / events * 1e6,
        "replay_database_microseconds": server / events * 1e6,
    }


async def _past(replayer: Replayer, status: str) -> None:
    async def is_past() -> bool:
        return replayer.progress().status != status

    await until(is_past, _PATIENCE_SECONDS)


def _decoding(bodies: list[bytes]) -> float:
    started = time.process_time()
    for body in bodies:
        decode_batch(body)
    return time.process_time() - started


async def _published(world: World) -> None:
    await _until(world, "SELECT NOT EXISTS (SELECT FROM ops.outbox WHERE published_at IS NULL)")


async def _taken(world: World, events: int) -> None:
    messages = "SELECT count(*) FROM ops.inbox WHERE consumer LIKE 'profile-kintell-%'"
    await _until(world, f"SELECT ({messages}) >= {events // PACK}")
    facts = await world.value("SELECT count(*) FROM insight.profile_facts")
    if facts != events:
        raise SystemExit(f"{events} events became {facts} facts")


async def _until(world: World, query: str) -> None:
    """Ask over one connection, so that asking costs next to nothing."""
    connect = psycopg.AsyncConnection.connect(world.owner_url, autocommit=True)
    async with await connect as connection:

        async def is_so() -> bool:
            found = await (await connection.execute(query.encode())).fetchone()
            return bool(found and found[0])

        await until(is_so, _PATIENCE_SECONDS)


def _memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def servers() -> Iterator[tuple[PostgresServer, NatsServer]]:
    """A durable PostgreSQL and NATS for all rounds."""
    folder = temporary_folder("waymark-bench-", server_account())
    postgres = PostgresServer(folder / "postgres", folder / "postgres.log")
    nats = NatsServer(folder / "nats", folder / "nats.log")
    postgres.start()
    nats.start()
    try:
        yield postgres, nats
    finally:
        nats.stop()
        postgres.stop()
        shutil.rmtree(folder)


def one_round(sessions: int) -> dict[str, float]:
    """Everything anew."""
    with servers() as (postgres, nats), copied(migrated_template(postgres)) as database:
        pid = postgres.running().pid
        return asyncio.run(_round(database.owner_url, database.url, nats.url, sessions, pid))


async def _round(
    owner: str, urls: Any, nats_url: str, sessions: int, postgres: int
) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        return await measured(World(owner, urls, nats_url, stack), sessions, postgres)


def main() -> None:
    """Print one JSON line of medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=100_000, help="a multiple of 5000")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    log.configure("bench", "WARNING", sys.stderr)
    rounds = [one_round(options.sessions) for _ in range(options.rounds)]
    found = {name: round(median(one[name] for one in rounds), 1) for name in rounds[0]}
    ratios = [one["consume"] / one["decode"] for one in rounds]
    print(
        json.dumps({"events": 2 * options.sessions, **found, "to_decode": round(median(ratios), 2)})
    )


if __name__ == "__main__":
    main()
