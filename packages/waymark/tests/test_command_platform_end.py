"""A test run that is killed takes the platform that it started with it."""

import shutil
import subprocess
import sys
from pathlib import Path

from waymark.home import open_home, running_supervisor
from waymark.testing.processes import wait_for

RUN = """
import sys
from pathlib import Path
from waymark.testing.platform import running_platform
with running_platform(Path(sys.argv[1])):
    print("up", flush=True)
    sys.stdin.read()
"""


def test_a_killed_test_run_leaves_no_platform(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert run.stdout is not None
    assert run.stdout.readline() == b"up\n"
    assert running_supervisor(home) is not None

    run.kill()
    run.communicate()

    wait_for(lambda: running_supervisor(home) is None, "the platform to end", 60)
    shutil.rmtree(open_home(home).data)
