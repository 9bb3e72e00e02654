"""What an event says, as one row a fact: whole states that may arrive in any order, any often."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from event_contracts import (
    Envelope,
    Event,
    ExternalIdLinked,
    Fact,
    FactRetracted,
    ScoreOverridden,
    ScoreRecorded,
    ScoreRetracted,
)
from event_contracts.vocabulary import FactType, RetractionReason
from shared_utils.attribution import COUNTED_TYPES, PROGRAMS

Json = Any  # a value that came out of JSON: str, int, float, bool, None, list or dict

SCORE = "outcome_score"
SCORE_OVERRIDE = "score_override"
ABOVE_ALL = 2**31 - 1
"""The revision of an erasure's tombstone: nothing that arrives later brings the fact back."""

KEPT_ELSEWHERE = {"revision", "participant_id", "volunteer_id", "buddy_id", "person_id"}

SECTIONS = {
    FactType.KINTELL_SESSION: "sessions",
    FactType.KINTELL_RATING: "ratings",
    FactType.BUDDY_MATCH: "buddy",
    FactType.BUDDY_EVENT: "buddy",
    FactType.BUDDY_CHECKIN: "buddy",
    FactType.BUDDY_FEEDBACK: "buddy",
    FactType.LEARNING_PROGRESS: "learning",
    FactType.CREDENTIAL: "learning",
    FactType.ENROLLMENT: "enrollments",
    FactType.PLATFORM_ACCOUNT: "external_ids",
    SCORE: "outcomes",
    SCORE_OVERRIDE: "outcomes",
}
"""The part of a profile that a fact of this type changes."""


@dataclass(frozen=True, slots=True)
class FactRow:
    """One state of one fact, with the event that carried it; people are source persons."""

    fact_type: str
    fact_id: UUID
    revision: int
    event_id: UUID
    event_type: str
    participant_id: UUID | None
    volunteer_id: UUID | None
    occurred_at: datetime | None
    state: dict[str, Json]
    retracted: bool = False

    @property
    def key(self) -> tuple[str, UUID]:
        return self.fact_type, self.fact_id

    @property
    def rank(self) -> tuple[int, bool, int]:
        """Of two states the greater holds: revision, then tombstone, then the smaller event id."""
        return self.revision, self.retracted, -self.event_id.int

    @property
    def counts(self) -> bool:
        """Whether the fact can count for a company: a deed that stands, at a known time."""
        known = self.fact_type in COUNTED_TYPES and self.occurred_at is not None
        return known and not self.retracted

    @property
    def program(self) -> str:
        """The programme of a fact that can count; sessions and ratings name it themselves."""
        return PROGRAMS.get(FactType(self.fact_type)) or str(self.state["session_type"])


def fact_row(event: Envelope[Event]) -> FactRow | None:
    """The row that the event writes; None where it speaks of no fact."""
    data = event.data
    if isinstance(data, Fact):
        return _stated(event, data)
    if isinstance(data, FactRetracted):
        return _retracted(event, data)
    if isinstance(data, ExternalIdLinked):
        return _linked(event, data)
    if isinstance(data, ScoreRecorded):
        return _scored(event, data)
    if isinstance(data, ScoreRetracted):
        return _unscored(event, data)
    return _overridden(event, data) if isinstance(data, ScoreOverridden) else None


def newest(rows: Iterable[FactRow]) -> list[FactRow]:
    """One row a fact, the one that holds."""
    kept: dict[tuple[str, UUID], FactRow] = {}
    for row in rows:
        known = kept.get(row.key)
        if known is None or known.rank < row.rank:
            kept[row.key] = row
    return list(kept.values())


def fact_rows(events: Sequence[Envelope[Event]]) -> list[FactRow]:
    """The rows that these events leave behind."""
    return newest(row for event in events if (row := fact_row(event)))


def _stated(event: Envelope[Event], fact: Fact) -> FactRow:
    return FactRow(
        fact_type=fact.fact_type,
        fact_id=fact.fact_id,
        revision=fact.revision,
        event_id=event.id,
        event_type=event.type,
        participant_id=fact.fact_participant_id,
        volunteer_id=fact.fact_volunteer_id,
        occurred_at=fact.fact_occurred_at,
        state=_state(fact, exclude={fact.subject_field}),
    )


def _retracted(event: Envelope[Event], gone: FactRetracted) -> FactRow:
    return FactRow(
        fact_type=gone.fact_type,
        fact_id=gone.fact_id,
        revision=ABOVE_ALL if gone.reason == RetractionReason.ERASURE else gone.revision,
        event_id=event.id,
        event_type=event.type,
        participant_id=gone.participant_id,
        volunteer_id=gone.volunteer_id,
        occurred_at=event.time,
        state={},
        retracted=True,
    )


def _linked(event: Envelope[Event], link: ExternalIdLinked) -> FactRow | None:
    if link.kind is None:
        return None
    as_volunteer = link.kind == "volunteer"
    return FactRow(
        fact_type=FactType.PLATFORM_ACCOUNT,
        fact_id=link.link_id,
        revision=link.revision,
        event_id=event.id,
        event_type=event.type,
        participant_id=None if as_volunteer else link.person_id,
        volunteer_id=link.person_id if as_volunteer else None,
        occurred_at=event.time,
        state=_state(link, exclude={"previous_person_id"}),
    )


def _scored(event: Envelope[Event], score: ScoreRecorded) -> FactRow:
    return FactRow(
        fact_type=SCORE,
        fact_id=score.score_id,
        revision=1,
        event_id=event.id,
        event_type=event.type,
        participant_id=score.person_id,
        volunteer_id=None,
        occurred_at=score.occurred_at,
        state=_state(score, exclude={"score_id"}),
    )


def _unscored(event: Envelope[Event], gone: ScoreRetracted) -> FactRow:
    return FactRow(
        fact_type=SCORE,
        fact_id=gone.score_id,
        revision=2,
        event_id=event.id,
        event_type=event.type,
        participant_id=gone.person_id,
        volunteer_id=None,
        occurred_at=event.time,
        state={},
        retracted=True,
    )


def _overridden(event: Envelope[Event], override: ScoreOverridden) -> FactRow:
    return FactRow(
        fact_type=SCORE_OVERRIDE,
        fact_id=override.override_id,
        revision=1,
        event_id=event.id,
        event_type=event.type,
        participant_id=override.person_id,
        volunteer_id=None,
        occurred_at=event.time,
        state=_state(override, exclude={"override_id", "reviewer_id"}),
    )


def _state(event: Event, exclude: set[str]) -> dict[str, Json]:
    return event.model_dump(mode="json", exclude=KEPT_ELSEWHERE | exclude, exclude_none=True)
