"""Every rule by its values: what a cell becomes, and the code it is refused with."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors_service.rules import rule
from connectors_service.rules.codes import MEANING, CellError, Code
from connectors_service.rules.dates import Calendar, DateOrder
from connectors_service.rules.ratings import Scale, ScaleEvidence
from connectors_service.rules.rule import Reading, Rule
from event_contracts.vocabulary import CefrLevel, EnrollmentStatus, SessionStatus, SessionType

UTC_CALENDAR = Calendar(ZoneInfo("UTC"))
OSLO = Calendar(ZoneInfo("Europe/Oslo"))


def parse(kind: Rule, text: str, scale: Scale = Scale.ONE_TO_FIVE) -> Any:
    return kind.parser(Reading(UTC_CALENDAR, scale))(text)


def refused(kind: Rule, text: str, scale: Scale = Scale.ONE_TO_FIVE) -> Code:
    with pytest.raises(CellError) as error:
        parse(kind, text, scale)
    assert len(text) < 5 or text not in error.value.message
    return error.value.code


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anna@example.com", "anna@example.com"),
        ("Anna.K+x@Example.COM", "anna.k+x@example.com"),
        ("o'neil@sub.example.org", "o'neil@sub.example.org"),
        ("jörg@example.org", "jörg@example.org"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
    ],
)
def test_e001_reads_addresses_case_folded(text: str, expected: str) -> None:
    assert parse(rule.EMAIL, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "anna",
        "anna@",
        "@example.com",
        "anna(at)mail.example",
        "anna@example",
        "a b@example.com",
        "anna@@example.com",
        "Anna <anna@example.com>",
        "anna@example.com, b@example.com",
        ".anna@example.com",
        "anna@-example.com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 250 + ".example",
    ],
)
def test_e001_refuses_what_is_no_address(text: str) -> None:
    assert refused(rule.EMAIL, text) is Code.EMAIL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-11-01T10:00:00Z", moment(2024, 11, 1, 10)),
        ("2024-11-01T10:00:00.250Z", moment(2024, 11, 1, 10, 0, 0, 250000)),
        ("2024-11-01T10:00:00+02:00", moment(2024, 11, 1, 8)),
        ("2024-11-01 10:00", moment(2024, 11, 1, 10)),
        ("2024-11-01", moment(2024, 11, 1)),
        ("20241101T100000Z", moment(2024, 11, 1, 10)),
        ("2024/11/1", moment(2024, 11, 1)),
        ("Dec 14, 2025", moment(2025, 12, 14)),
        ("December 14 2025", moment(2025, 12, 14)),
        ("Sunday, December 14, 2025", moment(2025, 12, 14)),
        ("14 Dec 2025", moment(2025, 12, 14)),
        ("14. December 2025", moment(2025, 12, 14)),
        ("1st Sept 2025", moment(2025, 9, 1)),
        ("Dec 14, 2025 3:05 PM", moment(2025, 12, 14, 15, 5)),
        ("Dec 14, 2025, 12:00 AM", moment(2025, 12, 14)),
        ("14 Dec 2025 15:05:09", moment(2025, 12, 14, 15, 5, 9)),
        ("14-Dec-2025", moment(2025, 12, 14)),
        ("13/04/2025", moment(2025, 4, 13)),
        ("04/13/2025", moment(2025, 4, 13)),
        ("04/04/2025 10:30", moment(2025, 4, 4, 10, 30)),
        ("31.12.2025", moment(2025, 12, 31)),
        ("05.02.2026", moment(2026, 2, 5)),
        ("5.2.2026 09:30", moment(2026, 2, 5, 9, 30)),
    ],
)
def test_e003_reads_times_as_people_write_them(text: str, expected: datetime) -> None:
    assert parse(rule.MOMENT, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2025",
        "12.25.2025",
        "3-4-2025",
        "2026-02-30T10:00:00Z",
        "31/02/2025",
        "2025-13-01",
        "tomorrow",
        "45961",
        "20251214",
        "14/12/25",
        "Foo 14, 2025",
        "Dec 32, 2025",
        "Dec 14, 2025 13:00 PM",
        "Dec 14, 2025 25:00",
        "1899-12-31",
        "2101-01-01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2024-11-01T10:00:00+99:00",
        "\u0662\u0660\u0662\u0664-11-01",
    ],
)
def test_e003_refuses_what_is_no_time_or_two(text: str) -> None:
    assert refused(rule.MOMENT, text) is Code.DATE
    assert refused(rule.DAY, text) is Code.DATE


@pytest.mark.parametrize(
    ("order", "expected"),
    [("day_first", moment(2025, 4, 3)), ("month_first", moment(2025, 3, 4))],
)
def test_an_ambiguous_date_follows_the_order_that_the_mapping_states(
    order: DateOrder, expected: datetime
) -> None:
    assert Calendar(ZoneInfo("UTC"), order).moment("03/04/2025") == expected


def test_a_stated_order_is_not_bent_for_a_date_that_contradicts_it() -> None:
    with pytest.raises(CellError):
        Calendar(ZoneInfo("UTC"), "month_first").moment("13/04/2025")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-07-01T10:00", moment(2024, 7, 1, 8)),
        ("2024-01-01T10:00", moment(2024, 1, 1, 9)),
        ("2024-07-01", moment(2024, 6, 30, 22)),
        ("2024-07-01T10:00Z", moment(2024, 7, 1, 10)),
    ],
)
def test_a_time_without_offset_takes_the_mappings_zone(text: str, expected: datetime) -> None:
    assert OSLO.moment(text) == expected


def test_a_day_is_the_day_as_it_is_written() -> None:
    assert OSLO.day("Dec 14, 2025") == date(2025, 12, 14)
    assert OSLO.day("2025-12-14T23:30:00-05:00") == date(2025, 12, 14)


@pytest.mark.parametrize(("text", "expected"), [("1", 1), ("60", 60), ("480", 480), ("45.0", 45)])
def test_e004_reads_whole_minutes(text: str, expected: int) -> None:
    assert parse(rule.MINUTES, text) == expected


@pytest.mark.parametrize(
    "text", ["0", "481", "900", "-5", "45.5", "1e2", "1_0", "an hour", "\u0666\u0660"]
)
def test_e004_refuses_other_durations(text: str) -> None:
    assert refused(rule.MINUTES, text) is Code.DURATION


@pytest.mark.parametrize(("text", "expected"), [("a1", "A1"), ("B2", "B2"), ("c2", "C2")])
def test_e005_reads_levels_in_any_case(text: str, expected: str) -> None:
    assert parse(rule.level_of(CefrLevel), text) == expected


@pytest.mark.parametrize("text", ["D4", "B", "B1+", "pre-A1", "3"])
def test_e005_refuses_other_levels(text: str) -> None:
    assert refused(rule.level_of(CefrLevel), text) is Code.LEVEL


@pytest.mark.parametrize(
    ("scale", "text", "expected"),
    [
        (Scale.ONE_TO_FIVE, "1", 0.0),
        (Scale.ONE_TO_FIVE, "3", 0.5),
        (Scale.ONE_TO_FIVE, "4.5", 0.875),
        (Scale.ONE_TO_FIVE, "4,5", 0.875),
        (Scale.ONE_TO_FIVE, "5", 1.0),
        (Scale.ZERO_TO_ONE, "0", 0.0),
        (Scale.ZERO_TO_ONE, "0.8", 0.8),
        (Scale.ZERO_TO_ONE, "1", 1.0),
    ],
)
def test_e006_reads_a_rating_on_its_columns_scale(scale: Scale, text: str, expected: float) -> None:
    assert parse(rule.RATING, text, scale) == expected


@pytest.mark.parametrize(
    ("scale", "text"),
    [
        (Scale.ONE_TO_FIVE, "0"),
        (Scale.ONE_TO_FIVE, "0.5"),
        (Scale.ONE_TO_FIVE, "9"),
        (Scale.ZERO_TO_ONE, "1.01"),
        (Scale.ZERO_TO_ONE, "5"),
        (Scale.ZERO_TO_ONE, "-0.1"),
        (Scale.ONE_TO_FIVE, "nan"),
        (Scale.ONE_TO_FIVE, "five"),
        (Scale.ONE_TO_FIVE, "5/5"),
    ],
)
def test_e006_refuses_a_rating_outside_it(scale: Scale, text: str) -> None:
    assert refused(rule.RATING, text, scale) is Code.RATING


@pytest.mark.parametrize(
    ("column", "otherwise", "expected"),
    [
        (["5", "4", "3"], Scale.ONE_TO_FIVE, Scale.ONE_TO_FIVE),
        (["0.8", "0.5"], Scale.ONE_TO_FIVE, Scale.ZERO_TO_ONE),
        (["0.8", "0.9", "45"], Scale.ONE_TO_FIVE, Scale.ZERO_TO_ONE),
        (["5", "4", "0.5"], Scale.ZERO_TO_ONE, Scale.ONE_TO_FIVE),
        (["1", "0.5"], Scale.ONE_TO_FIVE, Scale.ZERO_TO_ONE),
        (["1", "1", "2"], Scale.ZERO_TO_ONE, Scale.ONE_TO_FIVE),
        (["1", "1"], Scale.ONE_TO_FIVE, Scale.ONE_TO_FIVE),
        (["1", "1"], Scale.ZERO_TO_ONE, Scale.ZERO_TO_ONE),
        ([], Scale.ZERO_TO_ONE, Scale.ZERO_TO_ONE),
        (["good"], Scale.ONE_TO_FIVE, Scale.ONE_TO_FIVE),
    ],
)
def test_a_column_is_on_the_scale_that_more_of_it_fits(
    column: list[str], otherwise: Scale, expected: Scale
) -> None:
    evidence = ScaleEvidence()
    for cell in column:
        evidence.add(cell)

    assert evidence.decide(otherwise)[0] is expected


@pytest.mark.parametrize(
    ("kind", "code", "good", "bad"),
    [
        (rule.one_of(SessionType, Code.SESSION_TYPE), Code.SESSION_TYPE, "Mentorship", "cooking"),
        (rule.one_of(SessionStatus), Code.CHOICE, "No show", "maybe"),
        (rule.one_of(EnrollmentStatus), Code.CHOICE, "ACTIVE", "gone"),
        (rule.text(5), Code.TOO_LONG, "12345", "123456"),
        (rule.word_list(5), Code.TOO_LONG, "a, ,b", "a,b,c,d"),
        (rule.json_up_to(20), Code.TOO_LONG, "[1]", '"' + "x" * 20 + '"'),
        (rule.DOMAIN, Code.CHOICE, "@Acme.Example", "no domain"),
        (rule.COUNTRY, Code.CHOICE, "no", "Wonderland"),
    ],
)
def test_choices_and_lengths_have_their_codes(kind: Rule, code: Code, good: str, bad: str) -> None:
    assert kind.code in (code, Code.JSON)
    assert parse(kind, good) is not None
    assert refused(kind, bad) is code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"focus": "past tense"}', {"focus": "past tense"}),
        ("[1, 2.5, null]", [1, 2.5, None]),
        (r'"\\u0000"', r"\u0000"),
    ],
)
def test_e010_reads_json(text: str, expected: Any) -> None:
    assert parse(rule.json_up_to(2000), text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"focus": "past te',
        "{focus: 1}",
        "NaN",
        '{"a": Infinity}',
        "[1e999]",
        '"\\u0000"',
        '{"\\u0000": 1}',
        '["\\ud800"]',
        "[" * 1900,
    ],
)
def test_e010_refuses_what_is_no_json_or_cannot_be_kept(text: str) -> None:
    assert refused(rule.json_up_to(2000), text) is Code.JSON


def test_every_code_has_a_meaning_and_keeps_its_number() -> None:
    assert set(MEANING) == set(Code)
    assert [code.value for code in Code] == [
        *(f"E{n:03}" for n in range(1, 22)), "E023", "E024", "E050"
    ]  # fmt: skip
