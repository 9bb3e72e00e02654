"""The events are the ones promised, frozen, and each knows its subject, its fact and its people."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from event_contracts import (
    FACTS,
    TEXT_FACTS,
    CheckinCompleted,
    ContractError,
    CourseCompleted,
    EnrollmentChanged,
    Event,
    Fact,
    ProgressUpdated,
    Registry,
    SessionCompleted,
    SessionScheduled,
    registry,
    wrap,
)
from event_contracts.docs.samples import sample
from event_contracts.vocabulary import FactType

PROMISED = [
    "buddy.checkin.completed.v1",
    "buddy.event.logged.v1",
    "buddy.feedback.submitted.v1",
    "buddy.match.created.v1",
    "companies.membership.changed.v1",
    "identity.consent.changed.v1",
    "identity.erasure.completed.v1",
    "identity.external_id.linked.v1",
    "identity.person.created.v1",
    "identity.person.erased.v1",
    "identity.person.merged.v1",
    "identity.person.unmerged.v1",
    "imports.import.completed.v1",
    "imports.import.undone.v1",
    "kintell.rating.created.v1",
    "kintell.session.completed.v1",
    "kintell.session.scheduled.v1",
    "metrics.period.computed.v1",
    "orchestration.journey.milestone.reached.v1",
    "orchestration.profile.updated.v1",
    "outcomes.score.overridden.v1",
    "outcomes.score.recorded.v1",
    "outcomes.score.retracted.v1",
    "program.enrollment.changed.v1",
    "program.fact.retracted.v1",
    "safety.flag.raised.v1",
    "safety.review.completed.v1",
    "safety.text.cleared.v1",
    "upskilling.course.completed.v1",
    "upskilling.credential.issued.v1",
    "upskilling.progress.updated.v1",
]

every_event = pytest.mark.parametrize("event", registry.values(), ids=lambda event: event.type)
every_fact = pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.type)


def test_every_promised_event_is_there() -> None:
    assert set(PROMISED) <= set(registry)


@every_event
def test_an_event_is_documented_and_knows_its_type_and_subject(event: type[Event]) -> None:
    made = sample(event).data

    assert event.__doc__
    assert registry[event.type] is event
    assert made.type == event.type
    assert made.subject == str(getattr(made, event.subject_field))


@every_event
def test_what_is_not_required_may_be_absent(event: type[Event]) -> None:
    """The wire leaves absent values out, so a field that takes None must default to it."""
    for field in event.model_fields.values():
        takes_none = type(None) in getattr(field.annotation, "__args__", ())
        assert not (takes_none and field.is_required())


@every_event
def test_an_event_and_its_envelope_are_frozen(event: type[Event]) -> None:
    envelope = sample(event)

    with pytest.raises(ValidationError):
        setattr(envelope.data, event.subject_field, uuid4())
    with pytest.raises(ValidationError):
        setattr(envelope, "id", uuid4())  # noqa: B010  # a plain assignment is refused by mypy


@every_fact
def test_a_fact_knows_its_kind_id_revision_and_moment(fact: type[Fact]) -> None:
    made = sample(fact).data
    assert isinstance(made, Fact)

    assert made.fact_type in FactType
    assert str(made.fact_id) == made.subject
    assert made.revision == 1
    assert made.fact_occurred_at is not None
    assert made.fact_occurred_at.tzinfo is UTC


@every_fact
def test_a_fact_names_its_people(fact: type[Fact]) -> None:
    made = sample(fact).data
    assert isinstance(made, Fact)
    said = made.model_dump()

    participant = said.get("participant_id") or said.get("person_id")
    volunteer = said.get("volunteer_id") or said.get("buddy_id")

    assert made.fact_participant_id == participant
    assert made.fact_volunteer_id == volunteer


def test_what_may_come_with_a_text_is_known() -> None:
    with_text = {fact for fact in FACTS if "text_id" in fact.model_fields}

    assert set(TEXT_FACTS) == with_text
    assert {fact.type.split(".")[0] for fact in with_text} == {"kintell", "buddy"}


@pytest.mark.parametrize(
    ("fact", "field", "moment"),
    [
        (SessionCompleted, "completed_at", datetime(2026, 3, 2, 17, 30, tzinfo=UTC)),
        (SessionScheduled, "scheduled_at", datetime(2026, 3, 2, 17, 30, tzinfo=UTC)),
        (CheckinCompleted, "checked_in_on", datetime(2026, 3, 2, tzinfo=UTC)),
        (CourseCompleted, "completed_at", datetime(2026, 3, 2, 17, 30, tzinfo=UTC)),
        (ProgressUpdated, "started_at", datetime(2026, 3, 2, 17, 30, tzinfo=UTC)),
        (EnrollmentChanged, "started_on", datetime(2026, 3, 2, tzinfo=UTC)),
    ],
)
def test_a_fact_counts_at_its_own_moment(fact: type[Fact], field: str, moment: datetime) -> None:
    elsewhere = datetime(2020, 1, 1, tzinfo=UTC)
    made = sample(fact).data
    others = {
        name: elsewhere for name, value in made if isinstance(value, datetime) and name != field
    }

    moved = made.model_copy(update=others)

    assert isinstance(moved, Fact)
    assert moved.fact_occurred_at == moment


def test_scheduled_and_completed_are_revisions_of_one_fact() -> None:
    assert SessionScheduled.fact_type is SessionCompleted.fact_type
    assert ProgressUpdated.fact_type is CourseCompleted.fact_type


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"type": "no.version", "about": "thing"}, "family"),
        ({"type": "No.Capitals.v1", "about": "thing"}, "family"),
        ({"type": "a.thing.v0", "about": "thing"}, "family"),
        ({"type": "a.thing.happened.v1"}, "about"),
        ({"type": "a.thing.happened.v1", "about": "another"}, "about"),
    ],
)
def test_a_wrong_declaration_fails_while_it_loads(arguments: dict[str, Any], word: str) -> None:
    with pytest.raises(ContractError, match=word):
        type(
            "Thing", (Event,), {"__annotations__": {"thing": int}}, registry=Registry(), **arguments
        )


def test_a_type_has_one_class() -> None:
    known = Registry()

    class Once(Event, type="a.thing.happened.v1", about="thing", registry=known):
        thing: int

    with pytest.raises(ContractError, match="twice"):
        known.add(Once)


def test_an_event_keeps_the_id_and_time_it_is_given() -> None:
    event, given, moment = sample(SessionCompleted).data, uuid4(), datetime(2026, 1, 1, tzinfo=UTC)

    envelope = wrap(event, source="connectors", correlation_id="c", id=given, time=moment)
    another = wrap(event, source="connectors", correlation_id="c")

    assert (envelope.id, envelope.time) == (given, moment)
    assert another.id.version == 7
    assert another.time.tzinfo is UTC
