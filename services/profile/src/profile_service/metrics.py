"""From the tallied facts to the figures of METRICS, each with its method's version."""

from functools import lru_cache

from event_contracts.vocabulary import Dimension
from profile_service.figures import Coverage, Figure, keyed
from profile_service.inputs import EMPTY_DIGEST, Inputs
from profile_service.periods import Period
from profile_service.statistics import (
    Cluster,
    Interval,
    cluster_bootstrap,
    mean_of,
    wilson,
)

METHOD = "company-metrics/1"
"""The version of all formulas together, as a period's event names it."""

SESSIONS_FOR_VIS = 3
_DIGITS = 6

OUTCOMES = tuple(f"outcome.{dimension}" for dimension in Dimension)
COUNTED = (
    "participants",
    "volunteers",
    "sessions_completed",
    "volunteer_hours",
    "attendance_rate",
    "satisfaction",
)
NAMES = frozenset({*COUNTED, "sroi_ratio", "vis_score", *OUTCOMES})
"""Every figure that can be asked for."""


def figures(inputs: Inputs, period: Period, key: bytes) -> list[Figure]:
    """The figures of a period; digests already leave under the key."""
    return [
        _count("participants", "people", inputs.tally("participants").participants, inputs, key),
        _count("volunteers", "people", inputs.tally("volunteers").volunteers, inputs, key),
        _count(
            "sessions_completed",
            "sessions",
            inputs.tally("sessions_completed").facts,
            inputs,
            key,
        ),
        _hours(inputs, key),
        _attendance(inputs, key),
        _satisfaction(inputs, key),
        _sroi(inputs, key),
        _vis(inputs, period, key),
        *(_outcome(dimension, inputs, key) for dimension in Dimension),
    ]


def _count(name: str, unit: str, value: int, inputs: Inputs, key: bytes) -> Figure:
    tally = inputs.tally(name)
    return Figure(
        name, unit, f"{name}/1", value, digest=keyed(tally.digest, key), n=tally.participants
    )


def _hours(inputs: Inputs, key: bytes) -> Figure:
    tally = inputs.tally("volunteer_hours")
    return Figure(
        name="volunteer_hours",
        unit="hours",
        method="volunteer_hours/1",
        value=round(tally.minutes / 60, _DIGITS),
        digest=keyed(tally.digest, key),
        n=tally.participants,
        coverage=Coverage(facts=tally.facts, complete=tally.timed),
    )


def _attendance(inputs: Inputs, key: bytes) -> Figure:
    tally = inputs.tally("attendance_rate")
    return Figure(
        name="attendance_rate",
        unit="share 0-1",
        method="attendance_rate/1",
        value=round(tally.completed / tally.facts, _DIGITS) if tally.facts else None,
        reason=None if tally.facts else "no_sessions",
        interval=_rounded(wilson(tally.completed, tally.facts)),
        digest=keyed(tally.digest, key),
        n=tally.participants,
    )


def _satisfaction(inputs: Inputs, key: bytes) -> Figure:
    tally = inputs.tally("satisfaction")
    mean = mean_of(inputs.ratings)
    return Figure(
        name="satisfaction",
        unit="rating 0-1",
        method="satisfaction/1",
        value=None if mean is None else round(mean, _DIGITS),
        reason="no_ratings" if mean is None else None,
        interval=_interval(tuple(inputs.ratings), tally.digest),
        digest=keyed(tally.digest, key),
        n=tally.participants,
    )


def _sroi(inputs: Inputs, key: bytes) -> Figure:
    reason = "no_scores" if inputs.has_costs else "inputs_missing"
    return _without_formula("sroi_ratio", "ratio", reason, inputs, key)


def _vis(inputs: Inputs, period: Period, key: bytes) -> Figure:
    reason = "no_scores"
    if not period.is_quarter:
        reason = "quarterly_only"
    elif inputs.tally("sessions_completed").facts < SESSIONS_FOR_VIS:
        reason = "not_enough_data"
    return _without_formula("vis_score", "points 0-100", reason, inputs, key)


def _outcome(dimension: Dimension, inputs: Inputs, key: bytes) -> Figure:
    unit = "level 0-6" if dimension is Dimension.LANG_LEVEL_PROXY else "score 0-1"
    return _without_formula(f"outcome.{dimension}", unit, "no_scores", inputs, key)


def _without_formula(name: str, unit: str, reason: str, inputs: Inputs, key: bytes) -> Figure:
    """A figure that has no value yet; whose scores stand is told that no method is in force."""
    if reason == "no_scores" and _is_scored(name, inputs):
        reason = "no_method"
    people = None if reason in {"inputs_missing", "quarterly_only"} else inputs
    return Figure(
        name,
        unit,
        f"{name}/0",
        reason=reason,
        digest=keyed(EMPTY_DIGEST, key),
        n=people.tally("participants").participants if people else None,
    )


def _is_scored(name: str, inputs: Inputs) -> bool:
    _, _, dimension = name.partition(".")
    return dimension in inputs.scored if dimension else bool(inputs.scored)


@lru_cache(maxsize=64)
def _interval(ratings: tuple[Cluster, ...], digest: str) -> Interval | None:
    """The bootstrap is seeded by its inputs' digest, so that it gives the same digits again."""
    return _rounded(cluster_bootstrap(ratings, seed=int(digest, 16)))


def _rounded(interval: Interval | None) -> Interval | None:
    return (round(interval[0], _DIGITS), round(interval[1], _DIGITS)) if interval else None
