"""Children that end with their parent: spawn, wait until ready, stop."""

import atexit
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from waymark.servers import trampoline
from waymark.servers.account import Account

_PORTS = range(20000, 32000)
_MOST_RESERVED = 64
_RESERVED: deque[socket.socket] = deque()
"""Marks of the ports given last: until a server listens, only they keep two starts apart."""


@atexit.register
def _give_ports_back() -> None:
    while _RESERVED:
        _RESERVED.pop().close()


class ServerStartError(Exception):
    """A server or service did not become ready; the message ends with the tail of its log."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on, and that no other process gets from here.

    Below the range from which systems take the ports of outgoing connections, so that a server
    that crashed finds its port free when it starts again. The UDP port of the same number, which
    nothing here uses, stays bound as the mark that it is given away; the kernel frees it with the
    process.
    """
    for _ in range(1000):
        port = secrets.choice(_PORTS)
        if not is_taken(port) and _reserve(port):
            return port
    raise ServerStartError(f"no free port in {_PORTS.start}-{_PORTS.stop}")


def _reserve(port: int) -> bool:
    mark = socket.socket(type=socket.SOCK_DGRAM)
    try:
        mark.bind(("127.0.0.1", port))
    except OSError:
        mark.close()
        return False
    if len(_RESERVED) == _MOST_RESERVED:
        _RESERVED.popleft().close()
    _RESERVED.append(mark)
    return True


def is_taken(port: int) -> bool:
    """Whether something on 127.0.0.1 listens on this port, or it may not be used."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    death_signal: signal.Signals = signal.SIGKILL,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    keep_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own whose output is appended to `log`.

    Call it from a thread that outlives the child: on Linux the kernel counts that thread as the
    parent whose death sends `death_signal`.
    """
    tied = [str(os.getpid()), str(int(death_signal)), _ids(account)]
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603  the programs are ours or the wheels'
            [sys.executable, "-I", "-S", trampoline.__file__, *tied, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if environment is None else dict(environment),
            cwd=None if account is None else "/",
            start_new_session=True,
            pass_fds=tuple(keep_open),
        )


def _ids(account: Account | None) -> str:
    return "-" if account is None else f"{account.uid}:{account.gid}"


def wait_until(
    is_ready: Callable[[], bool], child: subprocess.Popen[bytes], log: Path, seconds: float
) -> None:
    """Poll until ready; raise ServerStartError where the child ends or the time is over."""
    deadline = time.monotonic() + seconds
    while not is_ready():
        if child.poll() is not None:
            raise ServerStartError(f"ended with status {child.returncode}: {log_tail(log)}")
        if time.monotonic() > deadline:
            raise ServerStartError(f"not ready after {seconds:.0f} s: {log_tail(log)}")
        time.sleep(0.01)


def log_tail(log: Path, size: int = 2000) -> str:
    """The last `size` bytes of a log file as text."""
    return log.read_bytes()[-size:].decode(errors="replace").strip()


def stop(child: subprocess.Popen[bytes], how: signal.Signals, seconds: float) -> None:
    """Ask the child to end; kill it after `seconds`."""
    if child.poll() is not None:
        return
    child.send_signal(how)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
