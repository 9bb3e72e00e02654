"""The kinds of children that `up` runs: servers, the fork server and services."""

import http.client
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

from waymark.forking import ForkServer
from waymark.forkserver import Job
from waymark.servers.process import spawn


class Server(Protocol):
    """What PostgresServer and NatsServer have in common."""

    child: subprocess.Popen[bytes] | None
    stop_signal: ClassVar[signal.Signals]

    def launch(self) -> None:
        """Start the process."""

    def kill(self) -> None:
        """kill -9."""

    def is_ready(self) -> bool:
        """Whether it takes requests."""


@dataclass
class ServerChild:
    """PostgreSQL or NATS under supervision; `url` carries no password."""

    name: str
    url: str
    server: Server

    @property
    def pid(self) -> int | None:
        """The server's process."""
        return _pid(self.server.child)

    def launch(self) -> None:
        """Start it; recovery from a crash is its own."""
        self.server.launch()

    def ended(self) -> int | None:
        """Its exit status, if it has ended."""
        return _status(self.server.child)

    def ask_to_stop(self) -> None:
        """The signal that loses nothing."""
        if self.server.child is not None:
            self.server.child.send_signal(self.server.stop_signal)

    def kill(self) -> None:
        """kill -9."""
        self.server.kill()

    def is_ready(self) -> bool:
        """Whether it takes requests."""
        return self.server.is_ready()


@dataclass
class ForkServerChild:
    """The fork server under supervision; its services are watched one by one."""

    forks: ForkServer
    name: str = "forkserver"
    url: str = ""

    @property
    def pid(self) -> int | None:
        """The fork server's process."""
        return _pid(self.forks.child)

    def launch(self) -> None:
        """Start it; the services follow as they are found ended."""
        self.forks.start()

    def ended(self) -> int | None:
        """Its exit status, if it has ended."""
        return _status(self.forks.child)

    def ask_to_stop(self) -> None:
        """Close its channel."""
        self.forks.stop()

    def kill(self) -> None:
        """kill -9."""
        if self.forks.child is not None:
            self.forks.child.kill()


@dataclass
class ForkedService:
    """A service forked from the preloaded process."""

    forks: ForkServer
    name: str
    module: str
    port: int
    environment: Mapping[str, str]
    log: Path
    pid: int | None = None

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://127.0.0.1:{self.port}"

    def launch(self) -> None:
        """Fork and run the module."""
        self.pid = None
        self.pid = self.forks.fork(Job(self.module, [], dict(self.environment), str(self.log)))

    def ended(self) -> int | None:
        """Its exit status, if it has ended."""
        return 1 if self.pid is None else self.forks.ended(self.pid)

    def ask_to_stop(self) -> None:
        """SIGTERM: finish what was taken, then end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self._signal(signal.SIGKILL)

    def is_ready(self) -> bool:
        """Whether its dependencies are up and it serves."""
        return answers_ready(self.url)

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None:
            self.forks.signal(self.pid, number)


@dataclass
class PlainService:
    """A service as a Python process of its own, as in a real deployment."""

    name: str
    module: str
    port: int
    environment: Mapping[str, str]
    log: Path
    child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Its process."""
        return _pid(self.child)

    def launch(self) -> None:
        """`python -m MODULE` in its own session."""
        self.child = spawn(
            [sys.executable, "-m", self.module], log=self.log, environment=self.environment
        )

    def ended(self) -> int | None:
        """Its exit status, if it has ended."""
        return _status(self.child)

    def ask_to_stop(self) -> None:
        """SIGTERM: finish what was taken, then end."""
        if self.child is not None:
            self.child.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()

    def is_ready(self) -> bool:
        """Whether its dependencies are up and it serves."""
        return answers_ready(self.url)


def answers_ready(url: str, seconds: float = 2) -> bool:
    """Whether the service at this base URL answers 200 to /health/ready."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=seconds)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _pid(child: subprocess.Popen[bytes] | None) -> int | None:
    return None if child is None else child.pid


def _status(child: subprocess.Popen[bytes] | None) -> int | None:
    """A process that was never started counts as one that ended well."""
    return 0 if child is None else child.poll()
