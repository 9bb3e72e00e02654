"""Language and mentorship sessions, with the participant's rating and words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from connectors_service.datasets.base import Breach, Dataset, Field, FileFacts, Values
from connectors_service.datasets.facts import (
    Beside,
    FactTable,
    Linked,
    StagedFact,
    StagedText,
    Target,
    Told,
)
from connectors_service.datasets.parents import ById
from connectors_service.rules import rule
from connectors_service.rules.codes import Code
from event_contracts.kintell import RatingCreated, SessionCompleted, SessionScheduled
from event_contracts.vocabulary import CefrLevel, FactType, FromRole, SessionStatus, SessionType
from shared_schema.tables.program import KintellRating, KintellSession

FIELDS = (
    Field("session_id", rule.key(200), "The partner's id of the session", "LS-2026-0001", True),
    Field("session_type", rule.one_of(SessionType, Code.SESSION_TYPE), "Which programme"),
    Field("participant_email", rule.EMAIL, "Who learns", "anna@example.org", True),
    Field("volunteer_email", rule.EMAIL, "Who teaches or mentors", "tom@acme.example", True),
    Field("scheduled_at", rule.MOMENT, "When it was to start", "2026-03-02T10:00:00Z", True),
    Field("completed_at", rule.MOMENT, "When it ended; empty: it did not", "2026-03-02T11:00:00Z"),
    Field("cancelled_at", rule.MOMENT, "When it was cancelled"),
    Field("status", rule.one_of(SessionStatus), "Else told by the times", "completed"),
    Field("duration_minutes", rule.MINUTES, "How long it took", "60"),
    Field("rating", rule.RATING, "The participant's rating", "5"),
    Field("feedback_text", rule.text(5000), "The participant's words", "A very useful hour."),
    Field("language_level", rule.level_of(CefrLevel), "The participant's stated level", "B1"),
    Field("focus_area", rule.text(100), "career, education or integration"),
    Field("topics", rule.word_list(2000), "What was practised", "grammar,writing"),
    Field("goals_discussed", rule.word_list(2000), "What was planned"),
    Field("metadata", rule.json_up_to(2000), "Anything else, as JSON", '{"focus": "past tense"}'),
)
NO_PROGRAMME = (
    "does not say which programme the session belongs to: add a session_type column, or state "
    "the programme with the upload"
)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as a row states it."""

    session_id: str
    session_type: SessionType
    status: SessionStatus
    participant_email: str
    volunteer_email: str
    scheduled_at: datetime
    completed_at: datetime | None
    cancelled_at: datetime | None
    duration_minutes: int | None
    rating: float | None
    feedback_text: str | None
    language_level: CefrLevel | None
    focus_area: str | None
    topics: list[str] | None
    goals_discussed: list[str] | None
    metadata: Any

    @property
    def held_at(self) -> datetime:
        """When it ended, or was to start."""
        return self.completed_at or self.scheduled_at


def session_type_of(values: Values, file: FileFacts) -> SessionType | None:
    """Tell the programme: the row's own column, the headers, the id's prefix, or elsewhere."""
    stated = values["session_type"] or file.by_headers or _by_prefix(values["session_id"], file)
    found = stated or file.otherwise
    return SessionType(found) if found else None


def _by_prefix(session_id: str | None, file: FileFacts) -> str | None:
    folded = (session_id or "").upper()
    return next((name for start, name in file.id_prefixes if folded.startswith(start)), None)


def status_of(values: Values) -> SessionStatus:
    """Return the stated status, or the one that the times tell."""
    if values["status"] is not None:
        return SessionStatus(values["status"])
    if values["completed_at"] is not None:
        return SessionStatus.COMPLETED
    if values["cancelled_at"] is not None:
        return SessionStatus.CANCELLED
    return SessionStatus.SCHEDULED


def ended(values: Values, file: FileFacts) -> datetime | None:
    """Return when a session ended: as stated, else after its duration if its status says so.

    Told only where the file has no column for the end: an empty cell of one that has says that
    it did not end.
    """
    stated: datetime | None = values["completed_at"]
    starts, minutes = values["scheduled_at"], values["duration_minutes"]
    if stated or "completed_at" in file.present or not starts or not minutes:
        return stated
    is_over = values["status"] == SessionStatus.COMPLETED
    return starts + timedelta(minutes=minutes) if is_over else None


def breaches(values: Values, file: FileFacts) -> Iterator[Breach]:
    """Yield what is wrong between the fields of a session."""
    if session_type_of(values, file) is None:
        yield Breach("session_type", Code.SESSION_TYPE, NO_PROGRAMME)
    completed = ended(values, file)
    if completed and values["scheduled_at"] and completed < values["scheduled_at"]:
        yield Breach("completed_at", Code.ORDER, "is before scheduled_at")
    status = status_of(values)
    if status is SessionStatus.COMPLETED and completed is None:
        yield Breach("completed_at", Code.MISSING, "is empty, but the status says completed")
    if status is not SessionStatus.COMPLETED and completed is not None:
        yield Breach("status", Code.CONTRADICTION, f"says {status}, but completed_at is filled")
    volunteer = values["volunteer_email"]
    if volunteer is not None and volunteer == values["participant_email"]:
        yield Breach("volunteer_email", Code.CONTRADICTION, "is the participant's own address")


def record(values: Values, file: FileFacts) -> SessionRow:
    """Build the record of a row without breaches."""
    told = {
        "session_type": session_type_of(values, file),
        "status": status_of(values),
        "completed_at": ended(values, file),
    }
    return SessionRow(**(values | told))


SESSIONS = FactTable(
    FactType.KINTELL_SESSION,
    KintellSession,
    key=("external_id",),
    columns=(
        "external_id",
        "session_type",
        "status",
        "participant_id",
        "volunteer_id",
        "scheduled_at",
        "completed_at",
        "cancelled_at",
        "duration_minutes",
        "language_level",
        "focus_area",
    ),
    told=Told(SessionScheduled, by="status", variants={SessionStatus.COMPLETED: SessionCompleted}),
    id_column="session_id",
    fed_by={
        "status": "status",
        "completed_at": "completed_at",
        "cancelled_at": "cancelled_at",
        "duration_minutes": "duration_minutes",
        "language_level": "language_level",
        "focus_area": "focus_area",
        "text_id": "feedback_text",
    },
    text_field="feedback_text",
    details={"topics": "topics", "goals": "goals_discussed", "metadata": "metadata"},
    people=("participant_id", "volunteer_id"),
)
RATINGS = FactTable(
    FactType.KINTELL_RATING,
    KintellRating,
    key=("session_id", "from_role"),
    columns=("session_id", "from_role", "value", "rated_at"),
    told=Told(
        RatingCreated,
        beside=Beside(SESSIONS, "session_id", ("session_type", "participant_id", "volunteer_id")),
    ),
    id_column="rating_id",
    keeps_extra=False,
    yields_to="t.external_id IS NOT NULL",
)


def spoken_for(record: SessionRow) -> tuple[str, ...]:
    """Name whose rating or words a row states."""
    says_something = record.rating is not None or record.feedback_text is not None
    return (record.participant_email,) if says_something else ()


def stage_session(row: int, record: SessionRow, linked: Linked) -> StagedFact:
    """Stage the session itself."""
    participant = linked.people[record.participant_email]
    return StagedFact(
        row,
        {
            "external_id": record.session_id,
            "session_type": record.session_type,
            "status": record.status,
            "participant_id": participant,
            "volunteer_id": linked.people[record.volunteer_email],
            "scheduled_at": record.scheduled_at,
            "completed_at": record.completed_at,
            "cancelled_at": record.cancelled_at,
            "duration_minutes": record.duration_minutes,
            "language_level": record.language_level,
            "focus_area": record.focus_area,
        },
        text=_feedback(record, participant),
        details={
            "topics": record.topics,
            "goals": record.goals_discussed,
            "metadata": record.metadata,
        },
    )


def _feedback(record: SessionRow, author: UUID) -> StagedText | None:
    body = record.feedback_text
    return StagedText(body, author, record.held_at) if body else None


def stage_rating(row: int, record: SessionRow, linked: Linked) -> StagedFact | None:
    """Stage the participant's rating; an empty cell says nothing about one given elsewhere.

    Its session is known once that is loaded.
    """
    if record.rating is None:
        return None
    return StagedFact(
        row,
        {
            "session_id": None,
            "from_role": FromRole.PARTICIPANT,
            "value": record.rating,
            "rated_at": record.held_at,
        },
    )


KINTELL_SESSIONS = Dataset(
    name="kintell-sessions",
    title="Kintell language and mentorship sessions",
    fields=FIELDS,
    key=("session_id",),
    record=record,
    breaches=breaches,
    targets=(
        Target(SESSIONS, stage_session, followers=(RATINGS,)),
        Target(RATINGS, stage_rating, hangs_by="session_id"),
    ),
    known_as=lambda row: (ById(row.session_id),),
    emails=lambda row: (row.participant_email, row.volunteer_email),
    owners=lambda row: (row.volunteer_email,),
    speaks_for=spoken_for,
    tells={
        "status": ("completed_at", "cancelled_at"),
        "completed_at": ("status", "cancelled_at"),
    },
)
