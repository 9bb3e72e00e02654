"""Buddy programme: matches, what pairs do together, check-ins and feedback."""

from abc import ABC
from datetime import datetime
from typing import Literal
from uuid import UUID

from event_contracts.event import Fact, TextFact, midnight
from event_contracts.fields import Day, ImportId, Language, Minutes, Slug, Unit, UtcDateTime
from event_contracts.vocabulary import FactType, FromRole, MatchStatus, Mood


class MatchCreated(
    Fact, type="buddy.match.created.v1", about="match_id", fact=FactType.BUDDY_MATCH
):
    """A participant and a buddy are matched, or their match changed."""

    match_id: UUID
    participant_id: UUID
    buddy_id: UUID
    status: MatchStatus
    matched_at: UtcDateTime
    language: Language | None = None
    import_id: ImportId | None = None

    @property
    def fact_volunteer_id(self) -> UUID:
        return self.buddy_id

    @property
    def fact_occurred_at(self) -> datetime:
        return self.matched_at


class OfMatch(TextFact, ABC):
    """What the two people of a match did or said."""

    match_id: UUID
    participant_id: UUID
    buddy_id: UUID
    import_id: ImportId | None = None

    @property
    def fact_volunteer_id(self) -> UUID:
        return self.buddy_id


class BuddyEventLogged(
    OfMatch, type="buddy.event.logged.v1", about="buddy_event_id", fact=FactType.BUDDY_EVENT
):
    """The two did something together."""

    buddy_event_id: UUID
    event_type: Slug
    occurred_at: UtcDateTime
    duration_minutes: Minutes | None = None

    @property
    def fact_occurred_at(self) -> datetime:
        return self.occurred_at


class CheckinCompleted(
    OfMatch, type="buddy.checkin.completed.v1", about="checkin_id", fact=FactType.BUDDY_CHECKIN
):
    """Someone asked how the match goes."""

    checkin_id: UUID
    checked_in_on: Day
    mood: Mood | None = None

    @property
    def fact_occurred_at(self) -> datetime:
        return midnight(self.checked_in_on)


class FeedbackSubmitted(
    OfMatch, type="buddy.feedback.submitted.v1", about="feedback_id", fact=FactType.BUDDY_FEEDBACK
):
    """One of the two rated the match."""

    feedback_id: UUID
    from_role: Literal[FromRole.PARTICIPANT, FromRole.BUDDY]
    rating: Unit
    communication: Unit | None = None
    helpfulness: Unit | None = None
    engagement: Unit | None = None
    submitted_at: UtcDateTime

    @property
    def fact_occurred_at(self) -> datetime:
        return self.submitted_at
