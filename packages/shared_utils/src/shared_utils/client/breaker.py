"""A circuit breaker: after failures in a row a host is left alone, then tried with one call."""

import time
from collections.abc import Callable
from enum import StrEnum

from shared_utils.errors import UnavailableError


class State(StrEnum):
    """Closed lets calls through, open refuses them, half-open lets one through to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitOpenError(UnavailableError):
    """The host failed too often just now; nothing was sent."""

    type = "circuit-open"
    title = "A service that this needs has failed too often just now"


class Breaker:
    """Opens after `failures` in a row, for `open_seconds`; then one call decides.

    Call `admit` before, and `succeeded`, `failed` or `abandoned` after each admitted call.
    """

    def __init__(
        self,
        failures: int = 5,
        open_seconds: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._open_seconds = open_seconds
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._is_trying = False

    @property
    def state(self) -> State:
        """The state at this moment."""
        if self._opened_at is None:
            return State.CLOSED
        return State.HALF_OPEN if self._seconds_left() <= 0 else State.OPEN

    def admit(self) -> None:
        """Let a call through, or raise CircuitOpenError with the seconds to wait."""
        state = self.state
        if state is State.OPEN or (state is State.HALF_OPEN and self._is_trying):
            raise CircuitOpenError(retry_after=max(1, round(self._seconds_left())))
        self._is_trying = state is State.HALF_OPEN

    def succeeded(self) -> None:
        """The host answered: close."""
        self._failures = 0
        self._opened_at = None
        self._is_trying = False

    def failed(self) -> None:
        """The host did not answer: count, and open at the limit or again after a trial."""
        self._failures += 1
        if self._is_trying or (self._opened_at is None and self._failures >= self._limit):
            self._opened_at = self._clock()
        self._is_trying = False

    def abandoned(self) -> None:
        """The caller gave up before the host could show anything: another may try."""
        self._is_trying = False

    def _seconds_left(self) -> float:
        opened_at = self._clock() if self._opened_at is None else self._opened_at
        return opened_at + self._open_seconds - self._clock()
