"""The survey of a whole file: scales of columns, and keys that stand twice."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from connectors_service.datasets.catalogue import dataset_named
from connectors_service.loading.judging import judge
from connectors_service.loading.survey import (
    NumberedRecord,
    RepeatedKeys,
    RowNumbers,
    Survey,
    Surveyed,
    second_sweep,
)
from connectors_service.mapping.catalogue import mapping_for
from connectors_service.mapping.plan import plan_for
from connectors_service.mapping.rows import RowReader
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


EVENT_HEADERS = ("match_id", "event_type", "event_date")


def numbers(rows: list[list[str]], headers: tuple[str, ...] = EVENT_HEADERS) -> dict[int, int]:
    plan = plan_for(dataset_named("buddy-events"), mapping_for("buddy-events", None), headers)
    numbered: list[NumberedRecord] = list(enumerate(rows, 2))
    first = Survey(plan)
    first.add(numbered)
    second = second_sweep(plan, first.scales()[0], first.repeating(), latest_wins=False)
    second.add(numbered)
    return dict(second.result().nth)


def test_rows_of_a_weak_key_are_counted_in_their_order() -> None:
    walk, talk = ["M-1", "walk", "2026-01-01"], ["M-1", "talk", "2026-01-01"]

    assert numbers([walk, talk, walk, ["M-1", "Walk", "2026-01-01T00:00:00Z"], talk]) == {
        4: 2,
        5: 3,
        6: 2,
    }


def test_a_file_of_refused_rows_says_their_numbers() -> None:
    row = ["M-1", "walk", "2026-01-01"]
    reported = (*EVENT_HEADERS, "row", "reasons")

    assert numbers([[*row, "9", "E004: long. [no. 3 of its key]"]], reported) == {2: 3}
    assert numbers([[*row, "9", "E004: long."]], reported) == {}


def test_more_rows_of_one_key_than_can_be_counted_are_refused() -> None:
    plan = plan_for(dataset_named("buddy-events"), mapping_for("buddy-events", None), EVENT_HEADERS)
    rows = [(row, ["M-1", "walk", "2026-01-01"]) for row in (2, 3)]

    judged = judge(rows, RowReader(plan), Surveyed({}, nth={3: 32_001}))

    assert [row.row for row in judged.accepted] == [2]
    assert [reason.code for row in judged.refused for reason in row.reasons] == ["E011"]
