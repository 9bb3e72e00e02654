"""A figure that leaves the platform, and what a company may see of it."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from profile_service.facts import Json
from profile_service.statistics import Interval

PERIOD_OPEN = "period_open"
SMALL_GROUP = "small_group"
NOT_PUBLISHED = "not_published"
NOT_COVERED = "not_covered"
"""Months are shown for all programmes together only."""


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
    `smallest_group`: the fewest people of whom the value tells something, where that is less than
    n. `published`: no model that companies may not see yet has part in it. `detail` is for those
    who see the figure whole: terms, assumptions, ranges.
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
    smallest_group: int | None = None
    published: bool = True
    detail: Mapping[str, Json] | None = None

    def under(self, key: bytes) -> Self:
        """With its digest as it leaves."""
        return replace(self, digest=self.digest and keyed(self.digest, key))

    @property
    def group(self) -> int | None:
        """How many people must be protected; None where no people stand behind the answer."""
        told = [count for count in (self.n, self.smallest_group) if count is not None]
        return min(told, default=None)


def hidden(figure: Figure, reason: str) -> Figure:
    """The figure as a company sees it that may not: no number, nothing that tells of one."""
    return Figure(figure.name, figure.unit, figure.method, reason=reason, hidden=True)


def keyed(digest: str, key: bytes) -> str:
    """A digest as it leaves: under the platform's key, so that nobody can guess the inputs."""
    return hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()


def combined_digest(figures: list[Figure]) -> str:
    """One digest over a period's figures, in the order of their names."""
    lines = sorted(f"{one.name}|{one.method}|{one.digest or ''}" for one in figures)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
