"""The survey of a whole file: scales of columns, and keys that stand twice."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from connectors_service.datasets.catalogue import dataset_named
from connectors_service.loading.survey import (
    NumberedRecord,
    RepeatedKeys,
    RowNumbers,
    Survey,
    Surveyed,
)
from connectors_service.mapping.catalogue import mapping_for
from connectors_service.mapping.plan import plan_for
from connectors_service.rules.ratings import Scale

HEADERS = ("company_id", "email", "position", "note")
PLAN = plan_for(dataset_named("company-users"), mapping_for("company-users", None), HEADERS)


def survey(rows: list[list[str]]) -> Surveyed:
    numbered: list[NumberedRecord] = list(enumerate(rows, 2))
    first = Survey(PLAN)
    first.add(numbered)
    scales, _ = first.scales()
    second = RepeatedKeys(PLAN, scales, first.repeating())
    second.add(numbered)
    return second.result()


def fates(rows: list[list[str]]) -> list[str]:
    found = survey(rows)
    return [
        "conflict" if row in found.conflicting else "again" if row in found.repeated else "new"
        for row in range(2, len(rows) + 2)
    ]


def test_keys_are_compared_by_what_they_mean() -> None:
    assert fates(
        [
            ["acme", "Tom@acme.example", "volunteer", ""],
            ["acme", "tom@ACME.example", "", ""],
            ["acme", "tom@acme.example", "manager", ""],
            ["acme", "tom@acme.example", "Manager", "other words"],
            ["bolt", "tom@acme.example", "volunteer", ""],
            ["acme", "no address", "volunteer", ""],
            ["acme", "no address", "volunteer", "x"],
        ]
    ) == ["new", "again", "conflict", "conflict", "new", "new", "new"]


rows = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "y"])), max_size=12)


@given(rows)
def test_it_finds_what_comparing_every_pair_would_find(pairs: list[tuple[str, str]]) -> None:
    contents = defaultdict(list)
    for key, note in pairs:
        contents[key].append(note)
    expected = []
    for place, (key, _) in enumerate(pairs):
        if len(set(contents[key])) > 1:
            expected.append("conflict")
        else:
            expected.append("again" if key in [k for k, _ in pairs[:place]] else "new")

    assert fates([["acme", f"{key}@b.example", "", note] for key, note in pairs]) == expected


@given(st.sets(st.integers(0, 50)), st.integers(0, 50))
def test_row_numbers_are_a_set(numbers: set[int], asked: int) -> None:
    assert (asked in RowNumbers(sorted(numbers))) is (asked in numbers)
    assert len(RowNumbers(sorted(numbers))) == len(numbers)


def test_the_scale_of_a_column_is_one_for_the_whole_file() -> None:
    plan = plan_for(
        dataset_named("kintell-sessions"),
        mapping_for("kintell-sessions", None),
        ("session_id", "participant_email", "volunteer_email", "scheduled_at", "rating"),
    )
    first = Survey(plan)
    for number, rating in enumerate(["1", "0.4", "", "0.9", "1", "5"]):
        first.add([(number, ["x", "a@b.c", "d@e.f", "2026-01-01", rating]), (99, ["ragged"])])

    scales, reasons = first.scales()

    assert scales == {"rating": Scale.ZERO_TO_ONE}
    assert reasons == {"rating": "3 values fit 1-5, 4 fit 0-1"}
