"""A figure that leaves the platform, and what a company may see of it."""

import hashlib
import hmac
from dataclasses import dataclass

from profile_service.statistics import Interval

PERIOD_OPEN = "period_open"
SMALL_GROUP = "small_group"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the facts behind a figure had what it needs."""

    facts: int
    complete: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A value or a reason for none; `n` is the distinct participants behind it.

    `n` is None where no people stand behind the answer, as in a reason that speaks of costs alone.
    A hidden figure has no n, interval, digest or trace.
    """

    name: str
    unit: str
    method: str
    value: float | None = None
    reason: str | None = None
    interval: Interval | None = None
    digest: str | None = None
    n: int | None = None
    coverage: Coverage | None = None
    hidden: bool = False


def for_company(figure: Figure, *, smallest: int, is_open: bool, exposing: bool = False) -> Figure:
    """The figure as a company may see it: closed periods, groups of `smallest` at least.

    Zero is a small group like any other. `exposing`: the figure would give a small one away.
    """
    if is_open:
        return _hidden(figure, PERIOD_OPEN)
    if figure.n is not None and (exposing or figure.n < smallest):
        return _hidden(figure, SMALL_GROUP)
    return figure


def keyed(digest: str, key: bytes) -> str:
    """A digest as it leaves: under the platform's key, so that nobody can guess the inputs."""
    return hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()


def combined_digest(figures: list[Figure]) -> str:
    """One digest over a period's figures, in the order of their names."""
    lines = sorted(f"{one.name}|{one.method}|{one.digest or ''}" for one in figures)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _hidden(figure: Figure, reason: str) -> Figure:
    return Figure(figure.name, figure.unit, figure.method, reason=reason, hidden=True)
