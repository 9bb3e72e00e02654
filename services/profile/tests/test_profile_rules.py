"""The rule table is data: checked at start, and the same whatever order facts come in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
import yaml

from profile_service.facts import FactRow
from profile_service.rules import RULES_FILE, RuleTable, load_rules

PERSON, OTHER = UUID(int=1), UUID(int=2)
DAY = datetime(2026, 3, 1, tzinfo=UTC)
RULES = load_rules()


def fact(number: int, fact_type: str, after: int = 0, **state: Any) -> FactRow:
    return FactRow(
        fact_type=fact_type,
        fact_id=UUID(int=100 + number),
        revision=1,
        event_id=UUID(int=200 + number),
        event_type=f"{fact_type}.v1",
        participant_id=PERSON,
        volunteer_id=OTHER,
        occurred_at=DAY + timedelta(days=after),
        state=state,
    )


def session(number: int, after: int = 0, **state: Any) -> FactRow:
    return fact(number, "kintell_session", after, **state)


def flags(*facts: FactRow) -> dict[str, Any]:
    held = RULES.strongest(RULES.settings(facts))
    return {flag: setting.value for (person, flag), setting in held.items() if person == PERSON}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (fact(1, "buddy_match", status="active"), {"is_buddy_matched": True}),
        (fact(1, "buddy_match", status="inactive"), {}),
        (fact(1, "buddy_match", status="ended"), {}),
        (fact(1, "buddy_checkin"), {"has_buddy_checkin": True}),
        (
            session(1, session_type="language", status="completed"),
            {"has_completed_language": True},
        ),
        (session(1, session_type="language", status="scheduled"), {}),
        (session(1, session_type="language", status="no_show"), {}),
        (session(1, session_type="mentorship", status="completed"), {"has_mentor_session": True}),
        (session(1, session_type="mentorship", status="cancelled"), {}),
        (
            session(1, session_type="language", status="scheduled", language_level="B1"),
            {"language_level": "B1"},
        ),
        (fact(1, "learning_progress", status="completed"), {"has_completed_course": True}),
        (fact(1, "learning_progress", status="in_progress"), {}),
        (fact(1, "credential"), {"has_credential": True}),
        (fact(1, "enrollment", status="completed"), {}),
    ],
)
def test_a_fact_sets_the_flags_that_it_speaks_for(given: FactRow, expected: dict[str, Any]) -> None:
    assert flags(given) == expected


def test_a_flag_holds_since_the_earliest_fact_and_names_its_event() -> None:
    facts = [session(n, after=n, session_type="language", status="completed") for n in (3, 1, 2)]

    held = RULES.strongest(RULES.settings(facts))

    setting = held[(PERSON, "has_completed_language")]
    assert setting.since == DAY + timedelta(days=1)
    assert setting.event_id == UUID(int=201)


def test_a_level_is_the_latest_one_stated() -> None:
    stated = [
        session(1, after=1, session_type="language", status="completed", language_level="A1"),
        session(2, after=9, session_type="language", status="completed", language_level="B1"),
        session(3, after=12, session_type="language", status="completed"),
        session(4, after=5, session_type="language", status="completed", language_level="A2"),
    ]

    assert flags(*stated)["language_level"] == "B1"


def test_facts_of_one_moment_are_told_apart_in_any_order() -> None:
    stated = [
        session(n, session_type="language", status="completed", language_level=level)
        for n, level in enumerate(("A1", "B2", "C1", "A2"))
    ]
    random = Random(3)

    held = [RULES.strongest(RULES.settings(random.sample(stated, len(stated)))) for _ in range(20)]

    assert all(one == held[0] for one in held)


def test_a_volunteer_does_not_take_the_participants_journey() -> None:
    settings = RULES.settings([session(1, session_type="language", status="completed")])

    assert {setting.person_id for setting in settings} == {PERSON}


def test_a_retracted_or_undated_fact_says_nothing() -> None:
    gone = FactRow(
        "credential", UUID(int=1), 2, UUID(int=2), "x.v1", PERSON, None, DAY, {}, retracted=True
    )
    undated = FactRow("credential", UUID(int=1), 2, UUID(int=2), "x.v1", PERSON, None, None, {})

    assert flags(gone, undated) == {}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"fact": "session"}, "fact"),
        ({"takes": "sometimes"}, "takes"),
        ({"where": {"mood": ["good"]}}, "no field mood"),
        ({"takes": "latest"}, "`latest` needs a `value`"),
        ({"values": ["A1"]}, "`first` has neither"),
        ({"value": "language_level"}, "`first` has neither"),
        ({"flag": "Has Spaces"}, "flag"),
        ({"when": "often"}, "when"),
    ],
)
def test_a_mistake_in_the_table_stops_the_start(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    table = yaml.safe_load(RULES_FILE.read_text())
    table["rules"][2] |= change
    broken = tmp_path / "journey.yaml"
    broken.write_text(yaml.safe_dump(table))

    with pytest.raises(ValueError, match=reason):
        load_rules(broken)


def test_a_flag_has_one_rule() -> None:
    rule = RULES.rules[0]

    with pytest.raises(ValueError, match="two rules"):
        RuleTable(version=1, rules=(rule, rule))
