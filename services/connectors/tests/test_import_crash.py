"""A service that is killed in the middle of an import goes on where it was, to the same end."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from connectors_service.errors import TakenOverError
from connectors_service.loading.runner import POLL_SECONDS
from connectors_service.repository import imports
from shared_schema.locks import Lock
from shared_utils.db import Database

HEADER = (
    "session_id,participant_email,volunteer_email,scheduled_at,completed_at,rating,feedback_text\n"
)
ROWS = 2000
DIGEST = {
    "sessions": "SELECT external_id, session_type, status, scheduled_at, completed_at, revision,"
    " row_no, b.body FROM program.kintell_sessions s LEFT JOIN pii.texts b USING (text_id)"
    " ORDER BY external_id",
    "ratings": "SELECT s.external_id, r.value, r.rated_at, r.revision"
    " FROM program.kintell_ratings r JOIN program.kintell_sessions s USING (session_id) ORDER BY 1",
    "people": "SELECT external_id FROM pii.external_ids ORDER BY 1",
    "refused": "SELECT row_no, reasons FROM pii.refused_rows ORDER BY 1",
    "texts": "SELECT body FROM pii.texts ORDER BY 1",
    "ledger": "SELECT fact_type, unnest(row_nos), unnest(revisions_after)"
    " FROM ops.import_rows ORDER BY 1, 2",
    "events": "SELECT type, sum(event_count) FROM ops.outbox GROUP BY 1 ORDER BY 1",
    "imports": "SELECT rows_read, rows_created, rows_unchanged, rows_refused FROM ops.imports",
}


def content(rows: int) -> str:
    lines = [
        f"LS-{n},p{n % 500}@learn.example,v{n % 40}@acme.example,2026-01-01T10:00:00Z,"
        f"2026-01-01T11:00:00Z,{n % 7},words {n}\n"
        for n in range(rows)
    ]
    lines[rows - 10] = lines[20].replace("words", "other words")
    lines[rows - 20] = lines[30]
    return HEADER + "".join(lines)


def digest(url: str) -> dict[str, str]:
    """Return a digest of natural keys and typed fields for each store."""
    with psycopg.connect(url) as connection:
        return {
            name: hashlib.sha256(
                json.dumps(connection.execute(query).fetchall(), default=str).encode()
            ).hexdigest()
            for name, query in DIGEST.items()
        }


def forget_all(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "TRUNCATE program.kintell_sessions, program.kintell_ratings, pii.texts, pii.persons,"
            " pii.external_ids, pii.refused_rows, ops.import_rows, ops.outbox, ops.imports CASCADE"
        )


class Process:
    """The service as a process of its own, and a client."""

    def __init__(self, start_service: Any, token: str, environment: dict[str, str]) -> None:
        self._start: Callable[[], Any] = partial(start_service, "connectors", environment)
        self._headers = {"Authorization": f"Bearer {token}"}
        self.service = self._start()
        self.url = f"http://127.0.0.1:{self.service.port}/v1"

    def upload(self) -> str:
        answer = httpx.post(
            f"{self.url}/import/kintell-sessions",
            files={"file": ("a.csv", content(ROWS))},
            headers=self._headers,
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["import_id"])

    def reach(self, import_id: str, rows: int) -> dict[str, Any]:
        """Poll until an import is over, or has read so many rows."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            answer = httpx.get(f"{self.url}/imports/{import_id}", headers=self._headers)
            found: dict[str, Any] = answer.json()
            if found["status"] in ("completed", "failed") or found["rows"]["read"] >= rows:
                return found
        raise AssertionError("the import does not get on")

    def kill_and_restart(self) -> None:
        self.service.kill()
        self.service = self._start()


def test_killed_in_the_middle_it_ends_as_if_nothing_had_happened(
    start_service: Any, database: Any, keyset: Any
) -> None:
    process = Process(start_service, keyset.token("admin"), {"WAYMARK_IMPORT_CHUNK_ROWS": "100"})
    process.reach(process.upload(), 10 * ROWS)
    undisturbed = digest(database.owner_url)
    forget_all(database.owner_url)

    import_id = process.upload()
    statuses = []
    for part in range(3):
        statuses.append(process.reach(import_id, 1 + part * ROWS // 5)["status"])
        process.kill_and_restart()
    done = process.reach(import_id, 10 * ROWS)

    assert statuses == ["running"] * 3
    assert (done["status"], done["rows"]["read"]) == ("completed", ROWS)
    assert digest(database.owner_url) == undisturbed


@pytest.mark.parametrize("chunk_rows", [7, 50])
async def test_the_chunks_size_never_shows(build_connectors: Any, chunk_rows: int) -> None:
    digests = []
    for rows in (10_000, chunk_rows):
        connectors = await build_connectors(import_chunk_rows=rows)
        await connectors.imported("kintell-sessions", content(300))
        digests.append(await asyncio.to_thread(digest, connectors.database.owner_url))
        await asyncio.to_thread(forget_all, connectors.database.owner_url)

    assert digests[0] == digests[1]


async def test_a_database_that_drops_its_connections_only_delays(build_connectors: Any) -> None:
    connectors = await build_connectors(import_chunk_rows=10_000)
    await connectors.imported("kintell-sessions", content(300))
    url = connectors.database.owner_url
    undisturbed = await asyncio.to_thread(digest, url)
    await asyncio.to_thread(forget_all, url)

    disturbed = await build_connectors(import_chunk_rows=5)
    answer = await disturbed.send("kintell-sessions", content(300))
    for _ in range(3):
        await disturbed.value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE usename = 'connectors_worker' AND datname = current_database()"
        )
    done = await disturbed.ended(answer.json()["import_id"])

    assert done["status"] == "completed"
    assert await asyncio.to_thread(digest, url) == undisturbed


async def test_two_services_share_the_work_and_no_import_is_run_twice(
    build_connectors: Any,
) -> None:
    one = await build_connectors(import_chunk_rows=10)
    two = await build_connectors(import_chunk_rows=10)

    answers = [
        await service.send("kintell-sessions", content(100).replace("LS-", f"LS-{n}x"))
        for n, service in enumerate((one, two, one, two))
    ]
    done = [await one.ended(answer.json()["import_id"]) for answer in answers]

    assert [(each["status"], each["rows"]["read"]) for each in done] == [("completed", 100)] * 4
    assert await one.value("SELECT max(revision) FROM program.kintell_sessions") == 1
    assert len(await one.events("imports.import.completed.v1")) == 4


async def test_a_runner_whose_import_moved_on_steps_back(connectors: Any) -> None:
    done = await connectors.imported("kintell-sessions", content(50))
    await connectors.change("UPDATE ops.imports SET status = 'running'")
    database = Database(connectors.database.url("connectors_worker"), application_name="test")

    with pytest.raises(TakenOverError):
        async with database.work() as work:
            await imports.is_running(work.session, UUID(done["import_id"]), next_row=2)

    await database.close()


async def test_an_import_that_another_process_holds_is_left_to_it(connectors: Any) -> None:
    done = await connectors.imported("kintell-sessions", content(50))
    async with await psycopg.AsyncConnection.connect(connectors.database.owner_url) as other:
        await other.execute(
            "SELECT pg_advisory_lock(%s, hashtext(%s))", (Lock.IMPORTS, done["import_id"])
        )
        await connectors.change("UPDATE ops.imports SET status = 'received', next_row = 999")
        await asyncio.sleep(2 * POLL_SECONDS)
        assert await connectors.value("SELECT status FROM ops.imports") == "received"

    assert (await connectors.ended(done["import_id"]))["status"] == "completed"
