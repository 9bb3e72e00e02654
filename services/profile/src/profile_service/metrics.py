"""From what was counted to the figures of METRICS, each with its method's version."""

from event_contracts.vocabulary import Dimension
from profile_service.figures import Coverage, Figure, keyed
from profile_service.impact.figures import (
    outcome_changes,
    outcomes,
    score_coverage,
    sroi_ratio,
    vis_score,
)
from profile_service.inputs import Inputs
from profile_service.intervals import DIGITS, rounded, seeded_interval
from profile_service.periods import Period
from profile_service.setdigest import digest_of
from profile_service.statistics import mean_of, wilson

METHOD = "company-metrics/2"
"""The version of all formulas together, as a period's event names it."""

OUTCOMES = tuple(f"outcome.{dimension}" for dimension in Dimension)
CHANGES = tuple(f"outcome_change.{dimension}" for dimension in Dimension)
COUNTED = (
    "participants",
    "volunteers",
    "sessions_completed",
    "volunteer_hours",
    "attendance_rate",
    "no_show_rate",
    "retention_rate",
    "satisfaction",
    "course_completions",
    "credentials",
)
NAMES = frozenset({*COUNTED, "score_coverage", "sroi_ratio", "vis_score", *OUTCOMES, *CHANGES})
"""Every figure that can be asked for."""

IRIS = {"participants": "PI4060", "volunteer_hours": "OI1166"}
"""Ids of IRIS+ (Global Impact Investing Network) of the figures that have one."""


def figures(inputs: Inputs, period: Period, key: bytes) -> list[Figure]:
    """The figures of a period; digests already leave under the key."""
    return [
        _count("participants", "people", inputs.tally("participants").participants, inputs, key),
        _count("volunteers", "people", inputs.tally("volunteers").volunteers, inputs, key),
        _facts("sessions_completed", "sessions", inputs, key),
        _hours(inputs, key),
        _rate("attendance_rate", inputs.counted.completed, inputs, key),
        _rate("no_show_rate", inputs.counted.missed, inputs, key),
        _retention(inputs, key),
        _satisfaction(inputs, key),
        _facts("course_completions", "courses", inputs, key),
        _facts("credentials", "credentials", inputs, key),
        *_from_scores(inputs, period, key),
    ]


def _from_scores(inputs: Inputs, period: Period, key: bytes) -> list[Figure]:
    found = [
        score_coverage(inputs),
        sroi_ratio(inputs),
        vis_score(inputs, period),
        *(outcomes(dimension, inputs) for dimension in Dimension),
        *(outcome_changes(dimension, inputs) for dimension in Dimension),
    ]
    return [one.under(key) for one in found]


def _count(name: str, unit: str, value: int, inputs: Inputs, key: bytes) -> Figure:
    tally = inputs.tally(name)
    return Figure(
        name,
        unit,
        f"{name}/1",
        value,
        digest=keyed(tally.digest, key),
        n=tally.participants,
        smallest_group=tally.told_by_others,
    )


def _facts(name: str, unit: str, inputs: Inputs, key: bytes) -> Figure:
    return _count(name, unit, inputs.tally(name).facts, inputs, key)


def _hours(inputs: Inputs, key: bytes) -> Figure:
    tally = inputs.tally("volunteer_hours")
    return Figure(
        name="volunteer_hours",
        unit="hours",
        method="volunteer_hours/1",
        value=round(tally.minutes / 60, DIGITS),
        digest=keyed(tally.digest, key),
        n=tally.participants,
        smallest_group=tally.told_by_others,
        coverage=Coverage(facts=tally.facts, complete=tally.timed),
    )


def _rate(name: str, successes: int, inputs: Inputs, key: bytes) -> Figure:
    """A share of the sessions that were due, with Wilson's interval.

    Few sessions on one side of it tell of few people; none, of everybody alike.
    """
    tally = inputs.tally(name)
    sides = (side for side in (successes, tally.facts - successes) if side)
    return Figure(
        name=name,
        unit="share 0-1",
        method=f"{name}/1",
        value=round(successes / tally.facts, DIGITS) if tally.facts else None,
        reason=None if tally.facts else "no_sessions",
        interval=rounded(wilson(successes, tally.facts)),
        digest=keyed(tally.digest, key),
        n=tally.participants,
        smallest_group=min((tally.told_by_others, *sides)),
    )


def _retention(inputs: Inputs, key: bytes) -> Figure:
    """Who of the period before was active again; the people are those of before."""
    before, again = inputs.counted.active_before, inputs.counted.retained
    digest = digest_of(inputs.tally("retention_rate").digest, before, again)
    return Figure(
        name="retention_rate",
        unit="share 0-1",
        method="retention_rate/1",
        value=round(again / before, DIGITS) if before else None,
        reason=None if before else "nobody_before",
        interval=rounded(wilson(again, before)),
        digest=keyed(digest, key),
        n=before,
        smallest_group=inputs.counted.smallest_of_retention,
    )


def _satisfaction(inputs: Inputs, key: bytes) -> Figure:
    tally, ratings = inputs.tally("satisfaction"), inputs.counted.ratings
    digest = digest_of(tally.digest, *(f"{one.total}:{one.count}" for one in ratings))
    mean = mean_of(ratings)
    return Figure(
        name="satisfaction",
        unit="rating 0-1",
        method="satisfaction/2",
        value=None if mean is None else round(mean, DIGITS),
        reason="no_ratings" if mean is None else None,
        interval=seeded_interval(tuple(ratings), digest),
        digest=keyed(digest, key),
        n=tally.participants,
        smallest_group=tally.told_by_others,
    )
