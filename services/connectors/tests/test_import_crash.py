"""A service that is killed in the middle of an import goes on where it was, to the same end."""

import hashlib
import json
import time
from typing import Any

import httpx
import psycopg
import pytest

HEADER = (
    "session_id,participant_email,volunteer_email,scheduled_at,completed_at,rating,feedback_text\n"
)
ROWS = 3000
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
}


def content() -> str:
    rows = [
        f"LS-{n},p{n % 500}@learn.example,v{n % 40}@acme.example,2026-01-01T10:00:00Z,"
        f"2026-01-01T11:00:00Z,{n % 7},words {n}\n"
        for n in range(ROWS)
    ]
    rows[1700] = rows[20].replace("words", "other words")
    return HEADER + "".join(rows)


def digest(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        return {
            name: hashlib.sha256(
                json.dumps(connection.execute(query).fetchall(), default=str).encode()
            ).hexdigest()
            for name, query in DIGEST.items()
        }


def upload(url: str, headers: dict[str, str]) -> str:
    answer = httpx.post(
        f"{url}/v1/import/kintell-sessions", files={"file": ("a.csv", content())}, headers=headers
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["import_id"])


def wait(url: str, headers: dict[str, str], import_id: str, rows: int) -> dict[str, Any]:
    """Poll until an import is over, or has read so many rows."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found: dict[str, Any] = httpx.get(f"{url}/v1/imports/{import_id}", headers=headers).json()
        if found["status"] in ("completed", "failed") or found["rows"]["read"] >= rows:
            return found
    raise AssertionError("the import does not get on")


@pytest.fixture
def expected(start_service: Any, database: Any, keyset: Any) -> dict[str, str]:
    """The digest of an import that nothing disturbed, in one chunk; the database is empty after."""
    service = start_service("connectors")
    url = f"http://127.0.0.1:{service.port}"
    headers = {"Authorization": f"Bearer {keyset.token('admin')}"}
    done = wait(url, headers, upload(url, headers), 10 * ROWS)
    assert done["status"] == "completed", done
    found = digest(database.owner_url)
    kill(service)
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(
            "TRUNCATE program.kintell_sessions, program.kintell_ratings, pii.texts, pii.persons,"
            " pii.external_ids, pii.refused_rows, ops.import_rows, ops.outbox, ops.imports CASCADE"
        )
    return found


def kill(service: Any) -> None:
    service.kill()


@pytest.mark.parametrize(("chunk_rows", "kills"), [("250", 3), ("1000", 0), ("97", 1)])
def test_killed_at_any_chunk_it_ends_the_same(
    start_service: Any,
    database: Any,
    keyset: Any,
    expected: dict[str, str],
    chunk_rows: str,
    kills: int,
) -> None:
    environment = {"WAYMARK_IMPORT_CHUNK_ROWS": chunk_rows}
    service = start_service("connectors", environment)
    url = f"http://127.0.0.1:{service.port}"
    headers = {"Authorization": f"Bearer {keyset.token('admin')}"}
    import_id = upload(url, headers)

    for part in range(kills):
        wait(url, headers, import_id, ROWS * (part + 1) // (kills + 2))
        kill(service)
        service = start_service("connectors", environment)

    done = wait(url, headers, import_id, 10 * ROWS)
    assert (done["status"], done["rows"]["read"]) == ("completed", ROWS)
    assert digest(database.owner_url) == expected
