"""Who is whose buddy, and how a row of the other buddy files names such a match."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connectors_service.datasets.base import Breach, Field, FileFacts, Values
from connectors_service.datasets.facts import Beside, FactTable, Linked, StagedFact, Told
from connectors_service.datasets.parents import ById, ByPair, ParentName
from connectors_service.rules import rule
from connectors_service.rules.codes import Code
from event_contracts.buddy import MatchCreated
from event_contracts.vocabulary import FactType, MatchStatus
from shared_schema.tables.program import BuddyMatch

FIELDS = (
    Field("match_id", rule.key(200), "The partner's id; empty: the next three say", "BM-2026-001"),
    Field("participant_email", rule.EMAIL, "Who is accompanied", "anna@example.org", True),
    Field("buddy_email", rule.EMAIL, "Who accompanies", "tom@acme.example", True),
    Field("matched_at", rule.MOMENT, "When they were matched", "2026-01-15T10:00:00Z", True),
    Field("status", rule.one_of(MatchStatus), "Empty: active", "active"),
    Field("language", rule.LANGUAGE, "What they speak together", "English"),
    Field("interests", rule.word_list(2000), "What they share", "hiking,cooking"),
    Field("location", rule.text(200), "Where they meet", "Oslo"),
)


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A match as a row states it."""

    match_id: str | None
    participant_email: str
    buddy_email: str
    matched_at: datetime
    status: MatchStatus
    language: str | None
    interests: list[str] | None
    location: str | None


def breaches(values: Values, file: FileFacts) -> Iterator[Breach]:
    """Yield what is wrong between the fields of a match."""
    buddy = values["buddy_email"]
    if buddy is not None and buddy == values["participant_email"]:
        yield Breach("buddy_email", Code.CONTRADICTION, "is the participant's own address")


def record(values: Values, file: FileFacts) -> MatchRow:
    """Build the record of a row."""
    return MatchRow(**values)


MATCHES = FactTable(
    FactType.BUDDY_MATCH,
    BuddyMatch,
    key=("match_id",),
    columns=("external_id", "participant_id", "buddy_id", "matched_at", "status", "language"),
    told=Told(MatchCreated),
    id_column="match_id",
    fed_by={"external_id": "match_id", "status": "status", "language": "language"},
    details={"interests": "interests", "location": "location"},
    people=("participant_id", "buddy_id"),
    other_key=("participant_id", "buddy_id", "matched_at"),
)
BESIDE_MATCH = Beside(MATCHES, "match_id", ("participant_id", "buddy_id"))


def stage_match(row: int, record: MatchRow, linked: Linked) -> StagedFact:
    """Stage the match."""
    return StagedFact(
        row,
        {
            "external_id": record.match_id,
            "participant_id": linked.people[record.participant_email],
            "buddy_id": linked.people[record.buddy_email],
            "matched_at": record.matched_at,
            "status": record.status,
            "language": record.language,
        },
        details={"interests": record.interests, "location": record.location},
    )


def names_of(record: MatchRow) -> tuple[ParentName, ...]:
    """Return what rows that hang on the match may have named it by."""
    pair = ByPair(record.participant_email, record.buddy_email, record.matched_at.date())
    return (ById(record.match_id), pair) if record.match_id else (pair,)
