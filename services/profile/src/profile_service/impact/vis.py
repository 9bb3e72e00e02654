"""Volunteer impact score, version 1: METRICS, VIS. 0 to 100, by quarters only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from profile_service.impact.changes import Change

HALF_DOSE_HOURS = 20
SESSIONS_NEEDED = 3
PARTICIPANTS_NEEDED = 10
PRIOR = 5
"""How many ratings, and how much confidence, of the middle value stand for knowing nothing."""

_DOSE, _CONTINUITY, _QUALITY, _OUTCOME = 0.20, 0.20, 0.20, 0.40


@dataclass(frozen=True, slots=True)
class Deeds:
    """What a volunteer did in a quarter.

    `kept` of the `planned` sessions took place; planned ones that were cancelled a day before or
    earlier are not among them. `rated` is the sum of the participants' ratings in millionths.
    """

    minutes: int
    kept: int
    planned: int
    rated: int = 0
    ratings: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """The four terms of a score, each 0-1."""

    dose: float
    continuity: float
    quality: float
    outcome: float

    @property
    def score(self) -> float:
        weighted = (
            _DOSE * self.dose
            + _CONTINUITY * self.continuity
            + _QUALITY * self.quality
            + _OUTCOME * self.outcome
        )
        return 100 * weighted


def terms(deeds: Deeds, changes: Sequence[Change]) -> Terms | None:
    """A volunteer's terms; None below three kept sessions or without any scored participant.

    `changes` are those of the volunteer's participants, one each.
    """
    if deeds.kept < SESSIONS_NEEDED or not changes:
        return None
    return Terms(
        dose(deeds.minutes / 60),
        (deeds.kept + 1) / (deeds.planned + 2),
        quality(deeds.rated / 1e6, deeds.ratings),
        outcome(changes),
    )


def dose(hours: float) -> float:
    """Half of it after 20 hours, three quarters after 40."""
    return float(1 - 2 ** (-hours / HALF_DOSE_HOURS))


def quality(rated: float, ratings: int) -> float:
    """The mean rating, drawn to the middle while there are few."""
    return (PRIOR * 0.5 + rated) / (PRIOR + ratings)


def outcome(changes: Sequence[Change]) -> float:
    """The participants' changes weighed by confidence; 0.5 is no change."""
    told = sorted((one.confidence, one.delta) for one in changes)
    weight = sum(confidence for confidence, _ in told)
    moved = sum(confidence * (0.5 + delta / 2) for confidence, delta in told)
    return (PRIOR * 0.5 + moved) / (PRIOR + weight)


@dataclass(frozen=True, slots=True)
class Weighted:
    """A volunteer's terms and how many participants they had in the quarter."""

    terms: Terms
    participants: int


def company_terms(volunteers: Sequence[Weighted]) -> Mapping[str, float]:
    """The means of the terms, each volunteer weighed by participants."""
    weight = sum(one.participants for one in volunteers)
    names = ("dose", "continuity", "quality", "outcome")
    return {
        name: sum(getattr(one.terms, name) * one.participants for one in volunteers) / weight
        for name in names
    }
