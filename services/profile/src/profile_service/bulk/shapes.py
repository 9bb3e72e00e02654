"""Where an event has what `facts.fact_row` reads of it, for events that are plain JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from event_contracts import (
    BuddyEventLogged,
    CheckinCompleted,
    CourseCompleted,
    CredentialIssued,
    Event,
    Fact,
    FeedbackSubmitted,
    MatchCreated,
    PersonCreated,
    RatingCreated,
    ScoreRecorded,
    SessionCompleted,
    SessionScheduled,
)
from profile_service.facts import KEPT_ELSEWHERE, SCORE, SECTIONS
from shared_utils.attribution import COUNTED_TYPES, PROGRAMS


@dataclass(frozen=True)
class Shape:
    """The fields of one event class; `occurred` is a moment, or a day where `is_day`.

    A shape without `occurred` is of events that are no fact and only make a person known.
    """

    event_class: type[Event]
    occurred: str = ""
    participant: str = "participant_id"
    volunteer: str = "volunteer_id"
    is_day: bool = False

    @cached_property
    def key(self) -> str:
        """The field of the fact's id."""
        return self.event_class.subject_field

    @cached_property
    def fact_type(self) -> str:
        """How the facts are called in the projection."""
        kind = self.event_class
        return kind.fact_type.value if issubclass(kind, Fact) else SCORE

    @cached_property
    def is_fact(self) -> bool:
        return bool(self.occurred)

    @cached_property
    def counts(self) -> bool:
        """Whether the facts can count for a company."""
        return self.is_fact and self.fact_type in COUNTED_TYPES

    @cached_property
    def section(self) -> str:
        """The part of a profile that these events change."""
        return SECTIONS[self.fact_type] if self.is_fact else "status"

    @cached_property
    def program(self) -> str | None:
        """The programme of all these facts; None where each names its own, or has none."""
        return _PROGRAMS.get(self.fact_type) if self.counts else ""

    @cached_property
    def kept_elsewhere(self) -> frozenset[str]:
        """The fields that are no part of a fact's state."""
        return frozenset({*KEPT_ELSEWHERE, self.key})


_PROGRAMS: Mapping[str, str] = {kind.value: program for kind, program in PROGRAMS.items()}

SHAPES: Mapping[type[Event], Shape] = {
    shape.event_class: shape
    for shape in (
        Shape(SessionScheduled, "scheduled_at"),
        Shape(SessionCompleted, "completed_at"),
        Shape(RatingCreated, "rated_at"),
        Shape(MatchCreated, "matched_at", volunteer="buddy_id"),
        Shape(BuddyEventLogged, "occurred_at", volunteer="buddy_id"),
        Shape(CheckinCompleted, "checked_in_on", volunteer="buddy_id", is_day=True),
        Shape(FeedbackSubmitted, "submitted_at", volunteer="buddy_id"),
        Shape(CourseCompleted, "completed_at", participant="person_id"),
        Shape(CredentialIssued, "issued_at", participant="person_id"),
        Shape(ScoreRecorded, "occurred_at", participant="person_id"),
        Shape(PersonCreated, participant="person_id"),
    )
}
"""What comes by the thousand: deeds that always have a time, scores, new people."""
