"""What buddies did together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

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
from event_contracts.buddy import BuddyEventLogged
from event_contracts.vocabulary import FactType
from shared_schema.tables.program import BuddyEvent

FIELDS = (
    *MATCH_FIELDS,
    Field("event_type", rule.SLUG, "hangout, activity, workshop …", "hangout", True),
    Field("event_date", rule.MOMENT, "When it was", "2026-02-10T17:00:00Z", True),
    Field("duration_minutes", rule.MINUTES, "How long it took", "90"),
    Field("description", rule.text(5000), "What they did", "We cooked together."),
    Field("location", rule.text(200), "Where it was", "Oslo"),
    Field("attendees", rule.word_list(5000), "Who else came"),
)


@dataclass(frozen=True, slots=True)
class EventRow:
    """A buddy event as a row states it."""

    match_id: str | None
    participant_email: str | None
    buddy_email: str | None
    event_type: str
    event_date: datetime
    duration_minutes: int | None
    description: str | None
    location: str | None
    attendees: list[str] | None

    @property
    def day(self) -> date:
        """The day of the event."""
        return self.event_date.date()


def record(values: Values, file: FileFacts) -> EventRow:
    """Build the record of a row."""
    return EventRow(**values)


def breaches(values: Values, file: FileFacts) -> Iterable[Breach]:
    """Yield what is wrong between the fields of an event."""
    return nameless(values)


EVENTS = FactTable(
    FactType.BUDDY_EVENT,
    BuddyEvent,
    key=("match_id", "event_type", "occurred_at", "nth"),
    columns=("match_id", "event_type", "occurred_at", "nth", "duration_minutes"),
    told=Told(BuddyEventLogged, beside=BESIDE_MATCH),
    id_column="buddy_event_id",
    fed_by={"duration_minutes": "duration_minutes", "text_id": "description"},
    text_field="description",
    details={"location": "location", "attendees": "attendees"},
)


def stage_event(row: int, record: EventRow, linked: Linked) -> StagedFact:
    """Stage the event; nobody says who of the two described it."""
    body = record.description
    return StagedFact(
        row,
        {
            "match_id": linked.parents[row],
            "event_type": record.event_type,
            "occurred_at": record.event_date,
            "nth": linked.nth.get(row, 1),
            "duration_minutes": record.duration_minutes,
        },
        text=StagedText(body, None, record.event_date) if body else None,
        details={"location": record.location, "attendees": record.attendees},
    )


BUDDY_EVENTS = Dataset(
    name="buddy-events",
    title="What buddies did together (a weak key: equal rows are counted in their order)",
    fields=FIELDS,
    key=("match_id", "event_type", "event_date"),
    else_key=("participant_email", "buddy_email", "event_type", "event_date"),
    weak=True,
    record=record,
    breaches=breaches,
    targets=(Target(EVENTS, stage_event),),
    parent=MATCH,
    for_company=OwnRows.NONE,
    emails=emails_of,
)
