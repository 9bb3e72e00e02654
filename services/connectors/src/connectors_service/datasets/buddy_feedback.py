"""How the two people of a match rated it, each with what they wrote."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from connectors_service.datasets.base import Breach, Dataset, Field, FileFacts, OwnRows, Values
from connectors_service.datasets.buddy_matches import BESIDE_MATCH
from connectors_service.datasets.facts import (
    FactTable,
    Linked,
    StagedFact,
    StagedText,
    Target,
    Told,
)
from connectors_service.datasets.of_match import MATCH, MATCH_FIELDS, emails_of, nameless
from connectors_service.rules import rule
from event_contracts.buddy import FeedbackSubmitted
from event_contracts.vocabulary import FactType
from shared_schema.tables.program import BuddyFeedback


class Side(StrEnum):
    """Who gives feedback on a match."""

    PARTICIPANT = "participant"
    BUDDY = "buddy"


FIELDS = (
    *MATCH_FIELDS,
    Field("from_role", rule.one_of(Side), "Who gives it", "participant", True),
    Field("rating", rule.RATING, "How good it is", "5", True),
    Field("feedback_text", rule.text(5000), "What they wrote", "She helps me a lot."),
    Field("submitted_at", rule.MOMENT, "When it was given", "2026-03-01T12:00:00Z", True),
    Field("communication", rule.RATING, "On the scale of the rating", "4"),
    Field("helpfulness", rule.RATING, "On the scale of the rating", "5"),
    Field("engagement", rule.RATING, "On the scale of the rating", "4"),
)


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """Feedback as a row states it."""

    match_id: str | None
    participant_email: str | None
    buddy_email: str | None
    from_role: Side
    rating: float
    feedback_text: str | None
    submitted_at: datetime
    communication: float | None
    helpfulness: float | None
    engagement: float | None

    @property
    def day(self) -> date:
        """The day of the feedback."""
        return self.submitted_at.date()


def record(values: Values, file: FileFacts) -> FeedbackRow:
    """Build the record of a row."""
    return FeedbackRow(**values)


def breaches(values: Values, file: FileFacts) -> Iterable[Breach]:
    """Yield what is wrong between the fields of feedback."""
    return nameless(values)


FEEDBACK = FactTable(
    FactType.BUDDY_FEEDBACK,
    BuddyFeedback,
    key=("match_id", "from_role", "submitted_at"),
    columns=(
        "match_id",
        "from_role",
        "submitted_at",
        "rating",
        "communication",
        "helpfulness",
        "engagement",
    ),
    told=Told(FeedbackSubmitted, beside=BESIDE_MATCH),
    id_column="feedback_id",
    fed_by={
        "communication": "communication",
        "helpfulness": "helpfulness",
        "engagement": "engagement",
        "text_id": "feedback_text",
    },
    text_field="feedback_text",
)


def stage_feedback(row: int, record: FeedbackRow, linked: Linked) -> StagedFact:
    """Stage the feedback, with its words as those of whoever gave it."""
    return StagedFact(
        row,
        {
            "match_id": linked.parents[row],
            "from_role": record.from_role,
            "submitted_at": record.submitted_at,
            "rating": record.rating,
            "communication": record.communication,
            "helpfulness": record.helpfulness,
            "engagement": record.engagement,
        },
        text=_words(record, linked, row),
    )


def _words(record: FeedbackRow, linked: Linked, row: int) -> StagedText | None:
    if record.feedback_text is None:
        return None
    author = linked.beside[row][f"{record.from_role}_id"]
    return StagedText(record.feedback_text, author, record.submitted_at)


BUDDY_FEEDBACK = Dataset(
    name="buddy-feedback",
    title="What the people of a match say about it",
    fields=FIELDS,
    key=("match_id", "from_role", "submitted_at"),
    else_key=("participant_email", "buddy_email", "from_role", "submitted_at"),
    record=record,
    breaches=breaches,
    targets=(Target(FEEDBACK, stage_feedback),),
    parent=MATCH,
    for_company=OwnRows.NONE,
    emails=emails_of,
)
