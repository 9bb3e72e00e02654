"""PostgreSQL 18 with pgvector as a child process."""

import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from waymark.servers.account import Account, give_to, may_enter, server_account, write_private
from waymark.servers.binaries import postgres_programs
from waymark.servers.process import (
    ServerStartError,
    free_port,
    log_tail,
    spawn,
    stop,
    wait_until,
)

SUPERUSER = "postgres"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
FAST_AND_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
"""Settings for tests alone: a power cut may lose everything."""


@dataclass
class PostgresServer:
    """One cluster in `folder`, a child of this process.

    `folder` must be reachable by the account (`account.may_enter`); `settings` go over the durable
    defaults. The port is chosen once, so that a restart keeps the URL.
    """

    folder: Path
    log: Path
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    keep_open: Sequence[int] = ()
    child: subprocess.Popen[bytes] | None = None
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str = "") -> str:
        """`postgresql://user:password@127.0.0.1:port/database`; the superuser's unless named."""
        secret = quote(password or self.password, safe="")
        return f"postgresql://{user}:{secret}@127.0.0.1:{self.port}/{database}"

    def start(self, seconds: float = 60) -> None:
        """Create the cluster if missing, start it, and return once it takes connections."""
        self.create()
        self.launch()
        wait_until(self.is_ready, self.running(), self.log, seconds)

    def launch(self) -> None:
        """Start the server process without waiting for it."""
        account = server_account()
        self.child = spawn(
            [
                str(postgres_programs(account) / "postgres"),
                "-D",
                str(self.folder),
                *self._options(),
            ],
            log=self.log,
            death_signal=self.stop_signal,
            account=account,
            keep_open=self.keep_open,
        )

    def _options(self) -> list[str]:
        settings = {**_SETTINGS, **self.settings, "port": str(self.port)}
        return [f"--{name}={value}" for name, value in settings.items()]

    def running(self) -> subprocess.Popen[bytes]:
        """The server's process; ServerStartError if it was never started."""
        if self.child is None:
            raise ServerStartError("PostgreSQL was not started")
        return self.child

    def is_ready(self) -> bool:
        """Whether our own child says that it takes connections."""
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return (
            len(lines) > 7 and lines[0] == str(self.running().pid) and lines[7].strip() == "ready"
        )

    def stop(self, seconds: float = 30) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is kept."""
        if self.child is not None:
            stop(self.child, self.stop_signal, seconds)

    def kill(self) -> None:
        """End it as a crash would (kill -9 of the postmaster)."""
        child = self.running()
        child.kill()
        child.wait()

    def create(self) -> None:
        """Create the cluster if it is missing; a half-made one never takes its place."""
        if (self.folder / "PG_VERSION").exists():
            return
        if self.folder.exists():
            raise ServerStartError(f"{self.folder} is there, but it is no PostgreSQL data folder")
        account = server_account()
        if not may_enter(self.folder.parent, account):
            raise ServerStartError(f"{account} can't reach {self.folder}")
        building = self.folder.parent / f"{self.folder.name}.new"
        shutil.rmtree(building, ignore_errors=True)
        self._initdb(postgres_programs(account), give_to(building, account), account)
        building.rename(self.folder)

    def forget_lock(self) -> None:
        """Remove a left-over postmaster.pid; only for who knows that no process uses the folder.

        PostgreSQL would otherwise refuse to start when another process got the recorded id.
        """
        (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def _initdb(self, programs: Path, folder: Path, account: Account | None) -> None:
        secret = write_private(folder.with_suffix(".password"), self.password, account)
        try:
            child = spawn(
                self._initdb_command(programs, folder, secret),
                log=self.log,
                account=account,
                keep_open=self.keep_open,
            )
            status = child.wait(120)
        finally:
            secret.unlink()
        if status != 0:
            raise ServerStartError(f"initdb ended with status {status}: {log_tail(self.log)}")

    def _initdb_command(self, programs: Path, folder: Path, secret: Path) -> list[str]:
        durable = self.settings.get("fsync", "on") == "on"
        return [
            str(programs / "initdb"),
            f"--pgdata={folder}",
            f"--username={SUPERUSER}",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--no-instructions",
            *([] if durable else ["--no-sync"]),
        ]
