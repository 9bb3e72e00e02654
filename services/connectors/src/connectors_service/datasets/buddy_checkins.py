"""How a match is doing, asked from time to time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

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
from event_contracts.buddy import CheckinCompleted
from event_contracts.vocabulary import FactType, Mood
from shared_schema.tables.program import BuddyCheckin

FIELDS = (
    *MATCH_FIELDS,
    Field("checkin_date", rule.DAY, "When it was", "2026-02-15", True),
    Field("mood", rule.one_of(Mood), "How the participant is", "good"),
    Field("notes", rule.text(5000), "What the participant said", "I know my neighbours now."),
    Field("question_responses", rule.json_up_to(5000), "Answers as JSON", '{"met": "twice"}'),
)


@dataclass(frozen=True, slots=True)
class CheckinRow:
    """A check-in as a row states it."""

    match_id: str | None
    participant_email: str | None
    buddy_email: str | None
    checkin_date: date
    mood: Mood | None
    notes: str | None
    question_responses: Any

    @property
    def day(self) -> date:
        """The day of the check-in."""
        return self.checkin_date


def record(values: Values, file: FileFacts) -> CheckinRow:
    """Build the record of a row."""
    return CheckinRow(**values)


def breaches(values: Values, file: FileFacts) -> Iterable[Breach]:
    """Yield what is wrong between the fields of a check-in."""
    return nameless(values)


CHECKINS = FactTable(
    FactType.BUDDY_CHECKIN,
    BuddyCheckin,
    key=("match_id", "checked_in_on", "nth"),
    columns=("match_id", "checked_in_on", "nth", "mood"),
    told=Told(CheckinCompleted, beside=BESIDE_MATCH),
    id_column="checkin_id",
    fed_by={"mood": "mood", "text_id": "notes"},
    text_field="notes",
    details={"question_responses": "question_responses"},
)


def stage_checkin(row: int, record: CheckinRow, linked: Linked) -> StagedFact:
    """Stage the check-in, its notes as the participant's words."""
    return StagedFact(
        row,
        {
            "match_id": linked.parents[row],
            "checked_in_on": record.checkin_date,
            "nth": linked.nth.get(row, 1),
            "mood": record.mood,
        },
        text=_notes(record, linked, row),
        details={"question_responses": record.question_responses},
    )


def _notes(record: CheckinRow, linked: Linked, row: int) -> StagedText | None:
    if record.notes is None:
        return None
    at = datetime.combine(record.checkin_date, time.min, UTC)
    return StagedText(record.notes, linked.beside[row]["participant_id"], at)


BUDDY_CHECKINS = Dataset(
    name="buddy-checkins",
    title="How matches are doing (a weak key: equal rows are counted in their order)",
    fields=FIELDS,
    key=("match_id", "checkin_date"),
    else_key=("participant_email", "buddy_email", "checkin_date"),
    weak=True,
    record=record,
    breaches=breaches,
    targets=(Target(CHECKINS, stage_checkin),),
    parent=MATCH,
    for_company=OwnRows.NONE,
    emails=emails_of,
)
