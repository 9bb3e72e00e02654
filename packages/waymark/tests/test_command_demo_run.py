"""The demo from an empty folder: true to its last sentence, and silent about people."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from waymark.servers.account import server_account, temporary_folder

ADDRESS = re.compile(rb"[\w.+-]+@[\w-]+\.[\w.-]+")


@pytest.fixture
def home() -> Iterator[Path]:
    folder = temporary_folder("waymark-test-demo-", server_account())
    folder.chmod(0o711)
    yield folder / "home"
    shutil.rmtree(folder)


OWN_ROWS = """session_id,participant_email,volunteer_email,scheduled_at,completed_at,status,\
duration_minutes,rating,feedback_text,language_level,topics,metadata,cancelled_at
OWN-1,me@own.example,you@acme.example,2026-02-03T10:00:00Z,2026-02-03T11:00:00Z,completed,\
60,5,I want to kill myself and nobody knows.,B1,grammar,,
"""


def _run(home: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "waymark", *words],
        env={"PATH": "/usr/bin:/bin", "WAYMARK_HOME": str(home)},
        capture_output=True,
        timeout=300,
        check=False,
    )


@contextmanager
def _up(home: Path) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "waymark", "up", "--json", "--port", "0"],
        env={"PATH": "/usr/bin:/bin", "WAYMARK_HOME": str(home)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    yield
    process.terminate()
    process.communicate(timeout=60)


def test_a_demo_beside_own_data_and_once_more_is_as_true(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text(OWN_ROWS)
    with _up(home):
        imported = _run(home, "import", str(file), "--dataset", "kintell-sessions")
    assert imported.returncode == 0, imported.stdout.decode() + imported.stderr.decode()
    assert b"1 created" in imported.stdout

    for _ in range(2):
        done = _run(home, "demo", "--exit", "--port", "0")
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
        assert b"NOT TRUE" not in done.stdout
        assert b"Where to look" not in done.stdout


def test_the_demo_ends_well_only_with_everything_true_and_no_address_in_any_log(
    home: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "waymark", "demo", "--exit", "--port", "0"],
        env={"PATH": "/usr/bin:/bin", "WAYMARK_HOME": str(home)},
        capture_output=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    held, stated = re.findall(rb"(\d+) of (\d+) statements", done.stdout)[0]
    assert held == stated
    assert int(stated) > 40
    assert not ADDRESS.search(done.stdout + done.stderr)
    logs = {path.name: path.read_bytes() for path in (home / "logs").iterdir()}
    assert {"gateway.log", "connectors.log", "profile.log", "postgres.log"} <= set(logs)
    assert [name for name, text in logs.items() if ADDRESS.search(text)] == []
