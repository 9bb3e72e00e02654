"""What a company's quarter costs to compute from the facts, and how that grows.

    uv run python -m bench.company_metrics --sessions 20000 200000 1000000

Sessions of one company with a rating for one in five, in cohorts of 250 participants who meet 200
volunteers; as many sessions of another lie beside them. Seconds and CPU of the database are those
of the one statement that counts, through the login of company users and through the worker's; the
figures are held against counts made another way. `whole` is all figures with their intervals.
"""

import argparse
import asyncio
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from profile_service.computing import Cell, compute
from profile_service.periods import parse_period
from profile_service.repository import figures as repository
from shared_utils.db import Database
from waymark.servers import PostgresServer
from waymark.servers.account import server_account, temporary_folder
from waymark.testing.databases import MigratedDatabase, copied, migrated_template

_QUARTER = parse_period("2026-Q1")
_UTC = ZoneInfo("UTC")
_TICKS = 100

_FILL = """
CREATE TEMP TABLE people AS SELECT n, uuidv7() AS id FROM generate_series(0, {participants}) n;
CREATE TEMP TABLE mentors AS SELECT n, uuidv7() AS id FROM generate_series(0, 399) n;
INSERT INTO program.companies (key, name) VALUES ('acme', 'Acme'), ('bolt', 'Bolt');
INSERT INTO program.kintell_sessions (external_id, session_type, status, participant_id,
    volunteer_id, scheduled_at, completed_at, duration_minutes, row_no)
SELECT 'S-' || s.n, CASE WHEN s.n % 5 = 0 THEN 'mentorship' ELSE 'language' END,
    CASE WHEN s.n % 13 = 0 THEN 'no_show' ELSE 'completed' END, p.id, m.id, at,
    CASE WHEN s.n % 13 <> 0 THEN at END, CASE WHEN s.n % 17 <> 0 THEN 30 + s.n % 60 END, s.n
FROM (SELECT n, timestamptz '2026-01-01 08:00+00' + n * interval '89 days' / {all} AS at
    FROM generate_series(0, {all} - 1) n) s
JOIN people p ON p.n = s.n / 10000 * 500 + s.n % 500 JOIN mentors m ON m.n = s.n * 7 % 400;
INSERT INTO program.kintell_ratings (session_id, from_role, value, rated_at)
SELECT session_id, 'participant', row_no % 5 / 4.0, scheduled_at
FROM program.kintell_sessions WHERE row_no % 10 IN (1, 2, 3);
INSERT INTO program.attributions
SELECT c.company_id, 'kintell_session', session_id, true, s.row_no % 4 = 0,
    coalesce(completed_at, scheduled_at), session_type, participant_id, volunteer_id
FROM program.kintell_sessions s
JOIN program.companies c ON c.key = CASE WHEN s.row_no % 2 = 0 THEN 'acme' ELSE 'bolt' END;
INSERT INTO program.attributions
SELECT a.company_id, 'kintell_rating', r.rating_id, true, a.sponsor, r.rated_at, a.program,
    a.participant_id, a.volunteer_id
FROM program.kintell_ratings r
JOIN program.attributions a ON a.fact_type = 'kintell_session' AND a.fact_id = r.session_id;
VACUUM ANALYZE;
"""

_INDEPENDENT = """
SELECT count(DISTINCT s.participant_id), count(*) FILTER (WHERE s.status = 'completed'),
    sum(s.duration_minutes) FILTER (WHERE s.status = 'completed'),
    (SELECT round(avg(value)::numeric, 6)::float FROM program.kintell_ratings r
        JOIN program.kintell_sessions o USING (session_id) WHERE o.row_no % 2 = 0)
FROM program.kintell_sessions s WHERE s.row_no % 2 = 0
"""


def filled(database: MigratedDatabase, sessions: int) -> UUID:
    """Lay down the company's facts, and as many of another's."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        bound = {"all": 2 * sessions, "participants": 2 * sessions // 20 + 500}
        for statement in _FILL.format(**bound).split(";"):
            if statement.strip():
                owner.execute(statement.encode())
        row = owner.execute("SELECT company_id FROM program.companies WHERE key = 'acme'")
        [company] = row.fetchone() or (None,)
        return UUID(str(company))


async def measured(database: MigratedDatabase, company: UUID, sessions: int) -> dict[str, Any]:
    """Both logins' cost of the one statement, and of all figures; checked by another count."""
    found: dict[str, Any] = {"sessions": sessions}
    cell = Cell(company, _QUARTER)
    for role in ("profile_tenant", "profile_worker"):
        async with (
            _Opened(database.url(role)) as login,
            login.tenant_read(company) as session,
        ):
            pid = (await (await session.connection()).get_raw_connection()).driver_connection
            backend = pid.info.backend_pid if pid else 0
            spent, started = _cpu(backend), time.monotonic()
            await repository.counted(session, cell.window(_UTC), with_pairs=True)
            name = role.removeprefix("profile_")
            found[f"{name}_seconds"] = round(time.monotonic() - started, 2)
            found[f"{name}_cpu_per_100k"] = round((_cpu(backend) - spent) / sessions * 1e5, 2)
            if role == "profile_tenant":
                started = time.monotonic()
                figures = await compute(session, cell, zone=_UTC, key=b"bench")
                found["whole_seconds"] = round(time.monotonic() - started, 2)
                _check({one.name: one.value for one in figures}, database)
    return found


class _Opened:
    """A login's pool that closes."""

    def __init__(self, url: str) -> None:
        self._database = Database(url, application_name="profile")

    async def __aenter__(self) -> Database:
        return self._database

    async def __aexit__(self, *_: object) -> None:
        await self._database.close()


def _check(values: dict[str, float | None], database: MigratedDatabase) -> None:
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute(_INDEPENDENT).fetchone() or ()
    people, completed, minutes, satisfaction = row
    expected = (people, completed, round(minutes / 60, 6), satisfaction)
    names = ("participants", "sessions_completed", "volunteer_hours", "satisfaction")
    if tuple(values[name] for name in names) != expected:
        raise SystemExit(f"expected {expected}, found {[values[name] for name in names]}")


def _cpu(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / _TICKS


@contextmanager
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of its own, with parallel plans off: its CPU is its backend's."""
    folder = temporary_folder("waymark-bench-", server_account())
    settings = {"max_parallel_workers_per_gather": "0"}
    postgres = PostgresServer(folder / "postgres", folder / "postgres.log", settings=settings)
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.stop()
        shutil.rmtree(folder)


def main() -> None:
    """Print one JSON line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=[20_000, 200_000])
    sizes = parser.parse_args().sessions
    with server() as postgres:
        template = migrated_template(postgres)
        for sessions in sizes:
            with copied(template) as database:
                company = filled(database, sessions)
                print(json.dumps(asyncio.run(measured(database, company, sessions))), flush=True)


if __name__ == "__main__":
    main()
