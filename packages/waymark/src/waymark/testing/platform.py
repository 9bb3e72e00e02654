"""The whole of Waymark as its users run it: `waymark up` in a folder of its own."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from waymark.gateway import Gateway
from waymark.home import known_home
from waymark.imports import Report, import_file
from waymark.reconciling import reconcile
from waymark.servers import trampoline
from waymark.settling import settled

_START_SECONDS = 60.0
_SETTLE_SECONDS = 90.0


@dataclass
class Platform:
    """A running Waymark; `urls` has the gateway's, PostgreSQL's (the owner) and NATS' addresses."""

    home: Path
    urls: Mapping[str, str]
    environment: Mapping[str, str]
    _clients: dict[tuple[str, ...], Gateway] = field(default_factory=dict)

    def command(self, *words: str) -> str:
        """What `waymark …` prints; CalledProcessError where it fails."""
        return self.run(*words, check=True).stdout

    def run(self, *words: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        """Run `waymark …` against this platform."""
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "waymark", *words],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=check,
            timeout=300,
        )

    def client(self, role: str, *options: str) -> Gateway:
        """The gateway as a caller of this role sees it; options are those of `waymark token`."""
        key = (role, *options)
        if key not in self._clients:
            token = self.command("token", "--role", role, *options).strip()
            self._clients[key] = Gateway(self.urls["gateway"], token)
        return self._clients[key]

    def close(self) -> None:
        """Give the clients' connections back."""
        for client in self._clients.values():
            client.close()

    def imported(self, dataset: str, path: Path, **fields: str) -> Report:
        """Send a file as a coordinator and return how its import ended."""
        return import_file(self.client("coordinator"), path, dataset, fields)

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """What the owner of the database sees."""
        with psycopg.connect(self.urls["postgres"], row_factory=dict_row) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def value(self, query: str, *parameters: object) -> Any:
        """The first column of the first row."""
        return next(iter(self.rows(query, *parameters)[0].values()))

    def pid(self, name: str) -> int | None:
        """The process id of a service or server; None while it is down."""
        state = json.loads((self.home / "state.json").read_text())
        found = [each["pid"] for each in state["services"] if each["name"] == name]
        return found[0] if found else None

    def kill(self, name: str) -> None:
        """Kill -9 a service or server and return once it is no longer there."""
        pid = self.pid(name)
        if pid is None:
            raise LookupError(f"{name} is not running")
        os.kill(pid, signal.SIGKILL)
        self.until(lambda: self.pid(name) != pid, f"{name} is noticed to be gone")

    def until(
        self, is_true: Callable[[], bool], what: str, seconds: float = _SETTLE_SECONDS
    ) -> None:
        """Wait until a condition holds; TimeoutError that says which one did not."""
        deadline = time.monotonic() + seconds
        while not is_true():
            if time.monotonic() > deadline:
                raise TimeoutError(f"after {seconds:.0f} s it is still not so that {what}")
            time.sleep(0.05)

    def settled(self, seconds: float = _SETTLE_SECONDS) -> None:
        """Wait until every event is published and every consumer has handled what concerns it."""
        wait = settled(self.urls["postgres"], self.urls["nats"], seconds)
        with ThreadPoolExecutor(1) as outside_of_any_loop:
            outside_of_any_loop.submit(asyncio.run, wait).result()
        self.until(self._is_settled, "all events are published and handled", seconds)

    def _is_settled(self) -> bool:
        return all(check.ok for check in reconcile(self.urls["postgres"]))


@contextmanager
def running_platform(folder: Path, **variables: str) -> Iterator[Platform]:
    """`waymark up` in `folder` with a gateway port of its own; stopped by SIGTERM at the end.

    `variables` are WAYMARK_* settings for its services.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WAYMARK_")}
    environment |= {"WAYMARK_HOME": str(folder), **variables}
    errors = folder.with_suffix(".log")
    with errors.open("w") as log, _up(environment, log) as process:
        try:
            urls = json.loads(_first_line(process, errors))
            platform = Platform(folder, urls, environment)
            yield platform
            platform.close()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
            _forget_outlying_data(folder)


def _forget_outlying_data(folder: Path) -> None:
    """As root the servers' files may be elsewhere, since pytest's folders are closed to others."""
    home = known_home(folder)
    if home is not None and home.data != folder:
        shutil.rmtree(home.data)


def _up(environment: Mapping[str, str], log: Any) -> subprocess.Popen[str]:
    """Tied to this process, so that a test run that is killed leaves nothing."""
    tied = [str(os.getpid()), str(int(signal.SIGTERM)), "-"]
    command = [sys.executable, "-m", "waymark", "up", "--json", "--port", "0"]
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-I", "-S", trampoline.__file__, *tied, *command],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )


def _first_line(process: subprocess.Popen[str], errors: Path) -> str:
    if process.stdout is None:
        raise RuntimeError("`waymark up` was started without a pipe")
    line = process.stdout.readline()
    if not line:
        process.wait(timeout=_START_SECONDS)
        raise RuntimeError(f"`waymark up` did not start: {errors.read_text()[-2000:]}")
    return line
