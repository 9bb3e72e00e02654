"""The supervisor with real servers and small services, each stack a process of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from waymark.home import known_home, open_home, running_supervisor
from waymark.servers.account import may_enter, server_account, temporary_folder
from waymark.servers.process import spawn
from waymark.starting import stop_running

PROGRAMS = Path(__file__).parent / "programs"


@dataclass
class Launcher:
    """Starts stacks in one folder and ends what a failed test left."""

    root: Path
    programs: Path = PROGRAMS
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def launch(self, *options: str) -> subprocess.Popen[str]:
        """Start a stack without waiting."""
        process = subprocess.Popen(
            [sys.executable, str(self.programs / "small_stack.py"), str(self.root), *options],
            env={**os.environ, "PYTHONPATH": str(self.programs)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.running.append(process)
        return process

    def ready(self, *options: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
        """Start a stack and return it with its line once it is ready."""
        process = self.launch(*options)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        return process, json.loads(line)

    def services(self) -> dict[str, dict[str, Any]]:
        """What the stack says that runs, by name."""
        home = known_home(self.root)
        assert home is not None
        return {each["name"]: each for each in home.read_state()["services"]}


@pytest.fixture
def launcher() -> Iterator[Launcher]:
    folder = temporary_folder("waymark-test-home-", server_account())
    folder.chmod(0o711)
    launcher = Launcher(folder / "home")
    yield launcher
    for process in launcher.running:
        process.kill()
        process.communicate()
    _wait_for(lambda: _nothing_left(launcher.root), "children that end")
    home = known_home(launcher.root)
    shutil.rmtree(folder)
    if home is not None:
        shutil.rmtree(home.data, ignore_errors=True)


def _wait_for(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def _nothing_left(root: Path) -> bool:
    """Whether no process holds the lock that every child of a stack inherits."""
    lock = root / "children.lock"
    if not lock.exists():
        return True
    return subprocess.run(["flock", "--nonblock", str(lock), "true"], check=False).returncode == 0


def _alive(pid: int) -> bool:
    """Whether the process runs; one that ended and waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _write_a_row(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS value")


def _has_the_row(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT FROM pg_tables WHERE tablename = 'kept'").rowcount == 1


def test_sigterm_ends_every_child_and_the_data_stay(launcher: Launcher) -> None:
    first, addresses = launcher.ready()
    pids = [each["pid"] for each in launcher.services().values()]
    _write_a_row(addresses["postgres"])

    first.send_signal(signal.SIGTERM)
    assert first.wait(30) == 0

    assert not any(_alive(pid) for pid in pids)
    assert _nothing_left(launcher.root)
    _, addresses = launcher.ready()
    assert _has_the_row(addresses["postgres"])


def test_a_killed_supervisor_leaves_no_child_and_the_next_start_works(launcher: Launcher) -> None:
    first, addresses = launcher.ready()
    pids = [each["pid"] for each in launcher.services().values()]
    _write_a_row(addresses["postgres"])

    first.kill()
    first.wait()

    _wait_for(lambda: _nothing_left(launcher.root), "children that end with their supervisor")
    assert not any(_alive(pid) for pid in pids)
    _, addresses = launcher.ready()
    assert _has_the_row(addresses["postgres"])


def test_a_supervisor_killed_at_any_moment_of_its_start_can_start_again(
    launcher: Launcher,
) -> None:
    for seconds in (0.2, 0.5, 0.8):
        process = launcher.launch()
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate(timeout=seconds)
        process.kill()
        process.communicate()

    _, addresses = launcher.ready()

    assert addresses["ready"]


@pytest.mark.parametrize("name", ["relay", "postgres", "nats", "gateway"])
def test_a_crash_is_said_and_answered_by_a_restart(launcher: Launcher, name: str) -> None:
    process, _ = launcher.ready()
    before = launcher.services()

    os.kill(before[name]["pid"], signal.SIGKILL)

    _wait_for(lambda: _runs_anew(launcher, name, before[name]["pid"]), f"{name} to start again")
    others = {key: each["pid"] for key, each in launcher.services().items() if key != name}
    assert others == {key: each["pid"] for key, each in before.items() if key != name}
    assert launcher.services()[name]["url"] == before[name]["url"]
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert f"{name} was killed by signal 9; starting it again" in said


def _runs_anew(launcher: Launcher, name: str, old: int) -> bool:
    now = launcher.services()[name]
    if now["pid"] in (None, old):
        return False
    return _listens(now["url"])


def _all_run_anew(launcher: Launcher, before: dict[str, dict[str, Any]]) -> bool:
    return all(
        _runs_anew(launcher, name, before[name]["pid"]) for name in ("relay", "profile", "gateway")
    )


def _listens(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) == 0


def test_a_crash_of_the_fork_server_brings_every_service_back(launcher: Launcher) -> None:
    launcher.ready()
    before = launcher.services()
    forkserver = int(Path(f"/proc/{before['relay']['pid']}/stat").read_text().split()[3])

    os.kill(forkserver, signal.SIGKILL)

    _wait_for(lambda: _all_run_anew(launcher, before), "the services to start again")


@pytest.fixture
def source(launcher: Launcher, tmp_path: Path) -> Path:
    """The services' source, to be changed."""
    launcher.programs = tmp_path / "programs"
    shutil.copytree(PROGRAMS, launcher.programs)
    return launcher.programs


def _said(launcher: Launcher, name: str) -> str:
    try:
        return httpx.get(launcher.services()[name]["url"], timeout=5, trust_env=False).text
    except httpx.TransportError:
        return ""


def test_changed_code_runs_anew_and_nothing_else_is_disturbed(
    launcher: Launcher, source: Path
) -> None:
    process, _ = launcher.ready("--reload")
    before = launcher.services()

    own = (source / "welcoming.py").read_text()
    (source / "welcoming.py").write_text(f"{own}# mended")
    _wait_for(lambda: _runs_anew(launcher, "gateway", before["gateway"]["pid"]), "the gateway")
    assert launcher.services()["profile"]["pid"] == before["profile"]["pid"]

    (source / "prepared.py").write_text('WORD = b"brand-new"')
    names = ("relay", "profile", "gateway")
    _wait_for(
        lambda: {_said(launcher, name) for name in names} == {"brand-new"}, "shared code to be new"
    )

    assert launcher.services()["postgres"]["pid"] == before["postgres"]["pid"]
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert "welcoming.py changed: starting gateway again" in said
    assert "prepared.py changed: starting relay, profile, gateway again" in said
    assert "was killed" not in said


def test_a_second_up_is_refused_in_words_and_the_first_goes_on(launcher: Launcher) -> None:
    first, addresses = launcher.ready()

    second = launcher.launch("--fresh")
    _, said = second.communicate(timeout=30)

    assert second.returncode == 1
    assert said.strip() == (
        f"another `waymark up` (process {first.pid}) uses {launcher.root}:"
        f" it is at {addresses['gateway']}, and `waymark down` stops it"
    )
    assert first.poll() is None
    assert _listens(addresses["gateway"])


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[int]:
    """A process of the servers' own account that has nothing to do with them."""
    sleeping = spawn(["/bin/sleep", "600"], log=tmp_path / "log", account=server_account())
    yield sleeping.pid
    sleeping.kill()
    sleeping.wait()


def test_files_left_by_a_power_cut_mean_nothing(launcher: Launcher, stranger: int) -> None:
    first, _ = launcher.ready()
    first.send_signal(signal.SIGTERM)
    first.wait(30)
    home = known_home(launcher.root)
    assert home is not None
    (launcher.root / "lock").write_text(str(stranger))
    (home.data / "postgres" / "postmaster.pid").write_text(f"{stranger}\n/x\n0\n1\n\n\n\nready\n")

    assert running_supervisor(launcher.root) is None
    _, addresses = launcher.ready()

    assert addresses["ready"]
    assert _alive(stranger)


def test_a_start_that_fails_says_why_and_leaves_nothing(launcher: Launcher) -> None:
    process = launcher.launch("--unprepared")

    _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "the database could not be prepared" in said
    assert "No module named absent" in said
    assert _nothing_left(launcher.root)


def test_a_start_that_fails_early_waits_for_nothing_it_never_started(launcher: Launcher) -> None:
    open_home(launcher.root)
    (launcher.root / "postgres").mkdir()

    process = launcher.launch()
    _, said = process.communicate(timeout=15)

    assert process.returncode == 1
    assert "it is no PostgreSQL data folder" in said
    assert _nothing_left(launcher.root)


def test_a_signal_during_the_start_leaves_nothing(launcher: Launcher) -> None:
    process = launcher.launch()
    _wait_for(lambda: (launcher.root / "secrets.json").exists(), "the start to be under way")

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert _nothing_left(launcher.root)
    assert launcher.ready()[1]["ready"]


def test_down_stops_what_runs_and_says_when_nothing_does(launcher: Launcher) -> None:
    first, _ = launcher.ready()

    assert stop_running(launcher.root)

    assert first.wait(10) == 0
    assert not stop_running(launcher.root)


def test_fresh_forgets_the_old_data(launcher: Launcher) -> None:
    first, addresses = launcher.ready()
    _write_a_row(addresses["postgres"])
    first.send_signal(signal.SIGTERM)
    first.wait(30)

    _, addresses = launcher.ready("--fresh")

    assert not _has_the_row(addresses["postgres"])


def test_fresh_never_touches_a_folder_of_someone_else(launcher: Launcher) -> None:
    launcher.root.mkdir()
    (launcher.root / "postgres").mkdir()
    (launcher.root / "thesis.txt").write_text("two years of work")

    process = launcher.launch("--fresh")
    _, said = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "neither empty nor a Waymark data folder" in said
    assert {each.name for each in launcher.root.iterdir()} == {"postgres", "thesis.txt"}


def test_a_closed_home_stays_closed_and_works(launcher: Launcher) -> None:
    launcher.root.mkdir(mode=0o700)

    _, addresses = launcher.ready()

    _write_a_row(addresses["postgres"])
    assert launcher.root.stat().st_mode & 0o777 == 0o700
    home = known_home(launcher.root)
    assert home is not None
    assert may_enter(home.data, server_account())


def test_nobody_else_can_read_secrets_or_logs(launcher: Launcher) -> None:
    launcher.ready()

    for name in ("secrets.json", "state.json", "lock"):
        assert (launcher.root / name).stat().st_mode & 0o077 == 0
    assert (launcher.root / "logs").stat().st_mode & 0o077 == 0
