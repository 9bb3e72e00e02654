"""VIS gives METRICS' digits, stays within 0 and 100, and rises with what is better."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_service.impact.changes import Change, Point, change, over_dimensions
from profile_service.impact.vis import Deeds, Terms, Weighted, company_terms, terms

VECTOR = Deeds(minutes=20 * 60, kept=9, planned=10, rated=2_700_000, ratings=3)
CHANGES = [Change(0.2, 0.9), Change(0.4, 0.6), Change(-0.1, 0.8)]


def scored(deeds: Deeds, changes: list[Change]) -> Terms:
    found = terms(deeds, changes)
    assert found is not None
    return found


def test_the_vector_of_metrics() -> None:
    found = scored(VECTOR, CHANGES)

    assert found.dose == 0.5
    assert round(found.continuity, 4) == 0.8333
    assert round(found.quality, 4) == 0.65
    assert round(found.outcome, 4) == 0.5233
    assert round(found.score, 2) == 60.60


def test_two_sessions_or_no_scored_participant_are_not_enough() -> None:
    assert terms(Deeds(600, kept=2, planned=2), CHANGES) is None
    assert terms(Deeds(600, kept=3, planned=3), []) is None
    assert terms(Deeds(600, kept=3, planned=3), [Change(0, 0.1)]) is not None


def test_a_companys_terms_are_weighed_by_participants() -> None:
    one = Weighted(Terms(0.2, 0.4, 0.6, 0.8), participants=3)
    other = Weighted(Terms(0.6, 0.8, 1.0, 0.4), participants=1)

    found = company_terms([one, other])

    assert {name: round(it, 9) for name, it in found.items()} == {
        "dose": 0.3,
        "continuity": 0.5,
        "quality": 0.7,
        "outcome": 0.7,
    }


deeds = st.integers(3, 200).flatmap(
    lambda kept: st.builds(
        Deeds,
        minutes=st.integers(0, 60_000),
        kept=st.just(kept),
        planned=st.integers(kept, 400),
        rated=st.just(0),
        ratings=st.integers(0, 50),
    )
)
moved = st.lists(st.builds(Change, st.floats(-1, 1), st.floats(0, 1)), min_size=1, max_size=20)


@given(deeds=deeds, changes=moved)
def test_a_score_lies_within_0_and_100_whatever_the_order(
    deeds: Deeds, changes: list[Change]
) -> None:
    found = scored(deeds, changes)

    assert 0 <= found.score <= 100
    assert scored(deeds, changes[::-1]) == found


@given(deeds=deeds, changes=moved, more=st.integers(1, 1000))
def test_more_hours_never_lower_a_score(deeds: Deeds, changes: list[Change], more: int) -> None:
    longer = Deeds(deeds.minutes + more, deeds.kept, deeds.planned, deeds.rated, deeds.ratings)

    assert scored(longer, changes).score >= scored(deeds, changes).score


@pytest.mark.parametrize(
    ("first", "last", "positive"),
    [
        (Point(0.4, 0.9, 0.35, 0.45), Point(0.7, 0.9, 0.65, 0.75), True),
        (Point(0.4, 0.9, 0.2, 0.6), Point(0.55, 0.9, 0.35, 0.75), False),
        (Point(0.7, 0.9, 0.65, 0.75), Point(0.4, 0.9, 0.35, 0.45), False),
        (Point(0.4, 0.9), Point(0.9, 0.9), False),
        (Point(0.4, 0.9, 0.4, 0.4), Point(0.4, 0.9, 0.4, 0.4), False),
    ],
    ids=["surely more", "perhaps more", "less", "no interval known", "the same"],
)
def test_a_change_is_positive_if_its_whole_interval_is(
    first: Point, last: Point, *, positive: bool
) -> None:
    assert change(first, last, "belonging").is_positive is positive


def test_the_ends_of_both_scores_add_up_in_squares() -> None:
    """0.6 less 0.3, with 0.03 below the last and 0.04 above the first: 0.05 below 0.3."""
    found = change(Point(0.3, 0.8, 0.29, 0.34), Point(0.6, 0.9, 0.57, 0.7), "belonging")

    assert (round(found.delta, 9), round(found.low or 0, 9)) == (0.3, 0.25)
    assert found.confidence == 0.8


def test_a_language_level_counts_a_sixth() -> None:
    found = change(Point(2, 0.9, 2, 2), Point(3.5, 0.7, 3.2, 3.8), "lang_level_proxy")

    assert (found.delta, found.confidence) == (0.25, 0.7)
    assert round(found.low or 0, 9) == 0.2


def test_a_participants_change_is_the_mean_over_dimensions() -> None:
    assert over_dimensions([Change(0.2, 0.9), Change(-0.4, 0.5)]) == Change(-0.1, 0.7)
