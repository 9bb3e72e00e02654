"""The arithmetic of the cluster bootstrap on arrays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_DRAWS_AT_ONCE = 1 << 18
"""What fits a core's own cache: twice as fast as a few million."""


def interval_of_mean(
    clusters: Sequence[tuple[int, int]], seed: int, resamples: int, scale: int
) -> tuple[float, float]:
    """The 95 % percentile interval of sum over count; clusters are (sum times scale, count)."""
    totals = np.array([total for total, _ in clusters], dtype=np.int64)
    counts = np.array([count for _, count in clusters], dtype=np.int64)
    means = np.sort(_resampled_means(totals, counts, seed, resamples) / scale)
    return float(_percentile(means, 0.025)), float(_percentile(means, 0.975))


def _resampled_means(
    totals: NDArray[np.int64], counts: NDArray[np.int64], seed: int, resamples: int
) -> NDArray[np.float64]:
    stream = np.random.PCG64(seed)
    step = max(1, _DRAWS_AT_ONCE // len(totals))
    means = []
    for first in range(0, resamples, step):
        rows = min(step, resamples - first)
        picks = _draw(stream, rows * len(totals), len(totals))
        summed = [of.take(picks).reshape(rows, -1).sum(axis=1) for of in (totals, counts)]
        means.append(summed[0] / summed[1])
    return np.concatenate(means)


def _draw(stream: np.random.PCG64, draws: int, among: int) -> NDArray[np.int64]:
    """Two draws from each 64 bits, the lower half first on every machine."""
    raw = np.asarray(stream.random_raw((draws + 1) // 2), dtype="<u8").view("<u4")[:draws]
    scaled = (raw.astype(np.uint64) * np.uint64(among)) >> np.uint64(32)
    return scaled.astype(np.int64)


def _percentile(ordered: NDArray[np.float64], share: float) -> np.float64:
    value: np.float64 = ordered[min(len(ordered) - 1, int(share * len(ordered)))]
    return value
