"""Orchestration: what a profile became."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from event_contracts.event import Event
from event_contracts.fields import Code, EventType, Revision, Slug, UtcDateTime


class MilestoneReached(Event, type="orchestration.journey.milestone.reached.v1", about="person_id"):
    """A person reached a milestone for the first time; published once per person and milestone."""

    person_id: UUID
    milestone: Slug
    reached_at: UtcDateTime
    because_event_id: UUID
    because_type: EventType
    rules_version: Code


class ProfileUpdated(Event, type="orchestration.profile.updated.v1", about="person_id"):
    """Something in a person's profile changed; `changed` names the fields, never their values."""

    person_id: UUID
    revision: Revision
    changed: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=100)]
