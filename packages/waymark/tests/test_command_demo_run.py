"""The demo from an empty folder: true to its last sentence, and silent about people."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
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
