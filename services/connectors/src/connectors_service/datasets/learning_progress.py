"""How far someone is in a course, as platforms report it while it goes on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connectors_service.datasets import learning
from connectors_service.datasets.base import Breach, Dataset, Field, FileFacts, OwnRows, Values
from connectors_service.datasets.facts import FactTable, Linked, StagedFact, Target
from connectors_service.rules import rule
from connectors_service.rules.codes import Code
from event_contracts.vocabulary import FactType, LearningStatus
from shared_schema.tables.program import LearningProgress

FIELDS = (
    Field("user_email", rule.EMAIL, "Who learns", "anna@example.org", True),
    Field("provider", rule.SLUG, "Where: ecornell, itslearning or another", "ecornell", True),
    Field("course_id", rule.CODE, "The provider's id of the course", "EXEC-101", True),
    Field("course_name", rule.text(300), "What it is called", "Executive Leadership"),
    Field("status", rule.one_of(LearningStatus), "How it stands", "in_progress", True),
    Field("percent", rule.PERCENT, "How much of it is done, 0-100", "40"),
    Field("started_at", rule.MOMENT, "When it was begun", "2026-02-02T09:00:00Z"),
    Field("completed_at", rule.MOMENT, "When it was finished; else taken from reported_at"),
    Field("reported_at", rule.MOMENT, "As of when this is so", "2026-02-20T12:00:00Z", True),
)


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """Someone's progress as a row states it."""

    user_email: str
    provider: str
    course_id: str
    course_name: str | None
    status: LearningStatus
    percent: float | None
    started_at: datetime | None
    completed_at: datetime | None
    reported_at: datetime


def breaches(values: Values, file: FileFacts) -> Iterator[Breach]:
    """Yield what is wrong between the fields of a report."""
    started, completed = values["started_at"], values["completed_at"]
    if started and completed and completed < started:
        yield Breach("completed_at", Code.ORDER, "is before started_at")


def record(values: Values, file: FileFacts) -> ProgressRow:
    """Build the record of a row; what is finished was so when it was reported, at the latest."""
    row = ProgressRow(**values)
    if row.status is not LearningStatus.COMPLETED or row.completed_at is not None:
        return row
    return ProgressRow(**(values | {"completed_at": row.reported_at}))


PROGRESS = FactTable(
    FactType.LEARNING_PROGRESS,
    LearningProgress,
    key=learning.KEY,
    columns=(
        "person_id",
        "provider",
        "course_id",
        "course_name",
        "status",
        "percent",
        "started_at",
        "completed_at",
        "reported_at",
    ),
    told=learning.TOLD,
    id_column="progress_id",
    fed_by={"course_name": "course_name", "percent": "percent", "started_at": "started_at"},
    yields_to=learning.NEWER_STANDS,
)


def stage_progress(row: int, record: ProgressRow, linked: Linked) -> StagedFact:
    """Stage the report."""
    return StagedFact(
        row,
        {
            "person_id": linked.people[record.user_email],
            "provider": record.provider,
            "course_id": record.course_id,
            "course_name": record.course_name,
            "status": record.status,
            "percent": record.percent,
            "started_at": record.started_at,
            "completed_at": record.completed_at,
            "reported_at": record.reported_at,
        },
    )


LEARNING_PROGRESS = Dataset(
    name="learning-progress",
    title="Progress in courses; an older report never overwrites a newer one",
    fields=FIELDS,
    key=("user_email", "provider", "course_id"),
    record=record,
    breaches=breaches,
    targets=(Target(PROGRESS, stage_progress),),
    for_company=OwnRows.NONE,
    emails=lambda row: (row.user_email,),
)
