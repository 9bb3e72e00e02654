"""A process that imports what every service needs once and forks each service from itself.

Run as `python -m waymark.forkserver DESCRIPTOR`; speaks JSON lines over that socket with
`waymark.forking.ForkServer`. When the socket closes, it and its children end.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from dataclasses import dataclass, field
from typing import Any

from waymark.servers.trampoline import die_with_parent


@dataclass(frozen=True)
class Job:
    """What a forked child is to run."""

    module: str
    arguments: list[str]
    environment: dict[str, str]
    log: str


@dataclass
class Forker:
    """Forks on request and reports each child's end; one thread, so that forking is safe."""

    channel: socket.socket
    children: set[int] = field(default_factory=set)
    received: bytes = b""

    def serve(self) -> Job | None:
        """Serve until the supervisor is gone (None); in a forked child return its job."""
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writing)
        signal.signal(signal.SIGCHLD, _note_child)
        while True:
            ready, _, _ = select.select([self.channel.fileno(), reading], [], [])
            if reading in ready:
                os.read(reading, 4096)
            self._report_ended()
            if self.channel.fileno() in ready:
                job, connected = self._take_requests()
                if job is not None or not connected:
                    return job

    def kill_all(self) -> None:
        """End every child at once."""
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)

    def _take_requests(self) -> tuple[Job | None, bool]:
        received = self.channel.recv(65536)
        *lines, self.received = (self.received + received).split(b"\n")
        for line in lines:
            job = self._obey(json.loads(line))
            if job is not None:
                return job, True
        return None, bool(received)

    def _obey(self, request: dict[str, Any]) -> Job | None:
        if "signal" in request:
            if request["pid"] in self.children:
                os.kill(request["pid"], request["signal"])
            return None
        job = Job(**request)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_child(parent, job)
            return job
        self.children.add(pid)
        self._send({"started": pid})
        return None

    def _become_child(self, parent: int, job: Job) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        die_with_parent(parent, signal.SIGKILL)
        self.channel.close()
        _redirect(job.log)
        os.environ.update(job.environment)
        sys.argv = [job.module, *job.arguments]

    def _report_ended(self) -> None:
        for pid in [*self.children]:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self.children.discard(pid)
                self._send({"ended": pid, "status": os.waitstatus_to_exitcode(status)})

    def _send(self, message: dict[str, int]) -> None:
        self.channel.sendall(json.dumps(message).encode() + b"\n")


def _note_child(signum: int, frame: object) -> None:
    """Wake the loop: the number arrives through the wakeup descriptor."""


def _redirect(log: str) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    silence = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((silence, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(output)
    os.close(silence)


def main() -> None:
    """Import the modules named by the arguments, then serve; a forked child runs its module."""
    descriptor, *modules = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    forker = Forker(socket.socket(fileno=int(descriptor)))
    job = forker.serve()
    if job is None:
        forker.kill_all()
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    runpy.run_module(job.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
