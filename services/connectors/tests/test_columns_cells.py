"""What columns take, the rules of rows take too, as the same value: held against each other."""

import json
import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors_service.columns.cells import LETTERS, judge_of
from connectors_service.columns.judging import trimmed
from connectors_service.rules import rule
from connectors_service.rules.cleaning import trimmed as trimmed_cell
from connectors_service.rules.codes import CellError, Code
from connectors_service.rules.dates import Calendar
from connectors_service.rules.ratings import Scale
from connectors_service.rules.rule import Reading, Rule
from event_contracts.vocabulary import CefrLevel, SessionStatus, SessionType

UTC_ZONE, OSLO = ZoneInfo("UTC"), ZoneInfo("Europe/Oslo")
WORDS = {"language connect": "Language", "old form": "no such thing"}
AGED = [st.just(" "), st.just("\u00a0"), st.just("\u200b"), st.just("\x0b"), st.just("\u0301")]


def row_value(judged: Rule, reading: Reading, words: dict[str, str], cell: str) -> Any:
    """What the row rule makes of a cell: None for an empty one, CellError as it is."""
    text = trimmed_cell(cell)
    if not text:
        return None
    try:
        return judged.parser(reading)(words.get(text.casefold(), text))
    except CellError as error:
        return error


def column_values(
    judged: Rule, reading: Reading, words: dict[str, str], cells: list[str]
) -> list[Any]:
    judge = judge_of(judged, reading, words)
    assert judge is not None
    return judge(trimmed(pl.Series(cells, dtype=pl.String))).to_list()


def as_stored(value: Any) -> Any:
    """A row rule's value as columns word it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def as_kept(text: str) -> Any:
    """JSON as PostgreSQL keeps it: each number digit by digit."""
    return json.loads(text, parse_float=lambda number: f"{Decimal(number):f}")


def held(
    judged: Rule, cells: list[str], reading: Reading, words: dict[str, str] | None = None
) -> None:
    values = column_values(judged, reading, words or {}, cells)
    is_json = judged.form in (rule.Form.WORDS, rule.Form.JSON)
    for cell, value in zip(cells, values, strict=True):
        if value is not None:
            expected = as_stored(row_value(judged, reading, words or {}, cell))
            found = as_kept(value) if is_json else value
            assert found == (as_kept(json.dumps(expected)) if is_json else expected), cell


READING = Reading(Calendar(UTC_ZONE))
RULES = {
    "email": rule.EMAIL,
    "key": rule.key(12),
    "text": rule.text(12),
    "words": rule.word_list(12),
    "json": rule.json_up_to(40),
    "choice": rule.one_of(SessionStatus),
    "level": rule.level_of(CefrLevel),
    "moment": rule.MOMENT,
    "minutes": rule.MINUTES,
    "rating": rule.RATING,
}
NEAR = {
    "email": r"[a-zA-Z0-9.+!ßK\u212a-]{1,5}@[a-zA-Z0-9.-]{1,6}\.[a-zA-Z0-9-]{1,4}|mailto:a@b\.ee",
    "key": r"[A-Za-z0-9 \\éK\u212a-]{0,14}",
    "text": r"[ -~\néàЖЇ€\u0301\u200d\u00ad\\]{0,14}",
    "words": r'[a-z ,"\\é\t]{0,14}',
    "json": r'\{("[a-z\\]{0,2}": ?("[a-z"\\]{0,2}"|-?[0-9]{0,17}|0?\.?[0-9]{0,8}|[0-9]\.[0-9]{0,3}'
    r'|null|true|\[1\]|[0-9]e[0-9])(, ?"b" ?:[0-9])?)?\}?',
    "choice": r"[cC]ompleted|no[-_ ]show|NO SHOW|cance[l]{1,2}ed|\u017fcheduled",
    "level": r"[A-Ca-c][0-3]|[ab\uff21][12\uff11]",
    "moment": r"(1899|1900|2026|2100|2101)-(0?[1-9]|1[0-3])-(0[1-9]|28|29|30|31|32)"
    r"([T ]([01][0-9]|2[0-4]):[0-6][0-9](:[0-6][0-9])?(\.0{1,7}|\.5)?"
    r"(Z|[+-](00|02|15|23):(00|30|60)|[+-]02)?)?",
    "minutes": r"[0-9]{0,4}([.,]0{0,2})?|٣0",
    "rating": r"[+-]?[0-6]([.,][0-9]{0,10})?|٣",
}


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_column_takes_no_cell_that_its_row_rule_refuses_nor_as_another_value(
    name: str, data: st.DataObject
) -> None:
    near = st.from_regex(re.compile(NEAR[name]), fullmatch=True)
    around = st.builds(lambda a, b, c: a + b + c, st.one_of(AGED), near, st.one_of(AGED))
    cells = data.draw(st.lists(st.one_of(near, near, around, st.text(max_size=14)), min_size=1))
    zone = data.draw(st.sampled_from([UTC_ZONE, OSLO]))
    scale = data.draw(st.sampled_from(Scale))

    held(RULES[name], cells, Reading(Calendar(zone), scale))


@given(st.lists(st.sampled_from(["Language Connect", "LANGUAGE", "old form", "mentorship", "x"])))
@example(["Language Connect"])
def test_words_of_a_mapping_mean_the_same_in_columns(cells: list[str]) -> None:
    held(rule.one_of(SessionType, Code.SESSION_TYPE), cells, READING, WORDS)


TAKEN = {
    "email": ("Anna.B+x@Learn.example ", "anna.b+x@learn.example"),
    "key": ("LS 2026-1", "LS 2026-1"),
    "text": (" Їжак Ї\n", "Їжак Ї"),
    "words": ("a b , c", '["a b","c"]'),
    "json": ('{"a": -1.25, "b":0}', '{"a": -1.25, "b":0}'),
    "choice": ("No-Show", "no_show"),
    "level": ("b1", "B1"),
    "moment": ("2026-03-02 12:30:00.000+02:30", "2026-03-02T10:00:00Z"),
    "minutes": ("060", 60),
    "rating": ("4,5", 0.875),
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_column_takes_what_partners_usually_write(name: str) -> None:
    cell, value = TAKEN[name]

    assert column_values(RULES[name], READING, {}, [cell, ""]) == [value, None]


@pytest.mark.parametrize("cell", ["2026-03-02", "2026-03-02 10:00", "2026-03-02T10:00:00"])
def test_a_time_without_offset_is_left_to_the_rows_where_the_zone_is_not_utc(cell: str) -> None:
    away = Reading(Calendar(OSLO))

    assert column_values(rule.MOMENT, READING, {}, [cell])[0].startswith("2026-03-02T")
    assert column_values(rule.MOMENT, away, {}, [cell]) == [None]


def test_letters_that_columns_take_are_composed_in_any_row_of_them_and_no_blanks() -> None:
    ranges = re.findall(r"\\x\{([0-9A-F]+)\}-\\x\{([0-9A-F]+)\}", LETTERS)
    letters = [chr(n) for a, b in ranges for n in range(int(a, 16), int(b, 16) + 1)]
    seconds = {
        part[-1] for n in range(0x110000) if len(part := unicodedata.normalize("NFD", chr(n))) > 1
    }

    assert [c for c in letters if unicodedata.normalize("NFC", c) != c] == []
    assert [c for c in letters if unicodedata.combining(c) or c in seconds] == []
    assert [c for c in letters if c.strip() != c or unicodedata.category(c) == "Cf"] == []
