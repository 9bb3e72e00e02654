"""How the two sides of a Kintell session rated it, each with what they wrote."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from connectors_service.datasets.base import Dataset, Field, FileFacts, OwnRows, Values
from connectors_service.datasets.facts import FactTable, Linked, StagedFact, StagedText, Target
from connectors_service.datasets.kintell_sessions import RATINGS, SESSIONS
from connectors_service.datasets.parents import ById, Missing, Parent
from connectors_service.rules import rule
from event_contracts.vocabulary import FactType
from shared_schema.tables.program import KintellRating


class Side(StrEnum):
    """Who rates a session."""

    PARTICIPANT = "participant"
    VOLUNTEER = "volunteer"


FIELDS = (
    Field("rating_id", rule.key(200), "The partner's id of the rating", "R-2026-0001", True),
    Field("session_id", rule.key(200), "The session", "LS-2026-0001", True),
    Field("from_role", rule.one_of(Side), "Who rates", "participant", True),
    Field("rating", rule.RATING, "How good it was", "5", True),
    Field("feedback_text", rule.text(5000), "What they wrote", "A very useful hour."),
    Field("created_at", rule.MOMENT, "When it was given", "2026-03-02T11:30:00Z", True),
)


@dataclass(frozen=True, slots=True)
class RatingRow:
    """A rating as a row states it."""

    rating_id: str
    session_id: str
    from_role: Side
    rating: float
    feedback_text: str | None
    created_at: datetime


def record(values: Values, file: FileFacts) -> RatingRow:
    """Build the record of a row."""
    return RatingRow(**values)


GIVEN_RATINGS = FactTable(
    FactType.KINTELL_RATING,
    KintellRating,
    key=("session_id", "from_role"),
    columns=("session_id", "from_role", "external_id", "value", "rated_at"),
    told=RATINGS.told,
    id_column="rating_id",
    fed_by={"text_id": "feedback_text"},
    text_field="feedback_text",
)
"""A rating that the partner names replaces the one that a session's file gave for the role."""


def stage_rating(row: int, record: RatingRow, linked: Linked) -> StagedFact:
    """Stage the rating, with its words as those of whoever gave it."""
    return StagedFact(
        row,
        {
            "session_id": linked.parents[row],
            "from_role": record.from_role,
            "external_id": record.rating_id,
            "value": record.rating,
            "rated_at": record.created_at,
        },
        text=_words(record, linked.beside[row]),
    )


def _words(record: RatingRow, session: Mapping[str, Any]) -> StagedText | None:
    if record.feedback_text is None:
        return None
    author: UUID = session[f"{record.from_role}_id"]
    return StagedText(record.feedback_text, author, record.created_at)


KINTELL_RATINGS = Dataset(
    name="kintell-ratings",
    title="Ratings of Kintell sessions; those of sessions that are not there yet wait for them",
    fields=FIELDS,
    key=("session_id", "from_role"),
    record=record,
    targets=(Target(GIVEN_RATINGS, stage_rating),),
    parent=Parent(
        SESSIONS,
        title="session",
        name=lambda row: ById(row.session_id),
        fields=lambda row: "session_id",
        people=("participant_id", "volunteer_id"),
        since="scheduled_at",
        missing=Missing.HOLD,
    ),
    for_company=OwnRows.NONE,
)
