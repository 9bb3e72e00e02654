"""Intervals that give the same digits each time: Wilson's, and a cluster bootstrap."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

Interval = tuple[float, float]

RESAMPLES = 10_000
MILLIONTHS = 1_000_000
"""What a cluster's total is counted in, unless said otherwise."""

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, order=True)
class Cluster:
    """One participant's ratings: their sum in millionths, and how many they are."""

    total: int
    count: int


def wilson(successes: int, trials: int) -> Interval | None:
    """Wilson's 95 % interval of a rate; None where nothing was tried."""
    if trials == 0:
        return None
    rate, square = successes / trials, _Z95**2
    centre = (rate + square / (2 * trials)) / (1 + square / trials)
    spread = sqrt(rate * (1 - rate) / trials + square / (4 * trials**2))
    half = _Z95 * spread / (1 + square / trials)
    return min(rate, max(0.0, centre - half)), max(rate, min(1.0, centre + half))


def mean_of(clusters: Sequence[Cluster], scale: int = MILLIONTHS) -> float | None:
    """The mean over all ratings, not over the clusters' means.

    `scale` 1 where total and count are in the same unit, as with weights.
    """
    count = sum(cluster.count for cluster in clusters)
    return sum(cluster.total for cluster in clusters) / count / scale if count else None


def cluster_bootstrap(
    clusters: Sequence[Cluster],
    seed: int,
    resamples: int = RESAMPLES,
    scale: int = MILLIONTHS,
) -> Interval | None:
    """The mean's 95 % percentile interval, whole participants resampled together.

    The result depends on the multiset of clusters and the seed alone: indices are drawn from the
    generator's raw 64-bit stream, which numpy keeps stable, and sums are exact integers.
    None below two clusters, where resampling can tell nothing.
    """
    if len(clusters) < 2:
        return None
    from profile_service import resampling  # noqa: PLC0415 - numpy's 18 MB are for figures alone

    return resampling.interval_of_mean(
        [(cluster.total, cluster.count) for cluster in sorted(clusters)], seed, resamples, scale
    )
