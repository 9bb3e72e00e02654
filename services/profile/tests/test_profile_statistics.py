"""Intervals and combinations give METRICS' digits, and the same ones each time."""

from random import Random

import pytest

from profile_service.combining import combine
from profile_service.statistics import Cluster, cluster_bootstrap, mean_of, wilson

RATINGS = [
    Cluster(total=2_750_000, count=3),
    Cluster(total=500_000, count=1),
    Cluster(total=1_000_000, count=1),
    Cluster(total=3_000_000, count=4),
    Cluster(total=0, count=1),
] * 5


def test_wilson_gives_the_vector_of_the_method() -> None:
    interval = wilson(18, 25)

    assert interval is not None
    assert [round(bound, 4) for bound in interval] == [0.5242, 0.8572]


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (10, 10), (0, 1), (1, 1), (1, 3)])
def test_wilson_stays_inside_zero_and_one_and_holds_the_rate(successes: int, trials: int) -> None:
    low, high = wilson(successes, trials) or (2.0, 2.0)

    assert 0 <= low <= successes / trials <= high <= 1


def test_a_rate_of_nothing_has_no_interval() -> None:
    assert wilson(0, 0) is None


def test_the_mean_weighs_ratings_not_people() -> None:
    assert mean_of([Cluster(3_000_000, 3), Cluster(0, 1)]) == 0.75
    assert mean_of([]) is None


def test_the_bootstrap_gives_the_same_digits_in_any_order() -> None:
    shuffled = Random(5).sample(RATINGS, len(RATINGS))

    assert cluster_bootstrap(RATINGS, seed=7) == cluster_bootstrap(shuffled, seed=7)


def test_the_bootstrap_digits_are_pinned() -> None:
    """A new numpy that changed them would restate every published interval."""
    assert cluster_bootstrap(RATINGS, seed=7) == (0.622093023255814, 0.8024193548387097)


def test_the_bootstrap_follows_its_seed() -> None:
    seeds = {cluster_bootstrap(RATINGS, seed) for seed in range(5)}

    assert len(seeds) > 1


def test_people_are_resampled_whole() -> None:
    """Ten ratings of one person are no evidence about ten people: the interval stays wide."""
    many_people = [Cluster(1_000_000, 1)] * 50 + [Cluster(0, 1)] * 50
    few_people = [Cluster(10_000_000, 10)] * 5 + [Cluster(0, 10)] * 5

    narrow, wide = cluster_bootstrap(many_people, 1), cluster_bootstrap(few_people, 1)

    assert narrow is not None
    assert wide is not None
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])


def test_a_large_group_is_drawn_in_parts_with_the_same_digits() -> None:
    crowd = [Cluster(750_000 * (1 + i % 3), 1 + i % 3) for i in range(3_000)]

    low, high = cluster_bootstrap(crowd, 3, resamples=1_000) or (0.0, 0.0)

    assert (low, high) == (0.75, 0.75)


@pytest.mark.parametrize("clusters", [[], [Cluster(1_000_000, 1)]])
def test_below_two_people_there_is_no_interval(clusters: list[Cluster]) -> None:
    assert cluster_bootstrap(clusters, 1) is None


def test_scores_combine_as_the_vector_says() -> None:
    combined = combine([(0.6, 0.9), (0.8, 0.5), (0.4, 0.7), (0.7, 0.95)])

    assert combined is not None
    assert round(combined.value, 3) == 0.618
    assert round(combined.effective, 3) == 3.793
    assert round(combined.error, 4) == 0.0638
    assert round(combined.confidence, 3) == 0.449


@pytest.mark.parametrize("scores", [[], [(0.6, 0.0)]])
def test_scores_without_confidence_say_nothing(scores: list[tuple[float, float]]) -> None:
    assert combine(scores) is None
