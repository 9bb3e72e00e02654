"""Kintell: language and mentorship sessions and the ratings given for them."""

from abc import ABC
from datetime import datetime
from typing import Literal
from uuid import UUID

from event_contracts.event import TextFact
from event_contracts.fields import ImportId, Minutes, Unit, UtcDateTime
from event_contracts.vocabulary import CefrLevel, FactType, FromRole, SessionStatus, SessionType


class Session(TextFact, ABC, about="session_id", fact=FactType.KINTELL_SESSION):
    """One session; its scheduled and completed events are revisions of the same fact."""

    session_id: UUID
    session_type: SessionType
    participant_id: UUID
    volunteer_id: UUID
    scheduled_at: UtcDateTime
    cancelled_at: UtcDateTime | None = None
    duration_minutes: Minutes | None = None
    language_level: CefrLevel | None = None
    import_id: ImportId | None = None


class SessionScheduled(Session, type="kintell.session.scheduled.v1"):
    """A session is planned, was cancelled, or its people did not come."""

    status: Literal[SessionStatus.SCHEDULED, SessionStatus.CANCELLED, SessionStatus.NO_SHOW]
    completed_at: UtcDateTime | None = None

    @property
    def fact_occurred_at(self) -> datetime:
        return self.scheduled_at


class SessionCompleted(Session, type="kintell.session.completed.v1"):
    """A language or mentorship session took place."""

    status: Literal[SessionStatus.COMPLETED] = SessionStatus.COMPLETED
    completed_at: UtcDateTime

    @property
    def fact_occurred_at(self) -> datetime:
        return self.completed_at


class RatingCreated(
    TextFact, type="kintell.rating.created.v1", about="rating_id", fact=FactType.KINTELL_RATING
):
    """Someone rated a session, or changed the rating."""

    rating_id: UUID
    session_id: UUID
    session_type: SessionType
    from_role: Literal[FromRole.PARTICIPANT, FromRole.VOLUNTEER]
    participant_id: UUID
    volunteer_id: UUID
    value: Unit
    rated_at: UtcDateTime
    import_id: ImportId | None = None

    @property
    def fact_occurred_at(self) -> datetime:
        return self.rated_at
