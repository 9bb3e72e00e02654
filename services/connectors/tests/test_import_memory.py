"""Memory does not grow with the file."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

HEADER = "session_id,participant_email,volunteer_email,scheduled_at,rating,feedback_text\n"
SMALL, LARGE = 20_000, 200_000


def lines(rows: int) -> Iterator[bytes]:
    yield HEADER.encode()
    for n in range(rows):
        yield (
            f"LS-{rows}-{n},p{n % 5000}@learn.example,v{n % 40}@acme.example,2026-01-01T10:00:00Z,"
            f"{n % 5 + 1},a word about session {n} that is as long as most are\n"
        ).encode()


def peak_bytes(pid: int) -> int:
    """Return the most memory that a process has held."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if "VmHWM" in line)


def imported(start_service: Any, token: str, path: Path) -> int:
    """Import a file with a service of its own and return the service's peak."""
    service = start_service("connectors", {"WAYMARK_IMPORT_CHUNK_ROWS": "2000"})
    url, headers = f"{service.url}/v1", {"Authorization": f"Bearer {token}"}
    with path.open("rb") as file:
        answer = httpx.post(
            f"{url}/import/kintell-sessions", files={"file": file}, headers=headers, timeout=120
        )
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        found = httpx.get(f"{url}/imports/{answer.json()['import_id']}", headers=headers).json()
        if found["status"] in ("completed", "failed"):
            break
        time.sleep(0.2)
    assert found["status"] == "completed", found
    peak = peak_bytes(service.pid)
    service.kill()
    return peak


@pytest.mark.slow
def test_ten_times_the_rows_take_no_more_memory(
    start_service: Any, keyset: Any, tmp_path: Path
) -> None:
    peaks = []
    for rows in (SMALL, LARGE):
        path = tmp_path / f"{rows}.csv"
        with path.open("wb") as file:
            file.writelines(lines(rows))
        peaks.append(imported(start_service, keyset.token("admin"), path))

    assert peaks[1] <= 1.15 * peaks[0], peaks


def test_an_upload_is_never_held_whole(start_service: Any, keyset: Any, tmp_path: Path) -> None:
    service = start_service("connectors")
    before = peak_bytes(service.pid)
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(HEADER.encode())
        file.writelines(
            b"LS-1,a@b.example,c@d.example,2026-01-01,5,%b\n" % (b"x" * 10_000,) * 100
            for _ in range(100)
        )

    with path.open("rb") as file:
        answer = httpx.post(
            f"{service.url}/v1/import/companies",
            files={"file": file},
            headers={"Authorization": f"Bearer {keyset.token('admin')}"},
            timeout=120,
        )

    assert answer.status_code == 422
    with path.open("rb") as file:
        answer = httpx.post(
            f"{service.url}/v1/import/kintell-sessions?dry_run=true",
            files={"file": file},
            headers={"Authorization": f"Bearer {keyset.token('admin')}"},
            timeout=120,
        )
    assert answer.status_code == 202
    assert path.stat().st_size > 95_000_000
    assert peak_bytes(service.pid) - before < 64_000_000
