"""NATS with JetStream as a child process."""

import json
import secrets
import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from waymark.servers.account import Account, give_to, may_enter, server_account, write_private
from waymark.servers.binaries import nats_program
from waymark.servers.process import ServerStartError, free_port, spawn, stop, wait_until

USER = "waymark"


@dataclass
class NatsServer:
    """One server whose configuration and JetStream store are in `folder`, a child of this process.

    Every acknowledged message is on disk (`sync_interval: always`) unless `durable` is False, which
    is for tests alone. The ports are chosen once, so that a restart keeps the URL.
    """

    folder: Path
    log: Path
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    durable: bool = True
    port: int = field(default_factory=free_port)
    monitor_port: int = field(default_factory=free_port)
    keep_open: Sequence[int] = ()
    child: subprocess.Popen[bytes] | None = None
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    @property
    def url(self) -> str:
        """`nats://user:password@127.0.0.1:port`."""
        return f"nats://{USER}:{self.password}@127.0.0.1:{self.port}"

    @property
    def monitor_url(self) -> str:
        """Base URL of NATS' own monitoring pages (`/varz`, `/jsz`, `/healthz`)."""
        return f"http://127.0.0.1:{self.monitor_port}"

    def start(self, seconds: float = 30) -> None:
        """Start the server and return once JetStream takes requests."""
        self.launch()
        wait_until(self.is_ready, self.running(), self.log, seconds)

    def launch(self) -> None:
        """Write the configuration and start the server process without waiting for it."""
        account = server_account()
        self.child = spawn(
            [str(nats_program(account)), "--config", str(self._configure(account))],
            log=self.log,
            death_signal=self.stop_signal,
            account=account,
            keep_open=self.keep_open,
        )

    def running(self) -> subprocess.Popen[bytes]:
        """The server's process; ServerStartError if it was never started."""
        if self.child is None:
            raise ServerStartError("NATS was not started")
        return self.child

    def is_ready(self) -> bool:
        """Whether it greets a client and offers JetStream."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                greeting = connection.makefile("rb").readline()
        except OSError:
            return False
        return greeting.startswith(b"INFO ") and bool(json.loads(greeting[5:]).get("jetstream"))

    def stop(self, seconds: float = 15) -> None:
        """Close the store and end."""
        if self.child is not None:
            stop(self.child, self.stop_signal, seconds)

    def kill(self) -> None:
        """End it as a crash would (kill -9)."""
        child = self.running()
        child.kill()
        child.wait()

    def _configure(self, account: Account | None) -> Path:
        if not may_enter(self.folder.parent, account):
            raise ServerStartError(f"{account} can't reach {self.folder}")
        give_to(self.folder, account)
        return write_private(
            self.folder / "nats.json", json.dumps(self._configuration(), indent=1), account
        )

    def _configuration(self) -> dict[str, object]:
        store: dict[str, object] = {"store_dir": str(self.folder)}
        if self.durable:
            store["sync_interval"] = "always"
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "http": f"127.0.0.1:{self.monitor_port}",
            "max_payload": 8_388_608,
            "jetstream": store,
            "authorization": {"user": USER, "password": self.password, "timeout": 5},
        }
