"""Intervals that give the same digits each time: Wilson's, and a cluster bootstrap."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Interval = tuple[float, float]

RESAMPLES = 10_000
_Z95 = 1.959963984540054
_DRAWS_AT_ONCE = 2_000_000


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


def mean_of(clusters: Sequence[Cluster]) -> float | None:
    """The mean over all ratings, not over the clusters' means."""
    count = sum(cluster.count for cluster in clusters)
    return sum(cluster.total for cluster in clusters) / count / 1e6 if count else None


def cluster_bootstrap(
    clusters: Sequence[Cluster], seed: int, resamples: int = RESAMPLES
) -> Interval | None:
    """The mean's 95 % percentile interval, whole participants resampled together.

    The result depends on the multiset of clusters and the seed alone: indices are drawn from the
    generator's raw 64-bit stream, which numpy keeps stable, and sums are exact integers.
    None below two clusters, where resampling can tell nothing.
    """
    if len(clusters) < 2:
        return None
    ordered = sorted(clusters)
    totals = np.array([cluster.total for cluster in ordered], dtype=np.int64)
    counts = np.array([cluster.count for cluster in ordered], dtype=np.int64)
    means = np.sort(_resampled_means(totals, counts, seed, resamples))
    return float(_percentile(means, 0.025)), float(_percentile(means, 0.975))


def _resampled_means(
    totals: NDArray[np.int64], counts: NDArray[np.int64], seed: int, resamples: int
) -> NDArray[np.float64]:
    stream = np.random.PCG64(seed)
    step = max(1, _DRAWS_AT_ONCE // len(totals))
    means = []
    for first in range(0, resamples, step):
        picks = _draw(stream, min(step, resamples - first), len(totals))
        means.append(totals[picks].sum(axis=1) / counts[picks].sum(axis=1) / 1e6)
    return np.concatenate(means)


def _draw(stream: np.random.PCG64, rows: int, among: int) -> NDArray[np.int64]:
    raw = np.asarray(stream.random_raw(rows * among), dtype=np.uint64)
    scaled = ((raw >> np.uint64(32)) * np.uint64(among)) >> np.uint64(32)
    return scaled.astype(np.int64).reshape(rows, among)


def _percentile(ordered: NDArray[np.float64], share: float) -> np.float64:
    value: np.float64 = ordered[min(len(ordered) - 1, int(share * len(ordered)))]
    return value
