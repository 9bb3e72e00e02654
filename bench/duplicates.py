"""How long and how much memory it takes to find duplicates among many, and which are found.

    uv run python -m bench.duplicates --people 10000 100000

A made-up town (`bench.people`) is laid into a real PostgreSQL; then the service's own scan runs in
a process of its own for each size: reading, comparing, writing the queue. `recall` is the share of
planted pairs that were proposed, by kind; `precision` the share of proposed pairs that were
planted; strangers who look alike must not be proposed, and a second scan must change nothing.
"""

import argparse
import asyncio
import json
import multiprocessing
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from bench.people import Builder, Made, Town

from profile_service.duplicates.finding import Finder
from profile_service.duplicates.model import load_model
from profile_service.duplicates.names import load_spellings
from profile_service.duplicates.scanning import Scanner
from shared_utils import log
from shared_utils.db import Database
from waymark.servers import PostgresServer
from waymark.servers.account import server_account, temporary_folder
from waymark.testing.databases import MigratedDatabase, copied, migrated_template

_QUEUE = "SELECT duplicate_id, left_id, right_id, score FROM pii.duplicate_candidates"
_MOST_STRANGERS = 0.01


def lay(owner: psycopg.Connection[Any], town: Town) -> None:
    """Write the town as imports and staff would have."""
    with owner.cursor() as cursor:
        _copy(cursor, "pii.persons (person_id, display_name, phone)", map(_person, town.people))
        ids = (("email", one.email, one.person_id) for one in town.people)
        _copy(cursor, "pii.external_ids (provider, external_id, person_id)", ids)
        accounts = (
            ("kintell", one.email, one.person_id, one.linkedin)
            for one in town.people
            if one.linkedin
        )
        into = "pii.platform_accounts (provider, external_id, person_id, linkedin_url)"
        _copy(cursor, into, accounts)
        cursor.execute(
            "INSERT INTO insight.projection_state (name, active_generation) VALUES ('profile', 1)"
        )
        facts = (
            (1, "buddy_match", UUID(int=n), 1, UUID(int=n), "test", "{}", *pair)
            for n, pair in enumerate(town.buddies)
        )
        into = (
            "insight.profile_facts (generation, fact_type, fact_id, revision, event_id,"
            " event_type, state, participant_id, volunteer_id)"
        )
        _copy(cursor, into, facts)
        cursor.execute("ANALYZE")


def _person(one: Made) -> tuple[UUID, str | None, str | None]:
    return one.person_id, one.name, one.phone


def _copy(cursor: psycopg.Cursor[Any], into: str, rows: Any) -> None:
    with cursor.copy(f"COPY {into} FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)


def scan(url: str, twice: Any) -> None:
    """Scan in this process; says what it took."""
    log.configure("bench", "WARNING", sys.stderr)
    started, spent = time.monotonic(), time.process_time()
    asyncio.run(_scan(url))
    twice.put(
        {
            "seconds": round(time.monotonic() - started, 1),
            "cpu_seconds": round(time.process_time() - spent, 1),
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        }
    )


async def _scan(url: str) -> None:
    database = Database(url, application_name="profile")
    await Scanner(database, Finder(load_model(), load_spellings()), 0).scan()
    await database.close()


def measured(server: PostgresServer, size: int) -> dict[str, Any]:
    """The cost of a scan among so many, and what it found."""
    town = Builder(size).build()
    with copied(migrated_template(server)) as database, _owner(database) as owner:
        lay(owner, town)
        cost = _in_child(database.url("profile_worker"))
        found = owner.execute(_QUEUE.encode()).fetchall()
        _in_child(database.url("profile_worker"))
        if sorted(owner.execute(_QUEUE.encode()).fetchall()) != sorted(found):
            raise SystemExit("a second scan changed the queue")
    return {"people": len(town.people), **cost, **judged(town, {(a, b) for _, a, b, _ in found})}


def _owner(database: MigratedDatabase) -> psycopg.Connection[Any]:
    return psycopg.connect(database.owner_url, autocommit=True)


def _in_child(url: str) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    child = context.Process(target=scan, args=(url, answers))
    child.start()
    while child.is_alive() and answers.empty():
        child.join(0.2)
    if answers.empty():
        raise SystemExit("the scan failed")
    found: dict[str, Any] = answers.get()
    child.join()
    return found


def judged(town: Town, found: set[tuple[UUID, UUID]]) -> dict[str, Any]:
    """Recall by kind and precision; ends the run where strangers are proposed."""
    planted = {pair for pairs in town.same.values() for pair in pairs}
    strangers = {kind: _share(pairs, found) for kind, pairs in town.strangers.items()}
    wrong = {kind: share for kind, share in strangers.items() if share > _MOST_STRANGERS}
    wrong.pop("namesakes", None)
    if wrong:
        raise SystemExit(f"strangers were proposed: {wrong}")
    return {
        "proposed": len(found),
        "precision": round(len(found & planted) / max(len(found), 1), 3),
        "recall": round(len(found & planted) / len(planted), 3),
        "recall_by_kind": {kind: _share(pairs, found) for kind, pairs in town.same.items()},
        "strangers_proposed": strangers,
    }


def _share(pairs: list[tuple[UUID, UUID]], found: set[tuple[UUID, UUID]]) -> float:
    return round(sum(pair in found for pair in pairs) / max(len(pairs), 1), 3)


@contextmanager
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL that is gone at the end."""
    folder = temporary_folder("waymark-bench-", server_account())
    postgres = PostgresServer(folder / "postgres", folder / "postgres.log")
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.stop()
        shutil.rmtree(folder)


def main() -> None:
    """Print one JSON line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000])
    for size in parser.parse_args().people:
        with server() as postgres:
            print(json.dumps(measured(postgres, size)), flush=True)


if __name__ == "__main__":
    main()
