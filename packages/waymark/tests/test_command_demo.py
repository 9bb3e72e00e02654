"""The demo's sentences are true only if they are true."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from waymark.demo.expected import (
    ExpectedFigures,
    ExpectedPerson,
    busiest_quarter,
    expected_figures,
    expected_people,
    is_sent,
    quarter_of,
)
from waymark.demo.statements import (
    about_company,
    about_concerns,
    about_file,
    about_profile,
    about_tenancy,
)
from waymark.imports import Report
from waymark.sample import Manifest, SampleFile, generate

FILE = SampleFile("kintell-sessions", Path("sessions.csv"), 10, Counter(E001=2))
ROWS = {"read": 10, "created": 5, "updated": 1, "unchanged": 2, "refused": 2, "held": 0}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return generate(tmp_path_factory.mktemp("demo"), seed=3)


def report(errors: dict[str, int], **rows: int) -> Report:
    return Report({"status": "completed", "rows": {**ROWS, **rows}}, Counter(errors))


def test_a_file_whose_rows_all_add_up_is_true() -> None:
    assert all(each.ok for each in about_file(FILE, report({"E001": 2})))


@pytest.mark.parametrize(
    ("errors", "rows"),
    [
        ({"E001": 2}, {"read": 9}),
        ({"E001": 2}, {"created": 4}),
        ({"E001": 1, "E002": 1}, {}),
        ({"E001": 1}, {}),
        ({"E001": 2, "E009": 1}, {}),
    ],
)
def test_a_lost_row_or_another_code_is_not_true(
    errors: dict[str, int], rows: dict[str, int]
) -> None:
    assert not all(each.ok for each in about_file(FILE, report(errors, **rows)))


PERSON = ExpectedPerson("anna@mail.example", Counter(language=3), Counter(language=180), level="B1")
PROFILE: dict[str, Any] = {
    "flags": {"has_completed_language": {"value": True}, "language_level": {"value": "B1"}},
    "sessions": {"language": {"completed": 3, "scheduled": 1, "minutes": 180}},
}


def test_a_profile_that_says_what_was_sent_has_no_difference() -> None:
    assert about_profile(PERSON, PROFILE) == []


@pytest.mark.parametrize(
    "change",
    [
        {"flags": {"language_level": {"value": "B1"}}},
        {"flags": {"has_completed_language": {"value": True}}},
        {"flags": PROFILE["flags"] | {"has_mentor_session": {"value": True}}},
        {"sessions": {"language": {"completed": 4, "minutes": 180}}},
        {"sessions": {"language": {"completed": 3, "minutes": 181}}},
        {"buddy": {"matches": 1}},
        {"learning": {"credentials": 1}},
        {"sessions": {}},
    ],
)
def test_every_difference_of_a_profile_is_named_without_the_person(change: dict[str, Any]) -> None:
    differences = about_profile(PERSON, PROFILE | change)

    assert len(differences) == 1
    assert PERSON.email not in differences[0]


@pytest.mark.parametrize(
    ("sessions", "hours", "true"),
    [(7, 6.5, True), (8, 6.5, False), (7, 6.6, False), (7, None, False)],
)
def test_a_companys_counts_are_compared(sessions: int, hours: float | None, true: bool) -> None:
    metrics = {"sessions_completed": {"value": sessions}, "volunteer_hours": {"value": hours}}

    said = list(about_company("Acme", ExpectedFigures(4, 4.5), ExpectedFigures(3, 2), metrics))

    assert all(each.ok for each in said) is true


@pytest.mark.parametrize(("satisfaction", "true"), [(0.75, True), (1.214174, False), (None, False)])
def test_satisfaction_is_compared_by_value(satisfaction: float | None, true: bool) -> None:
    counts = {"sessions_completed": {"value": 4}, "volunteer_hours": {"value": 4.5}}
    metrics = counts | {"satisfaction": {"value": satisfaction}}

    said = list(
        about_company("Acme", ExpectedFigures(4, 4.5, 0.75), ExpectedFigures(0, 0), metrics)
    )

    assert all(each.ok for each in said) is true


@pytest.mark.parametrize(
    ("flagged", "shown", "true"),
    [
        (["s1", "s2"], {"f1": "help"}, True),
        (["s1"], {"f1": "help"}, False),
        (["s1", "s2"], {}, False),
        (["s1", "s2"], {"f1": "words of someone else"}, False),
    ],
)
def test_worrying_texts_are_flagged_and_undecided_ones_are_shown_with_their_words(
    flagged: list[str], shown: dict[str, str], true: bool
) -> None:
    said = list(about_concerns(["s1", "s2"], flagged, {"f1": "help"}, shown))

    assert all(each.ok for each in said) is true
    assert not any("help" in each.text + each.but for each in said)


@pytest.mark.parametrize(("other", "true"), [(404, True), (200, False), (403, False)])
def test_another_companys_figures_must_look_absent(other: int, true: bool) -> None:
    own, foreign = UUID(int=1), UUID(int=2)

    said = list(about_tenancy(own, {str(own): 200, str(foreign): other}))

    assert all(each.ok for each in said) is true


def test_expectations_follow_the_sessions_one_by_one(manifest: Manifest) -> None:
    people = expected_people(manifest)
    completed = sum(each.status == "completed" for each in manifest.sessions)

    assert sum(person.completed.total() for person in people.values()) == completed

    quarter = busiest_quarter(manifest)
    before = expected_figures(manifest, quarter)
    kept = [each for each in manifest.sessions if each.status != "completed"]
    assert any(figures.sessions_completed for figures in before.values())
    nothing = replace(manifest, sessions=tuple(kept), matches=())
    assert {*expected_figures(nothing, quarter).values()} == {ExpectedFigures(0, 0.0)}
    buddies = replace(manifest, sessions=tuple(kept))
    minutes = sum(
        deed.minutes or 0
        for match in manifest.matches
        if match.volunteer.company
        for deed in match.deeds
        if quarter_of(deed.at) == quarter
    )
    hours = sum(each.volunteer_hours for each in expected_figures(buddies, quarter).values())
    assert hours == pytest.approx(minutes / 60)
    assert hours > 0


def test_buddies_and_courses_are_expected_in_profiles(manifest: Manifest) -> None:
    people = expected_people(manifest).values()

    assert sum(each.buddy["matches"] for each in people) == len(manifest.matches)
    assert sum(each.buddy["events"] for each in people) == sum(
        len(each.deeds) for each in manifest.matches
    )
    assert sum(each.learning["completed"] for each in people) == len(manifest.courses)
    assert {each.flags["has_credential"] for each in people} == {True, False}


def test_sessions_of_the_old_export_are_sent_only_if_completed(manifest: Manifest) -> None:
    unsent = [each for each in manifest.sessions if not is_sent(each)]

    assert all(each.status != "completed" for each in unsent)
