"""What a mapping may state, how its YAML is read, and what each statement does to a row."""

from typing import Any

import jsonschema
import pytest
import yaml

from connectors_service.datasets.catalogue import dataset_named
from connectors_service.mapping.catalogue import shipped, shipped_as
from connectors_service.mapping.definition import (
    MappingProblemsError,
    as_yaml,
    from_data,
    read,
    schema,
)
from connectors_service.mapping.model import Mapping
from connectors_service.mapping.plan import plan_for
from connectors_service.mapping.rows import Accepted, Refused, RowReader
from connectors_service.mapping.text import MOST_BYTES

OWN = """
name: oslo-enrollments
dataset: enrollments
description: What the Oslo office keeps in its own words.
time_zone: Europe/Oslo
date_order: day_first
decimal: ","
default_region: NO
columns:
  participant_email: {headers: [E-post]}
  program: {value: buddy}
  company_id: {headers: [Sponsor], value: acme}
  status:
    headers: [Aktiv]
    values: {yes: active, no: dropped, 1: completed}
  started_on: {headers: [Fra], date_order: month_first}
  ended_on: {headers: [Til]}
"""
HEADERS = ("E-post", "Sponsor", "Aktiv", "Fra", "Til")


def judged(text: str, cells: list[str], headers: tuple[str, ...] = HEADERS) -> Any:
    mapping = read(text, shipped_as)
    return RowReader(plan_for(dataset_named(mapping.dataset), mapping, headers)).judge(2, cells)


def test_words_like_no_and_1_are_words_and_regions_like_no_countries() -> None:
    mapping = read(OWN, shipped_as)

    assert mapping.default_region == "NO"
    assert mapping.columns["status"].values == {"yes": "active", "no": "dropped", "1": "completed"}
    assert mapping.reading("status").region == "NO"
    assert mapping.reading("status").decimal == ","


def test_a_value_stands_for_a_column_that_is_absent_or_empty() -> None:
    row = judged(OWN, ["ann@learn.example", "", "No", "03/04/2026", "05/04/2026"])

    assert isinstance(row, Accepted)
    assert (row.record.program, row.record.company_id) == ("buddy", "acme")
    assert row.record.status == "dropped"


def test_a_column_may_read_dates_otherwise_than_its_mapping() -> None:
    row = judged(OWN, ["ann@learn.example", "bolt", "1", "03/04/2026", "05/04/2026"])

    assert (row.record.started_on.isoformat(), row.record.ended_on.isoformat()) == (
        "2026-03-04",
        "2026-04-05",
    )


def test_a_required_column_without_a_value_is_still_required() -> None:
    row = judged(OWN, ["", "bolt", "1", "03/04/2026", ""])

    assert isinstance(row, Refused)
    assert [(reason.code, reason.column) for reason in row.reasons] == [("E002", "E-post")]


PROBLEMS = [
    (("{value: buddy}", "{value: cooking}"), "columns.program.value"),
    (("{value: buddy}", "{}"), "columns.program"),
    (("{headers: [E-post]}", "{headers: ['']}"), "columns.participant_email"),
    (("yes: active", "yes: asleep"), "columns.status.values"),
    (("yes: active, no:", "yes: active, YES:"), "columns.status.values"),
    (("ended_on:", "ended:"), "columns.ended"),
    (("{headers: [Til]}", "{headers: [Til], rating_scale: 1-5}"), "columns.ended_on.rating_scale"),
    (("{headers: [Til]}", "{headers: [Til], time_zone: Mars}"), "columns.ended_on.time_zone"),
    (("{headers: [Til]}", "{headers: [Til], colour: red}"), "columns.ended_on.colour"),
    (("default_region: NO", "default_region: Norway"), "default_region"),
    (('decimal: ","', 'decimal: ";"'), "decimal"),
    (("dataset: enrollments", "dataset: enrolments"), "dataset"),
    (("name: oslo-enrollments", "extends: nobody@1"), "extends"),
    (("name: oslo-enrollments", "name: oslo-enrollments\nname: twice"), "line 3"),
    (("{headers: [E-post]}", "&a {headers: [E-post]}\n  cohort: *a"), "line 11"),
    (("{headers: [E-post]}", "[[[[[[[[[[]]]]]]]]]]"), "line 10"),
    (("columns:", "columns: ]"), "line 9"),
    (("description: What", "description: " + "x" * MOST_BYTES), ""),
]


@pytest.mark.parametrize(("change", "path"), PROBLEMS, ids=[path for _, path in PROBLEMS])
def test_each_problem_of_a_mapping_is_named_by_its_path(change: tuple[str, str], path: str) -> None:
    assert change[0] in OWN

    with pytest.raises(MappingProblemsError) as refused:
        read(OWN.replace(*change), shipped_as)

    assert path in {problem.path for problem in refused.value.problems}


def test_all_problems_are_told_at_once() -> None:
    broken = OWN.replace("yes: active", "yes: asleep").replace("value: buddy", "value: cooking")

    with pytest.raises(MappingProblemsError) as refused:
        read(broken.replace("ended_on", "ended"), shipped_as)

    assert {problem.path for problem in refused.value.problems} == {
        "columns.status.values",
        "columns.program.value",
        "columns.ended",
    }


def test_a_key_that_no_column_feeds_is_no_key() -> None:
    constant = {"company_id": {"value": "acme"}, "name": {"headers": ["Name"]}}

    with pytest.raises(MappingProblemsError) as refused:
        from_data({"name": "one", "dataset": "companies", "columns": constant}, shipped_as)

    assert [problem.path for problem in refused.value.problems] == ["columns"]


BILLION_LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
HOSTILE = [
    BILLION_LAUGHS,
    "!!python/object/apply:os.system [echo]",
    "? [a, b]\n: c",
    "- a\n- b",
    "just words",
    "",
    "\x00",
    "a: " + "[" * 5000,
    "%YAML 9.9\n---\na: b",
    "a: \ud800",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_mapping_is_refused_and_runs_nothing(text: str) -> None:
    with pytest.raises(MappingProblemsError):
        read(text, shipped_as)


def test_an_extended_mapping_states_only_what_differs() -> None:
    text = """
name: oslo-sessions
extends: kintell-sessions@1
time_zone: Europe/Oslo
columns:
  session_id: {headers: [Nr]}
"""
    mapping, base = read(text, shipped_as), shipped()["kintell-sessions", "1"]

    assert mapping.columns["session_id"].headers == ("Nr",)
    assert mapping.columns["volunteer_email"] == base.columns["volunteer_email"]
    assert (mapping.dataset, mapping.time_zone) == ("kintell-sessions", "Europe/Oslo")
    assert mapping.programs == base.programs


@pytest.mark.parametrize("mapping", shipped().values(), ids=lambda mapping: mapping.name)
def test_a_mapping_survives_its_own_yaml_and_fits_the_schema(mapping: Mapping) -> None:
    text = as_yaml(mapping)

    assert read(text, shipped_as) == mapping
    jsonschema.validate(yaml.safe_load(text), schema())


def test_the_schema_refuses_what_the_service_refuses() -> None:
    jsonschema.validate(
        yaml.safe_load(
            OWN.replace("1: c", "'1': c")
            .replace("NO", "'NO'")
            .replace("yes: a", "'yes': a")
            .replace("no: d", "'no': d")
        ),
        schema(),
    )
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"name": "Bad Name", "dataset": "x", "columns": {}}, schema())
