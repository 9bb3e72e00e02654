"""Where a deed's event has what `facts.fact_row` reads of it, for events that are plain JSON."""

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
    RatingCreated,
    SessionCompleted,
    SessionScheduled,
)
from profile_service.facts import KEPT_ELSEWHERE, PROGRAMS, SECTIONS


@dataclass(frozen=True)
class Shape:
    """The fields of one event class; `occurred` is a moment, or a day where `is_day`."""

    event_class: type[Fact]
    occurred: str
    participant: str = "participant_id"
    volunteer: str = "volunteer_id"
    is_day: bool = False

    @cached_property
    def key(self) -> str:
        """The field of the fact's id."""
        return self.event_class.subject_field

    @cached_property
    def fact_type(self) -> str:
        return self.event_class.fact_type.value

    @cached_property
    def section(self) -> str:
        """The part of a profile that these facts change."""
        return SECTIONS[self.event_class.fact_type]

    @cached_property
    def program(self) -> str | None:
        """The programme of all these facts; None where each names its own."""
        return PROGRAMS.get(self.event_class.fact_type)

    @cached_property
    def kept_elsewhere(self) -> frozenset[str]:
        """The fields that are no part of a fact's state."""
        return frozenset({*KEPT_ELSEWHERE, self.key})


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
    )
}
"""The deeds that come by the thousand and that always have a time."""
