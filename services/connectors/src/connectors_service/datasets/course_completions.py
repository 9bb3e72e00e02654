"""Who finished which course at which provider."""

from dataclasses import dataclass
from datetime import datetime

from connectors_service.datasets import learning
from connectors_service.datasets.base import Dataset, Field, FileFacts, OwnRows, Values
from connectors_service.datasets.facts import FactTable, Linked, StagedFact, Target
from connectors_service.rules import rule
from event_contracts.vocabulary import FactType, LearningStatus
from shared_schema.tables.program import LearningProgress

FIELDS = (
    Field("user_email", rule.EMAIL, "Who learned", "anna@example.org", True),
    Field("provider", rule.SLUG, "Where: ecornell, itslearning or another", "ecornell", True),
    Field("course_id", rule.CODE, "The provider's id of the course", "EXEC-101", True),
    Field("course_name", rule.text(300), "What it is called", "Executive Leadership", True),
    Field("completed_at", rule.MOMENT, "When it was finished", "2026-03-02T14:30:00Z", True),
    Field("final_score", rule.PERCENT, "The result, 0-100", "92.5"),
    Field("credential_ref", rule.key(200), "The certificate it led to", "CERT-EXEC-101-2026"),
)


@dataclass(frozen=True, slots=True)
class CompletionRow:
    """A finished course as a row states it."""

    user_email: str
    provider: str
    course_id: str
    course_name: str
    completed_at: datetime
    final_score: float | None
    credential_ref: str | None


def record(values: Values, file: FileFacts) -> CompletionRow:
    """Build the record of a row."""
    return CompletionRow(**values)


COMPLETIONS = FactTable(
    FactType.LEARNING_PROGRESS,
    LearningProgress,
    key=learning.KEY,
    columns=(
        "person_id",
        "provider",
        "course_id",
        "course_name",
        "status",
        "completed_at",
        "final_score",
        "reported_at",
    ),
    told=learning.TOLD,
    id_column="progress_id",
    fed_by={"final_score": "final_score"},
    details={"credential_ref": "credential_ref"},
    yields_to=learning.NEWER_STANDS,
    rising=("reported_at",),
)


def stage_completion(row: int, record: CompletionRow, linked: Linked) -> StagedFact:
    """Stage the finished course; what a file says of it is as old as the completion."""
    return StagedFact(
        row,
        {
            "person_id": linked.people[record.user_email],
            "provider": record.provider,
            "course_id": record.course_id,
            "course_name": record.course_name,
            "status": LearningStatus.COMPLETED,
            "completed_at": record.completed_at,
            "final_score": record.final_score,
            "reported_at": record.completed_at,
        },
        details={"credential_ref": record.credential_ref},
    )


COURSE_COMPLETIONS = Dataset(
    name="course-completions",
    title="Finished courses",
    fields=FIELDS,
    key=("user_email", "provider", "course_id"),
    record=record,
    targets=(Target(COMPLETIONS, stage_completion),),
    for_company=OwnRows.NONE,
    emails=lambda row: (row.user_email,),
)
