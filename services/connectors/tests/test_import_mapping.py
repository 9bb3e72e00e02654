"""Mappings are checked at start, and matched with a header by stated rules."""

from contextlib import closing
from dataclasses import fields as record_fields
from typing import Any

import pytest

from connectors_service.datasets.base import FileFacts
from connectors_service.datasets.catalogue import DATASETS, dataset_named
from connectors_service.errors import (
    BrokenMappingError,
    DuplicateColumnError,
    MissingColumnsError,
    UnknownMappingError,
    UnsupportedOptionError,
)
from connectors_service.mapping.catalogue import known_headers, mapping_for, parse, shipped
from connectors_service.mapping.plan import Plan, plan_for
from connectors_service.mapping.rows import Accepted, RowReader
from connectors_service.reading.inspection import Inspector
from connectors_service.reading.limits import UNLIMITED

REQUIRED = ("session_id", "participant_email", "volunteer_email", "scheduled_at")
MAPPING = """
name: odd-sessions
version: 2
dataset: kintell-sessions
description: A partner who writes dates the American way, in New York.
time_zone: America/New_York
date_order: month_first
columns:
  session_id: {headers: [Nr]}
  participant_email: {headers: [Learner]}
  volunteer_email: {headers: [Mentor]}
  scheduled_at: {headers: [When]}
  session_type:
    headers: [Kind]
    values: {Talk: language, Advice: mentorship}
"""


def sessions(headers: tuple[str, ...], filename: str = "", program: str | None = None) -> Plan:
    dataset = dataset_named("kintell-sessions")
    return plan_for(dataset, mapping_for("kintell-sessions", None), headers, filename, program)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("dataset: kintell-sessions", "dataset: nothing"), "no dataset is called nothing"),
        (("  session_id: {headers: [Nr]}\n", ""), "required field session_id"),
        (("  session_type:", "  surprise:"), "has no field surprise"),
        (("Talk: language", "Talk: cooking"), "'talk' is mapped to 'cooking'"),
        (("America/New_York", "America/Atlantis"), "time_zone"),
        (("month_first", "sideways"), "date_order"),
        (("version: 2", "version: 0"), "version"),
        (("name: odd-sessions", "name: Odd Sessions"), "name"),
        (("headers: [Nr]", "headers: []"), "session_id"),
        (("columns:", "columns: ["), ""),
        (("version: 2", "version: 2\nsurprise: 1"), "surprise"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_by_name(
    change: tuple[str, str], problem: str
) -> None:
    with pytest.raises(BrokenMappingError) as refused:
        parse("odd.yaml", MAPPING.replace(*change))

    assert "odd.yaml" in str(refused.value)
    assert problem in str(refused.value)


def test_a_mapping_states_zone_order_and_words() -> None:
    mapping = parse("odd.yaml", MAPPING)
    plan = plan_for(
        dataset_named("kintell-sessions"), mapping, ("Nr", "Learner", "Mentor", "When", "Kind")
    )

    judged = RowReader(plan).judge(2, ["1", "a@b.example", "c@d.example", "03/04/2025", "ADVICE"])

    assert isinstance(judged, Accepted)
    assert judged.record.scheduled_at.isoformat() == "2025-03-04T05:00:00+00:00"
    assert judged.record.session_type == "mentorship"


def test_every_shipped_mapping_feeds_only_what_its_dataset_has() -> None:
    assert {mapping.dataset for mapping in shipped().values()} == set(DATASETS)
    assert {"volunteeremail", "mentoremail", "date"} <= known_headers("kintell-sessions")


def test_every_field_of_a_dataset_is_part_of_its_record() -> None:
    for dataset in DATASETS.values():
        hints = dataset.record.__annotations__["return"]
        names = {field.name for field in record_fields(hints)}
        assert {field.name for field in dataset.fields} == names


@pytest.mark.parametrize(("name", "version"), [("nobody-s", None), (None, "99")])
def test_an_unknown_mapping_names_the_known_ones(name: str | None, version: str | None) -> None:
    with pytest.raises(UnknownMappingError) as refused:
        mapping_for("companies", name, version)

    assert refused.value.extra == {"mappings": ["companies"]}


def test_columns_are_found_in_any_order_and_spelling() -> None:
    plan = sessions(("Scheduled At", "mentor-email", "SESSION ID", "participantEmail", "Mood"))

    found = {feed.field: (feed.index, feed.header) for feed in plan.feeds}
    assert found == {
        "session_id": (2, "SESSION ID"),
        "participant_email": (3, "participantEmail"),
        "volunteer_email": (1, "mentor-email"),
        "scheduled_at": (0, "Scheduled At"),
    }
    assert plan.extra == (("Mood", 4),)


def test_one_column_may_feed_two_fields_unless_a_better_one_is_there() -> None:
    older = sessions((*REQUIRED[:3], "date"))
    both = sessions((*REQUIRED, "date", "completed_at"))

    assert {"scheduled_at", "completed_at"} <= older.present
    assert {feed.header for feed in both.feeds} == {*REQUIRED, "completed_at"}
    assert both.extra == (("date", 4),)


@pytest.mark.parametrize("absent", REQUIRED)
def test_a_required_column_that_is_absent_is_named(absent: str) -> None:
    with pytest.raises(MissingColumnsError) as refused:
        sessions(tuple(name for name in REQUIRED if name != absent))

    assert refused.value.extra == {"columns": [absent]}


def test_a_known_column_that_stands_twice_is_refused_and_an_unknown_one_is_not() -> None:
    with pytest.raises(DuplicateColumnError):
        sessions((*REQUIRED, "Session-ID"))

    assert sessions((*REQUIRED, "note", "note")).extra == (("note", 4), ("note", 5))


def test_a_programme_that_a_dataset_does_not_have_is_refused() -> None:
    with pytest.raises(UnsupportedOptionError):
        sessions(REQUIRED, program="upskilling")


@pytest.mark.parametrize(
    ("headers", "filename", "program", "expected"),
    [
        (("language_level",), "", None, ("language", None)),
        (("metadata",), "mentors.csv", None, ("language", "mentorship")),
        (("focus_area",), "language-for-ukraine-2024-11.csv", None, ("mentorship", "language")),
        (("focus_area", "language_level"), "", "language", (None, "language")),
        ((), "kintell-mentorship-export.csv", "language", (None, "mentorship")),
        ((), "export.csv", None, (None, None)),
        ((), "language-and-mentoring.csv", "language", (None, "language")),
    ],
)
def test_headers_speak_before_the_file_name_and_that_before_the_uploader(
    headers: tuple[str, ...],
    filename: str,
    program: str | None,
    expected: tuple[str | None, str | None],
) -> None:
    told: FileFacts = sessions((*REQUIRED, *headers), filename, program).file

    assert (told.by_headers, told.otherwise) == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "a@b.example", "c@d.example", "2026-01-01"], True),
        (["1", "a@b.example", "c@d.example", "2026-01-01", "", " "], True),
        (["1", "a@b.example", "c@d.example", "2026-01-01", "x"], False),
        (["1", "a@b.example", "c@d.example"], False),
    ],
)
def test_cells_beyond_the_header_are_ragged_unless_empty(cells: list[str], expected: Any) -> None:
    judged = RowReader(sessions(REQUIRED, program="language")).judge(2, cells)

    assert isinstance(judged, Accepted) is expected


def test_a_file_of_refused_rows_is_known_by_its_own_columns_in_any_language() -> None:
    content = (
        "Sitzungs-ID,Name Teilnehmer,Beginn,Status,row,reasons\n"
        'K-3,Oksana B,15.01.2026 17:30,abgesagt,7,"Status says cancelled, but completed_at is"\n'
    )
    with closing(Inspector(known_headers("kintell-sessions"), UNLIMITED)) as inspector:
        inspector.feed(content.encode())

        dialect = inspector.finish().dialect

    assert (dialect.delimiter, dialect.header_row) == (",", 1)
