"""While the demo works its children are watched, and it can be stopped."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from waymark.servers.account import server_account, temporary_folder
from waymark.testing.processes import wait_for


@dataclass
class Demo:
    """A demo under way and what it has said so far."""

    home: Path
    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.said.extend(iter(self.process.stderr.readline, ""))

    def has_said(self, words: str) -> bool:
        """Whether a line holds these words; fails at once if the demo has ended."""
        assert self.process.poll() is None, "".join(self.said)
        return any(words in line for line in self.said)

    def pid(self, name: str) -> int:
        """The process id of a service."""
        listed = json.loads((self.home / "state.json").read_text())["services"]
        return next(int(each["pid"]) for each in listed if each["name"] == name)


@pytest.fixture
def demo() -> Iterator[Demo]:
    folder = temporary_folder("waymark-test-demo-", server_account())
    folder.chmod(0o711)
    process = subprocess.Popen(
        [sys.executable, "-m", "waymark", "demo", "--port", "0"],
        env={"PATH": "/usr/bin:/bin", "WAYMARK_HOME": str(folder / "home")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    demo = Demo(folder / "home", process)
    yield demo
    process.terminate()
    process.wait(60)
    demo.reader.join()
    assert process.stderr is not None
    process.stderr.close()
    shutil.rmtree(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_crash_is_answered_while_the_demo_works_and_a_signal_ends_it(
    demo: Demo, number: signal.Signals
) -> None:
    wait_for(lambda: demo.has_said("importing kintell-users.csv"), "the imports", 120)

    os.kill(demo.pid("safety"), signal.SIGKILL)
    wait_for(lambda: demo.has_said("safety was killed by signal 9; starting it again"), "a restart")
    demo.process.send_signal(number)

    assert demo.process.wait(30) == 1
    demo.reader.join()
    assert demo.said[-1] == "waymark: stopped before the end\n"
