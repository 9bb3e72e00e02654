"""Who takes part in which programme, and which company sponsors it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from connectors_service.datasets.base import Breach, Dataset, Field, FileFacts, OwnRows, Values
from connectors_service.datasets.facts import FactTable, Linked, StagedFact, Target, Told
from connectors_service.rules import rule
from connectors_service.rules.codes import Code
from event_contracts.program import EnrollmentChanged
from event_contracts.vocabulary import EnrollmentStatus, FactType, Program
from shared_schema.tables.program import ProgramEnrollment

FIELDS = (
    Field("participant_email", rule.EMAIL, "Who takes part", "anna@example.org", True),
    Field("program", rule.one_of(Program), "Which programme", "language", True),
    Field("company_id", rule.COMPANY_KEY, "The sponsor's own key; empty: none", "acme"),
    Field("cohort", rule.text(100), "The group the person started with", "2026-Q1"),
    Field("status", rule.one_of(EnrollmentStatus), "Empty: enrolled", "active"),
    Field("started_on", rule.DAY, "The first day", "2026-01-15", True),
    Field("ended_on", rule.DAY, "The last day; empty: it goes on"),
)


@dataclass(frozen=True, slots=True)
class EnrollmentRow:
    """An enrollment as a row states it."""

    participant_email: str
    program: Program
    company_id: str | None
    cohort: str | None
    status: EnrollmentStatus
    started_on: date
    ended_on: date | None


def breaches(values: Values, file: FileFacts) -> Iterator[Breach]:
    """Yield what is wrong between the fields of an enrollment."""
    started, ended = values["started_on"], values["ended_on"]
    if started and ended and ended < started:
        yield Breach("ended_on", Code.ORDER, "is before started_on")


def record(values: Values, file: FileFacts) -> EnrollmentRow:
    """Build the record of a row."""
    return EnrollmentRow(**values)


ENROLLMENTS_TABLE = FactTable(
    FactType.ENROLLMENT,
    ProgramEnrollment,
    key=("person_id", "program", "company_id", "started_on"),
    columns=("person_id", "program", "company_id", "cohort", "status", "started_on", "ended_on"),
    told=Told(EnrollmentChanged),
    id_column="enrollment_id",
    fed_by={"cohort": "cohort", "status": "status", "ended_on": "ended_on"},
)


def stage_enrollment(row: int, record: EnrollmentRow, linked: Linked) -> StagedFact:
    """Stage the enrollment."""
    return StagedFact(
        row,
        {
            "person_id": linked.people[record.participant_email],
            "program": record.program,
            "company_id": linked.companies[record.company_id] if record.company_id else None,
            "cohort": record.cohort,
            "status": record.status,
            "started_on": record.started_on,
            "ended_on": record.ended_on,
        },
    )


ENROLLMENTS = Dataset(
    name="enrollments",
    title="Enrollments in programmes",
    fields=FIELDS,
    key=("participant_email", "program", "company_id", "started_on"),
    defaults={"status": EnrollmentStatus.ENROLLED},
    record=record,
    breaches=breaches,
    targets=(Target(ENROLLMENTS_TABLE, stage_enrollment),),
    for_company=OwnRows.BY_COMPANY,
    emails=lambda row: (row.participant_email,),
    companies=lambda row: (row.company_id,) if row.company_id else (),
)
