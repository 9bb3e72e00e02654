"""Upskilling: what people learn at course providers, and the credentials they earn."""

from abc import ABC
from datetime import datetime
from typing import Literal
from uuid import UUID

from event_contracts.event import Fact
from event_contracts.fields import Code, ImportId, Percent, Slug, UtcDateTime
from event_contracts.vocabulary import CredentialType, FactType, LearningStatus


class Learning(Fact, ABC):
    """A fact about one learner at one provider."""

    person_id: UUID
    provider: Slug
    import_id: ImportId | None = None

    @property
    def fact_participant_id(self) -> UUID:
        return self.person_id


class Progress(Learning, ABC, about="progress_id", fact=FactType.LEARNING_PROGRESS):
    """One person in one course; updates and completion are revisions of the same fact."""

    progress_id: UUID
    course_id: Code | None = None
    percent: Percent | None = None
    started_at: UtcDateTime | None = None
    final_score: Percent | None = None


class ProgressUpdated(Progress, type="upskilling.progress.updated.v1"):
    """Someone enrolled in a course, got further in it, or left it."""

    status: Literal[LearningStatus.ENROLLED, LearningStatus.IN_PROGRESS, LearningStatus.DROPPED]
    completed_at: UtcDateTime | None = None

    @property
    def fact_occurred_at(self) -> datetime | None:
        return self.started_at


class CourseCompleted(Progress, type="upskilling.course.completed.v1"):
    """Someone finished a course."""

    status: Literal[LearningStatus.COMPLETED] = LearningStatus.COMPLETED
    completed_at: UtcDateTime

    @property
    def fact_occurred_at(self) -> datetime:
        return self.completed_at


class CredentialIssued(
    Learning,
    type="upskilling.credential.issued.v1",
    about="credential_id",
    fact=FactType.CREDENTIAL,
):
    """A provider issued a certificate, badge or diploma."""

    credential_id: UUID
    credential_type: CredentialType | None = None
    issued_at: UtcDateTime
    expires_at: UtcDateTime | None = None

    @property
    def fact_occurred_at(self) -> datetime:
        return self.issued_at
