"""Several scores of one dimension as one: METRICS, Scores and confidence, Combine."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Combined:
    """Scores of one dimension as one: the weighted mean, its standard error and confidence."""

    value: float
    effective: float
    error: float
    confidence: float


def combine(scores: Sequence[tuple[float, float]]) -> Combined | None:
    """Combine (value, confidence) pairs; None where no score has any confidence."""
    weight = sum(confidence for _, confidence in scores)
    if not weight:
        return None
    squares = sum(confidence**2 for _, confidence in scores)
    mean = sum(value * confidence for value, confidence in scores) / weight
    spread = sum((confidence * (value - mean)) ** 2 for value, confidence in scores)
    effective = weight**2 / squares
    confidence = squares / weight * effective / (effective + 3)
    return Combined(mean, effective, sqrt(spread) / weight, confidence)
