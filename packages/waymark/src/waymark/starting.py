"""`up` and `down`: one supervisor a folder, from its lock to its last child."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from waymark.errors import CommandError
from waymark.home import held, home_path, open_home, running_supervisor
from waymark.servers.process import free_port, is_taken
from waymark.stack import Programs, Stack

DEFAULT_PORT = 8080
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_DOWN_SECONDS = 120.0


class PortTakenError(CommandError):
    """The gateway's port is in use."""


@contextmanager
def running_stack(
    *,
    port: int | None,
    fresh: bool,
    say: Callable[[str], None],
    root: Path | None = None,
    programs: Programs | None = None,
    reload: bool = False,
) -> Iterator[Stack]:
    """A stack that is ready; stopped at the end, whatever ends the block.

    `port` is the gateway's (None: 8080; 0: any free one). SIGTERM, SIGINT and SIGHUP set
    `stack.stopping`. With `reload` services start anew when their source changes. HomeError where
    another supervisor holds the folder.
    """
    folder = root or home_path()
    with held(folder) as lock, _stopped_by_signals() as stopping:
        gateway_port = _gateway_port(port)
        home = open_home(folder)
        if fresh:
            home.forget()
            home = open_home(folder)
        stack = Stack(home, lock, gateway_port, say, stopping, programs or Programs(), reload)
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()


def stop_running(root: Path, seconds: float = _DOWN_SECONDS) -> bool:
    """Ask the supervisor of this folder to stop and wait until it has; False if none runs."""
    pid = running_supervisor(root)
    if pid is None:
        return False
    descriptor = os.pidfd_open(pid)
    try:
        if running_supervisor(root) == pid:
            signal.pidfd_send_signal(descriptor, signal.SIGTERM)
    finally:
        os.close(descriptor)
    _wait_until_gone(root, seconds)
    return True


def _wait_until_gone(root: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while running_supervisor(root) is not None:
        if time.monotonic() > deadline:
            raise CommandError(f"what runs in {root} has not stopped after {seconds:.0f} s")
        time.sleep(0.05)


def _gateway_port(wanted: int | None) -> int:
    if wanted == 0:
        return free_port()
    port = DEFAULT_PORT if wanted is None else wanted
    if is_taken(port):
        raise PortTakenError(f"port {port} is taken; choose another with --port")
    return port


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    stopping = threading.Event()
    before = {number: signal.getsignal(number) for number in _STOP_SIGNALS}
    for number in _STOP_SIGNALS:
        signal.signal(number, lambda *_: stopping.set())
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
