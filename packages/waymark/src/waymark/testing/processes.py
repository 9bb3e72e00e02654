"""Real services and whole stacks as child processes of a test."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from waymark.children import PlainService
from waymark.servers.account import server_account, temporary_folder
from waymark.servers.process import free_port, log_tail
from waymark.services import SERVICES, Service, Wiring
from waymark.testing.databases import MigratedDatabase
from waymark.testing.tokens import Keyset

_READY_SECONDS = 60.0


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Poll until the condition holds; AssertionError that names `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.02)


@dataclass
class ServiceStarter:
    """Starts services on one database and one NATS; `environment` goes over what they are told."""

    database: MigratedDatabase
    nats_url: str
    keyset: Keyset
    folder: Path
    started: list[PlainService] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wiring = Wiring(
            database_url=self.database.url,
            nats_url=self.nats_url,
            ports={each.name: free_port() for each in SERVICES},
            hmac_key=secrets.token_hex(32),
            keys=str(self.keyset.path),
        )

    def __call__(
        self, name: str, environment: Mapping[str, str] | None = None, *, wait: bool = True
    ) -> PlainService:
        """Start the service of that name (`profile`, `relay`, …); return once it is ready."""
        service = self._service(_named(name), environment or {})
        self.started.append(service)
        service.launch()
        if wait:
            self.wait_until_ready(service)
        return service

    def wait_until_ready(self, service: PlainService) -> None:
        """Wait for /health/ready; AssertionError with its log if it ends or takes too long."""
        deadline = time.monotonic() + _READY_SECONDS
        while not service.is_ready():
            if service.ended() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{service.name} is not ready: {log_tail(service.log)}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End all of them, asking first."""
        for service in self.started:
            service.ask_to_stop()
        wait_for(lambda: all(each.ended() is not None for each in self.started), "services to end")

    def _service(self, service: Service, environment: Mapping[str, str]) -> PlainService:
        told = self.wiring.environment(service) | {"WAYMARK_JWKS_URL": self.keyset.jwks_url}
        return PlainService(
            service.name,
            service.module,
            self.wiring.ports[service.name],
            {**os.environ, **told, **environment},
            self.folder / f"{service.name}.log",
        )


def _named(name: str) -> Service:
    return next(each for each in SERVICES if each.name == name)


@dataclass
class RunningStack:
    """`waymark up` as a process of its own; `addresses` is the line that it printed."""

    home: Path
    process: subprocess.Popen[str]
    addresses: Mapping[str, str]

    @property
    def gateway(self) -> str:
        """The gateway's base URL."""
        return self.addresses["gateway"]

    @property
    def postgres(self) -> str:
        """The database, as its owner."""
        return self.addresses["postgres"]

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `waymark WORDS` against this stack."""
        return subprocess.run(  # noqa: S603  our own command
            [sys.executable, "-m", "waymark", *words],
            env=_environment(self.home),
            capture_output=True,
            text=True,
            check=check,
            timeout=300,
        )

    def token(self, role: str, *options: str) -> str:
        """What `waymark token --role ROLE OPTIONS` prints."""
        return self.command("token", "--role", role, *options).stdout.strip()

    def services(self) -> dict[str, dict[str, Any]]:
        """What `waymark status --json` lists, by name."""
        listed = json.loads(self.command("status", "--json", check=False).stdout)["services"]
        return {each["name"]: each for each in listed}

    def kill(self, name: str) -> None:
        """kill -9 of one process; the supervisor starts it again."""
        os.kill(self.services()[name]["pid"], signal.SIGKILL)

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Wait until every process is ready."""
        wait_for(self._is_ready, "every service to be ready", seconds)

    def _is_ready(self) -> bool:
        listed = self.services()
        return bool(listed) and all(each["ready"] for each in listed.values())


@contextmanager
def running_waymark(environment: Mapping[str, str] | None = None) -> Iterator[RunningStack]:
    """`waymark up` in a folder of its own on free ports; its data are gone at the end."""
    folder = temporary_folder("waymark-test-up-", server_account())
    folder.chmod(0o711)
    home = folder / "home"
    errors = (folder / "stderr.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "waymark", "up", "--json", "--port", "0"],
        env={**_environment(home), **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    try:
        yield RunningStack(home, process, _ready_line(process, Path(errors.name)))
    finally:
        process.terminate()
        process.communicate(timeout=120)
        errors.close()
        shutil.rmtree(folder)


def _ready_line(process: subprocess.Popen[str], errors: Path) -> dict[str, str]:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise AssertionError(log_tail(errors))
    addresses: dict[str, str] = json.loads(line)
    return addresses


def _environment(home: Path) -> dict[str, str]:
    """This process's environment without what would lead the command elsewhere."""
    named = {key: value for key, value in os.environ.items() if not key.startswith("WAYMARK_")}
    return {**named, "WAYMARK_HOME": str(home)}
