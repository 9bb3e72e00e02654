"""Safety: which texts are flagged, cleared or decided by a reviewer."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from event_contracts.event import Event
from event_contracts.fields import Code, Severity, Slug, UtcDateTime
from event_contracts.vocabulary import ClearedBecause, FactType, ReviewDecision


class FlagRaised(Event, type="safety.flag.raised.v1", about="flag_id"):
    """A text broke rules of the policy and waits for a reviewer."""

    flag_id: UUID
    text_id: UUID
    person_id: UUID | None = None
    fact_type: FactType
    fact_id: UUID
    category: Slug
    severity: Severity
    rules: Annotated[tuple[Code, ...], Field(min_length=1, max_length=100)]
    policy_version: Code


class TextCleared(Event, type="safety.text.cleared.v1", about="text_id"):
    """A text was screened clean, or its flag dismissed: it may be scored and shown."""

    text_id: UUID
    person_id: UUID | None = None
    fact_type: FactType
    fact_id: UUID
    occurred_at: UtcDateTime
    because: ClearedBecause
    policy_version: Code


class ReviewCompleted(Event, type="safety.review.completed.v1", about="flag_id"):
    """Reviewers decided about a flag; severity 1 names two of them."""

    flag_id: UUID
    text_id: UUID
    decision: ReviewDecision
    reason_code: Slug
    reviewer_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=10)]
