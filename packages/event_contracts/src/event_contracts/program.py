"""Programmes: who takes part for whom, and facts that no longer hold."""

from datetime import datetime
from uuid import UUID

from event_contracts.event import Event, Fact, midnight
from event_contracts.fields import Day, ImportId, Revision
from event_contracts.vocabulary import EnrollmentStatus, FactType, Program, RetractionReason


class EnrollmentChanged(
    Fact, type="program.enrollment.changed.v1", about="enrollment_id", fact=FactType.ENROLLMENT
):
    """A person takes part in a programme, sponsored by a company or by none."""

    enrollment_id: UUID
    person_id: UUID
    program: Program
    company_id: UUID | None = None
    status: EnrollmentStatus
    started_on: Day
    ended_on: Day | None = None
    import_id: ImportId | None = None

    @property
    def fact_participant_id(self) -> UUID:
        return self.person_id

    @property
    def fact_occurred_at(self) -> datetime:
        return midnight(self.started_on)


class FactRetracted(Event, type="program.fact.retracted.v1", about="fact_id"):
    """A fact no longer holds, from this revision on."""

    fact_type: FactType
    fact_id: UUID
    revision: Revision
    participant_id: UUID | None = None
    volunteer_id: UUID | None = None
    reason: RetractionReason
