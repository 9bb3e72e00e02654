"""What a participant's scores say of change: last minus first in a period, with its 90 % interval.

A score's own interval is taken for its 90 % interval. Scores of one moment are combined first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from event_contracts.vocabulary import Dimension

LEVELS = 6
"""The language level counts a sixth, so that changes of all dimensions lie in [-1, 1]."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where a participant stood in one dimension at one moment; without bounds none is known."""

    value: float
    confidence: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """By how much a participant changed on [-1, 1], how surely, and its 90 % interval."""

    delta: float
    confidence: float
    low: float | None = None
    high: float | None = None

    @property
    def is_positive(self) -> bool:
        """Whether the whole interval lies above 0; without one that is not known."""
        return self.low is not None and self.low > 0


def change(first: Point, last: Point, dimension: str) -> Change:
    """Last minus first; as sure as the less sure of both.

    The interval's ends are those of two independent estimates (Zou and Donner 2008, MOVER): the
    distances of their own ends add up in squares.
    """
    scale = LEVELS if dimension == Dimension.LANG_LEVEL_PROXY else 1
    delta = last.value - first.value
    confidence = min(first.confidence, last.confidence)
    if None in (first.low, first.high, last.low, last.high):
        return Change(delta / scale, confidence)
    low = delta - _together(last.value, last.low, first.high, first.value)
    high = delta + _together(last.high, last.value, first.value, first.low)
    return Change(delta / scale, confidence, low / scale, high / scale)


def over_dimensions(changes: Sequence[Change]) -> Change:
    """A participant's change as one: the mean over the dimensions that were scored twice."""
    count = len(changes)
    delta = sum(sorted(one.delta for one in changes)) / count
    return Change(delta, sum(sorted(one.confidence for one in changes)) / count)


def _together(*ends: float | None) -> float:
    upper, lower, other_upper, other_lower = (end or 0.0 for end in ends)
    return sqrt((upper - lower) ** 2 + (other_upper - other_lower) ** 2)
