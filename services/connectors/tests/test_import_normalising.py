"""What the rules make of amounts, places, contacts, periods and look-alike ids, by values."""

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from connectors_service.rules import amounts, rule
from connectors_service.rules.cleaning import clean_key, clean_text, trimmed
from connectors_service.rules.codes import CellError, Code
from connectors_service.rules.dates import Calendar
from connectors_service.rules.periods import Period
from connectors_service.rules.rule import Reading, Rule
from event_contracts import fields


def parse(kind: Rule, text: str, **reading: Any) -> Any:
    return kind.parser(Reading(Calendar(ZoneInfo("UTC")), **reading))(text)


def refused(kind: Rule, text: str, **reading: Any) -> Code:
    with pytest.raises(CellError) as error:
        parse(kind, text, **reading)
    return error.value.code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", "0"),
        ("12500", "12500"),
        ("12500.5", "12500.50"),
        ("12,5", "12.50"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234\u202f567,5", "1234567.50"),
        ("1'234.50", "1234.50"),
        ("1\u2019234\u2019567", "1234567"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("12345,67", "12345.67"),
        ("0.125".replace("125", "12"), "0.12"),
        (".5", "0.50"),
        ("+7", "7"),
        ("€ 1.200,00", "1200"),
        ("1200 EUR", "1200"),
        ("EUR 1,200.00", "1200"),
        ("1 200,00 zł", "1200"),
        ("kr 500", "500"),
    ],
)
def test_e018_reads_amounts_as_people_write_them(text: str, expected: str) -> None:
    assert parse(rule.MONEY, text) == Decimal(expected)


@pytest.mark.parametrize(
    ("sign", "text", "expected"),
    [
        (".", "1,234", "1234"),
        (",", "1,23", "1.23"),
        (",", "1.234", "1234"),
        (".", "1234.50", "1234.50"),
        (",", "1.234.567,89", "1234567.89"),
    ],
)
def test_a_stated_decimal_sign_decides(sign: Any, text: str, expected: str) -> None:
    assert parse(rule.MONEY, text, decimal=sign) == Decimal(expected)


@pytest.mark.parametrize(
    "text",
    [
        "1,234",
        "1.234",
        "999,000",
        "-5",
        "(5.00)",
        "\u22125",
        "1,23,4",
        "12,34.5",
        "1.2.3",
        "1,2345.678,9",
        "12.345",
        "0.125",
        "1e5",
        "ten",
        "",
        "€",
        "1" * 31,
        "1000000000001",
        "\u0661\u0662",
        "NaN",
    ],
)
def test_e018_refuses_what_is_no_amount_or_two(text: str) -> None:
    assert refused(rule.MONEY, text) is Code.NUMBER


def test_a_stated_sign_is_not_bent_for_a_number_that_contradicts_it() -> None:
    assert refused(rule.MONEY, "1.234,5", decimal=".") is Code.NUMBER


def test_a_number_may_be_negative_where_an_amount_may_not() -> None:
    assert amounts.number("(1,234.5)") == Decimal("-1234.5")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("92.5", 92.5), ("92,5", 92.5), ("88", 88.0), ("100%", 100.0), ("0", 0.0), ("7.125 %", 7.125)],
)
def test_e018_reads_percent(text: str, expected: float) -> None:
    assert parse(rule.PERCENT, text) == expected


@pytest.mark.parametrize("text", ["100.1", "-1", "A+", "9/10", "1,000.0", "nan", "%"])
def test_e018_refuses_what_is_no_percent(text: str) -> None:
    assert refused(rule.PERCENT, text) is Code.NUMBER


@pytest.mark.parametrize(
    ("text", "expected"),
    [("eur", "EUR"), ("NOK", "NOK"), ("€", "EUR"), ("£", "GBP"), ("zł", "PLN"), ("UAH", "UAH")],
)
def test_reads_currencies(text: str, expected: str) -> None:
    assert parse(rule.CURRENCY, text) == expected


@pytest.mark.parametrize("text", ["EURO5", "XXZ", "$", "krone"])
def test_e015_refuses_other_currencies(text: str) -> None:
    assert refused(rule.CURRENCY, text) is Code.CHOICE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no", "NO"),
        ("DE", "DE"),
        ("deu", "DE"),
        ("UKR", "UA"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("USA", "US"),
        ("Germany", "DE"),
        ("Deutschland", "DE"),
        ("Allemagne", "DE"),
        ("Alemania", "DE"),
        ("Німеччина", "DE"),
        ("Україна", "UA"),
        ("Spanien", "ES"),
        ("Norvège", "NO"),
        ("Türkei", "TR"),
        ("Czech Republic", "CZ"),
        ("Österreich", "AT"),
        ("Georgia", "GE"),
        ("Kosovo", "XK"),
    ],
)
def test_reads_countries_by_code_and_name(text: str, expected: str) -> None:
    assert parse(rule.COUNTRY, text) == expected


@pytest.mark.parametrize("text", ["Wunderland", "ZZ", "QQQ", "Europa", "Welt", "12", "Q", "Québec"])
def test_e015_refuses_what_is_no_country(text: str) -> None:
    assert refused(rule.COUNTRY, text) is Code.CHOICE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uk", "uk"),
        ("EN", "en"),
        ("eng", "en"),
        ("ger", "de"),
        ("en-GB", "en"),
        ("pt_BR", "pt"),
        ("English", "en"),
        ("Deutsch", "de"),
        ("Englisch", "en"),
        ("українська", "uk"),
        ("français", "fr"),
        ("Spanisch", "es"),
        ("ucraniano", "uk"),
        ("Norwegian (Bokmål)", "no"),
        ("Tigrinya", "ti"),
        ("Dari", "prs"),
        ("prs", "prs"),
        ("ckb", "ckb"),
        ("Mandarin", "zh"),
    ],
)
def test_reads_languages_by_code_and_name(text: str, expected: str) -> None:
    assert parse(rule.LANGUAGE, text) == expected


@pytest.mark.parametrize("text", ["whatever", "zz", "und", "mul", "ua", "1", "en-1"])
def test_e015_refuses_what_is_no_language(text: str) -> None:
    assert refused(rule.LANGUAGE, text) is Code.CHOICE


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("+47 912 34 567", None, "+4791234567"),
        ("+380 (67) 123-45-67", None, "+380671234567"),
        ("0047 912 34 567", "NO", "+4791234567"),
        ("912 34 567", "NO", "+4791234567"),
        ("030 123456", "DE", "+4930123456"),
        ("tel:+49-30-123456", None, "+4930123456"),
    ],
)
def test_e019_reads_phone_numbers(text: str, region: str | None, expected: str) -> None:
    assert parse(rule.PHONE, text, region=region) == expected


@pytest.mark.parametrize(
    ("text", "region"),
    [("912 34 567", None), ("+47 1", None), ("call me", "NO"), ("+47 912 34 567 ext. 5", None)],
)
def test_e019_refuses_what_is_no_phone_number(text: str, region: str | None) -> None:
    assert refused(rule.PHONE, text, region=region) is Code.PHONE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://ecornell.example/verify/1?a=b#c", "https://ecornell.example/verify/1?a=b#c"),
        ("www.example.org/badge", "https://www.example.org/badge"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("\u200bhttps://example.org", "https://example.org"),
    ],
)
def test_e020_reads_web_addresses(text: str, expected: str) -> None:
    assert parse(rule.URL, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "ftp://example.org/x",
        "https://",
        "https://user:pass@example.org",
        "see mail",
        "https://[::1",
        "https://example.org:99999/",
        "none",
    ],
)
def test_e020_refuses_what_is_no_web_address(text: str) -> None:
    assert refused(rule.URL, text) is Code.URL


def test_e009_an_address_is_not_endless() -> None:
    assert refused(rule.URL, "https://example.org/" + "x" * 500) is Code.TOO_LONG


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026", Period("2026", date(2026, 1, 1), date(2027, 1, 1))),
        ("2026-Q1", Period("2026-Q1", date(2026, 1, 1), date(2026, 4, 1))),
        ("2026q4", Period("2026-Q4", date(2026, 10, 1), date(2027, 1, 1))),
        ("Q2 2026", Period("2026-Q2", date(2026, 4, 1), date(2026, 7, 1))),
        ("2026-03", Period("2026-03", date(2026, 3, 1), date(2026, 4, 1))),
        ("2026/3", Period("2026-03", date(2026, 3, 1), date(2026, 4, 1))),
        ("2026-12", Period("2026-12", date(2026, 12, 1), date(2027, 1, 1))),
    ],
)
def test_e021_reads_periods_as_the_days_they_cover(text: str, expected: Period) -> None:
    assert parse(rule.PERIOD, text) == expected


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026-Q5", "202603", "26", "March", "1899", "2026-03-01", "2100"]
)
def test_e021_refuses_what_is_no_period(text: str) -> None:
    assert refused(rule.PERIOD, text) is Code.PERIOD


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LS-1", "LS-1"),
        ("LS\u200b-1\ufeff", "LS-1"),
        ("\u202eLS-1", "LS-1"),
        ("LS-1\x00\x07", "LS-1"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("A  B\u00a0C", "A B C"),
        ("soft\u00adhyphen", "softhyphen"),
    ],
)
def test_ids_that_look_alike_are_alike(text: str, expected: str) -> None:
    assert parse(rule.key(200), text) == clean_key(text) == expected


def test_e002_an_id_of_invisible_characters_is_none() -> None:
    assert refused(rule.key(200), "\u2062\u2063") is Code.MISSING


def test_texts_keep_their_lines_and_what_joins_letters() -> None:
    assert clean_text("one\r\n\ttwo\x00\x1b three\x85") == "one\r\n\ttwo three"
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert clean_text(f"Cafe\u0301 {family}") == f"Caf\u00e9 {family}"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(" a ", "a"), ("\ufeff\u200b a\u200b ", "a"), ("\u200b\u00a0", ""), ("a\u200bb", "a\u200bb")],
)
def test_cells_are_trimmed_of_what_no_one_sees(cell: str, expected: str) -> None:
    assert trimmed(cell) == expected


def test_addresses_and_company_keys_are_folded() -> None:
    assert parse(rule.EMAIL, "mailto:Anna@Example\u200b.org") == "anna@example.org"
    assert parse(rule.COMPANY_KEY, "ACME\u200b") == "acme"
    assert refused(rule.COMPANY_KEY, "x" * 101) is Code.TOO_LONG


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EXEC-101", "EXEC-101"),
        ("Leadership 101", "Leadership-101"),
        ("a.b_c:d/e", "a.b_c:d/e"),
        ("Führung (neu)", "Fuhrung-neu"),
        ("课程", "60db1afb"),
        ("课程 1", "1-6de69f63"),
    ],
)
def test_course_ids_get_a_form_that_events_carry(text: str, expected: str) -> None:
    assert TypeAdapter(fields.Code).validate_python(parse(rule.CODE, text)) == expected


@pytest.mark.parametrize("text", ["x" * 150, "课程 " * 30, "a b " * 45])
def test_a_long_course_id_stays_within_an_events_form(text: str) -> None:
    assert TypeAdapter(fields.Code).validate_python(parse(rule.CODE, text))
    assert parse(rule.CODE, text) != parse(rule.CODE, text[:-1] + "y")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("eCornell", "ecornell"),
        ("LinkedIn Learning", "linkedin_learning"),
        ("its-learning", "its-learning"),
        ("21st Century", "x_21st_century"),
        ("Пласт", "x_9ac8a6cd"),
        ("x" * 70, "x" * 48 + "_c71bd109"),
    ],
)
def test_words_of_open_lists_are_folded(text: str, expected: str) -> None:
    assert TypeAdapter(fields.Slug).validate_python(parse(rule.SLUG, text)) == expected
