"""An event becomes one row a fact, and of many states the same one always holds."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

from event_contracts import (
    Envelope,
    Event,
    ExternalIdLinked,
    FactRetracted,
    PersonCreated,
    ProgressUpdated,
    SessionCompleted,
    wrap,
)
from event_contracts.vocabulary import FactType, RetractionReason
from profile_service.facts import ABOVE_ALL, fact_row, fact_rows

SESSION, PERSON, VOLUNTEER = UUID(int=1), UUID(int=2), UUID(int=3)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def wrapped(event: Event, number: int = 9) -> Envelope[Event]:
    return wrap(event, source="connectors", correlation_id="test", id=UUID(int=number))


def completed(revision: int, number: int = 9, **more: Any) -> Envelope[Event]:
    fields: dict[str, Any] = {
        "session_id": SESSION,
        "revision": revision,
        "session_type": "language",
        "participant_id": PERSON,
        "volunteer_id": VOLUNTEER,
        "scheduled_at": NOON,
        "completed_at": NOON,
        "duration_minutes": 60,
    }
    return wrapped(SessionCompleted(**fields | more), number)


def retracted(revision: int, reason: str = "undo") -> Envelope[Event]:
    return wrapped(
        FactRetracted(
            fact_type=FactType.KINTELL_SESSION,
            fact_id=SESSION,
            revision=revision,
            reason=RetractionReason(reason),
        )
    )


def test_a_session_is_kept_without_its_people_in_the_state() -> None:
    row = fact_row(completed(3, language_level="B1"))

    assert row is not None
    assert row.key == ("kintell_session", SESSION)
    assert (row.participant_id, row.volunteer_id, row.occurred_at) == (PERSON, VOLUNTEER, NOON)
    assert row.state == {
        "session_type": "language",
        "status": "completed",
        "scheduled_at": "2026-03-10T12:00:00Z",
        "completed_at": "2026-03-10T12:00:00Z",
        "duration_minutes": 60,
        "language_level": "B1",
    }


def test_the_higher_revision_holds_in_any_order() -> None:
    events = [completed(1), completed(2, duration_minutes=30), completed(3, duration_minutes=45)]

    held = [fact_rows(order) for order in permutations(events)]

    assert all(rows == held[0] for rows in held)
    assert held[0][0].state["duration_minutes"] == 45


def test_a_tombstone_wins_at_its_revision_and_yields_to_a_later_state() -> None:
    assert [row.retracted for row in fact_rows([retracted(2), completed(2)])] == [True]
    assert [row.retracted for row in fact_rows([completed(2), retracted(2)])] == [True]
    assert [row.retracted for row in fact_rows([retracted(2), completed(3)])] == [False]


def test_what_was_erased_never_comes_back() -> None:
    rows = fact_rows([retracted(2, "erasure"), completed(70)])

    assert [(row.retracted, row.revision) for row in rows] == [(True, ABOVE_ALL)]


def test_one_revision_told_by_two_events_names_the_same_one_always() -> None:
    one, other = completed(2, number=5), completed(2, number=6)

    assert [row.event_id for row in fact_rows([one, other])] == [UUID(int=5)]
    assert [row.event_id for row in fact_rows([other, one])] == [UUID(int=5)]


def test_a_link_says_what_its_person_is() -> None:
    linked = ExternalIdLinked(person_id=PERSON, provider="kintell", revision=1, kind="volunteer")

    row = fact_row(wrapped(linked))

    assert row is not None
    assert (row.participant_id, row.volunteer_id) == (None, PERSON)


def test_what_states_no_fact_leaves_no_row() -> None:
    link = ExternalIdLinked(person_id=PERSON, provider="email", revision=1)
    created = PersonCreated(person_id=PERSON, status="provisional")

    assert fact_rows([wrapped(link), wrapped(created)]) == []


def test_a_deed_counts_if_it_stands_at_a_known_time() -> None:
    begun = ProgressUpdated(
        progress_id=SESSION, revision=1, person_id=PERSON, provider="ecornell", status="enrolled"
    )

    [row] = fact_rows([completed(1)])
    [gone] = fact_rows([retracted(1)])
    [undated] = fact_rows([wrapped(begun)])

    assert (row.counts, row.program) == (True, "language")
    assert not gone.counts
    assert not undated.counts
    assert undated.program == "upskilling"
