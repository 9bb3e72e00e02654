"""The supervisor's end of the fork server."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from waymark.forkserver import Job
from waymark.servers.process import ServerStartError, log_tail, spawn


@dataclass
class ForkServer:
    """Starts modules as forked children of one process that has `preload` imported already."""

    log: Path
    preload: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    keep_open: Sequence[int] = ()
    child: subprocess.Popen[bytes] | None = None
    channel: socket.socket | None = None
    _ended: dict[int, int] = field(default_factory=dict)
    _started: list[int] = field(default_factory=list)
    _received: bytes = b""

    def start(self) -> None:
        """Start the process; it imports while others go on."""
        ours, theirs = socket.socketpair()
        with theirs:
            self.child = spawn(
                [sys.executable, "-m", "waymark.forkserver", str(theirs.fileno()), *self.preload],
                log=self.log,
                environment=self.environment,
                keep_open=(theirs.fileno(), *self.keep_open),
            )
        self._ended, self._started, self._received = {}, [], b""
        self.channel = ours

    def fork(self, job: Job, seconds: float = 60) -> int:
        """Run the job's module in a new child and return its process id."""
        self._send(asdict(job))
        while not self._started:
            self._receive(seconds)
        return self._started.pop()

    def ended(self, pid: int) -> int | None:
        """The exit status of a child that has ended (negative: the signal), else None."""
        if self.child is None or self.child.poll() is not None:
            return -signal.SIGKILL
        self._receive(0)
        return self._ended.get(pid)

    def signal(self, pid: int, number: signal.Signals) -> None:
        """Send a signal to a child, if it still runs."""
        if self.child is not None and self.child.poll() is None:
            self._send({"signal": number, "pid": pid})

    def stop(self) -> None:
        """End the process; children that still run are killed."""
        if self.channel is not None:
            self.channel.close()
        if self.child is not None:
            self.child.wait(10)

    def _send(self, message: Mapping[str, object]) -> None:
        try:
            self._connected().sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise self._gone() from error

    def _receive(self, seconds: float) -> None:
        channel = self._connected()
        channel.settimeout(seconds)
        try:
            received = channel.recv(65536)
        except (BlockingIOError, TimeoutError):
            if seconds:
                raise self._gone() from None
            return
        finally:
            channel.settimeout(None)
        if not received and seconds:
            raise self._gone()
        *lines, self._received = (self._received + received).split(b"\n")
        for line in lines:
            self._note(json.loads(line))

    def _note(self, message: Mapping[str, int]) -> None:
        if "started" in message:
            self._started.append(message["started"])
        else:
            self._ended[message["ended"]] = message["status"]

    def _connected(self) -> socket.socket:
        if self.channel is None:
            raise ServerStartError("the fork server was not started")
        return self.channel

    def _gone(self) -> ServerStartError:
        return ServerStartError(f"the fork server does not answer: {log_tail(self.log)}")
