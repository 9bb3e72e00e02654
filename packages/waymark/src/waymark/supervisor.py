"""Keeps children running: a crash is said and answered by a restart with growing pauses."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from waymark.servers.process import ServerStartError

_PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_STEADY_SECONDS = 60.0


class Child(Protocol):
    """Something that runs as a process of its own."""

    @property
    def name(self) -> str:
        """Its name in logs and in `waymark status`."""

    @property
    def url(self) -> str:
        """Where it listens."""

    @property
    def pid(self) -> int | None:
        """Its process id while it was started."""

    def launch(self) -> None:
        """Start the process without waiting for it to be ready; ServerStartError if it can't."""

    def ended(self) -> int | None:
        """The exit status if it has ended (negative: the signal), else None."""

    def ask_to_stop(self) -> None:
        """Ask it to finish what it has taken and end."""

    def kill(self) -> None:
        """End it at once."""


def pause_before_restart(crashes: int) -> float:
    """Seconds to wait after the `crashes`-th crash in a row (from 1)."""
    return _PAUSES[min(crashes, len(_PAUSES)) - 1]


def how_it_ended(status: int) -> str:
    """An exit status in words."""
    return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"


@dataclass
class Supervised:
    """A child, how often it crashed in a row, and when it is due again."""

    child: Child
    crashes: int = 0
    restarts: int = 0
    launched_at: float = 0.0
    due_at: float | None = None
    kill_at: float | None = None

    def launch(self) -> None:
        """Start it now; a start that fails counts as a crash at the next look."""
        self.launched_at = time.monotonic()
        self.due_at = None
        self.kill_at = None
        self.child.launch()

    def renew(self, seconds: float) -> None:
        """Ask it to end and start anew; it is killed if it still runs after `seconds`."""
        self.crashes = 0
        if self.due_at is None:
            self.kill_at = time.monotonic() + seconds
            self.child.ask_to_stop()
        else:
            self.due_at = time.monotonic()


@dataclass
class Supervisor:
    """Watches children until told to stop; `say` gets one sentence an event."""

    say: Callable[[str], None]
    on_change: Callable[[], None]

    def __post_init__(self) -> None:
        self.watched: list[Supervised] = []

    def launch(self, *children: Child) -> None:
        """Start children and watch them from now on."""
        for child in children:
            supervised = Supervised(child)
            self.watched.append(supervised)
            supervised.launch()

    def look(self) -> None:
        """Look at every child once."""
        now = time.monotonic()
        for supervised in self.watched:
            if supervised.due_at is None:
                self._notice_end(supervised, now)
            elif supervised.due_at <= now:
                self._restart(supervised)

    def renew(self, names: Collection[str], seconds: float) -> None:
        """Have these children end and start anew, which is no crash."""
        for supervised in self.watched:
            if supervised.child.name in names:
                supervised.renew(seconds)

    def stop(self, children: Sequence[Child], seconds: float) -> None:
        """Ask these children to end, together; kill what has not ended after `seconds`."""
        self.watched = [each for each in self.watched if each.child not in children]
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + seconds
        while any(child.ended() is None for child in children) and time.monotonic() < deadline:
            time.sleep(0.01)
        for child in children:
            if child.ended() is None:
                self.say(f"{child.name} did not end within {seconds:.0f} s and was killed")
                child.kill()

    def _notice_end(self, supervised: Supervised, now: float) -> None:
        status = supervised.child.ended()
        if status is None:
            _kill_if_due(supervised, now)
            return
        if supervised.kill_at is not None:
            self._restart(supervised)
            return
        steady = now - supervised.launched_at > _STEADY_SECONDS
        supervised.crashes = 1 if steady else supervised.crashes + 1
        pause = pause_before_restart(supervised.crashes)
        supervised.due_at = now + pause
        name, how = supervised.child.name, how_it_ended(status)
        self.say(f"{name} {how}; starting it again in {pause:g} s")
        self.on_change()

    def _restart(self, supervised: Supervised) -> None:
        supervised.restarts += 1
        try:
            supervised.launch()
        except ServerStartError as error:
            self.say(f"{supervised.child.name} could not be started: {error}")
        self.on_change()


def _kill_if_due(supervised: Supervised, now: float) -> None:
    if supervised.kill_at is not None and supervised.kill_at <= now:
        supervised.child.kill()
