"""Intervals as figures show them: rounded, and seeded by what they are made of."""

from functools import lru_cache

from profile_service.statistics import MILLIONTHS, Cluster, Interval, cluster_bootstrap

DIGITS = 6
"""Decimal places of every figure."""


@lru_cache(maxsize=256)
def seeded_interval(
    clusters: tuple[Cluster, ...], digest: str, scale: int = MILLIONTHS
) -> Interval | None:
    """The bootstrap is seeded by its inputs' digest, so that it gives the same digits again."""
    return rounded(cluster_bootstrap(clusters, seed=int(digest, 16), scale=scale))


def rounded(interval: Interval | None) -> Interval | None:
    """An interval to six places."""
    return (round(interval[0], DIGITS), round(interval[1], DIGITS)) if interval else None
