"""A table of any shape is understood without a hint; what is said about it is obeyed."""

import csv
import io
import random
import time
from collections.abc import Mapping
from contextlib import closing, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors_service.errors import OpenQuoteError, UnsupportedOptionError, UploadRefusedError
from connectors_service.reading.inspection import Inspector
from connectors_service.reading.limits import Limits
from connectors_service.reading.overrides import Overrides, overrides
from connectors_service.reading.rows import rows_reader
from connectors_service.reading.structure import Block, Structure

LIMITS = Limits(max_bytes=10**9, max_field_chars=10_000, max_columns=100)


def read(
    content: str | bytes, size: int = 10**6, said: Mapping[str, str] | None = None
) -> tuple[Structure, Block]:
    raw = content.encode() if isinstance(content, str) else content
    pieces = [raw[i : i + size] for i in range(0, len(raw), size)]
    with closing(Inspector(frozenset(), LIMITS, overrides(said or {}))) as inspector:
        for piece in pieces:
            inspector.feed(piece)
        structure = inspector.finish()
    reader = rows_reader(structure, LIMITS)
    rows = [row for piece in pieces for row in reader.feed(piece)]
    return structure, rows + reader.finish()


def table(content: str | bytes, **said: str) -> list[list[str]]:
    structure, rows = read(content, said=said)
    return [list(structure.dialect.headers), *(cells for _, cells in rows)]


SPECTRUM: dict[str, tuple[str, list[list[str]]]] = {
    "commas in quotes": (
        'first,last,city\nJo,Doe,"Oslo, Norway"\n',
        [["first", "last", "city"], ["Jo", "Doe", "Oslo, Norway"]],
    ),
    "empty cells": ('a,b,c\n1,"",""\n2,3,4\n', [["a", "b", "c"], ["1", "", ""], ["2", "3", "4"]]),
    "crlf": ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
    "cr": ("a,b\r1,2\r3,4\r", [["a", "b"], ["1", "2"], ["3", "4"]]),
    "mixed line ends": ("a,b\r\n1,2\n3,4\r5,6", [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"]]),
    "doubled quotes": (
        'a,b\n1,"ha ""ha"" ha"\n3,4\n',
        [["a", "b"], ["1", 'ha "ha" ha'], ["3", "4"]],
    ),
    "json": (
        'key,val\n1,"{""type"": ""Point"", ""at"": [1.5, 2]}"\n',
        [["key", "val"], ["1", '{"type": "Point", "at": [1.5, 2]}']],
    ),
    "newlines": (
        'a,b,c\n1,2,3\n"Once upon\na time",5,6\n7,8,9\n',
        [["a", "b", "c"], ["1", "2", "3"], ["Once upon\na time", "5", "6"], ["7", "8", "9"]],
    ),
    "letters": ("a,b,c\n1,2,3\n4,5,ʤ\n", [["a", "b", "c"], ["1", "2", "3"], ["4", "5", "ʤ"]]),
    "one column": ("name\nAda\nBo\n", [["name"], ["Ada"], ["Bo"]]),
    "header only": ("a,b,c\n", [["a", "b", "c"]]),
    "no line end": ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
}


@pytest.mark.parametrize("name", SPECTRUM)
@pytest.mark.parametrize("size", [1, 10**6])
def test_usual_files_are_read_exactly(name: str, size: int) -> None:
    content, expected = SPECTRUM[name]

    structure, rows = read(content, size)

    assert [list(structure.dialect.headers), *(cells for _, cells in rows)] == expected


PEOPLE = [
    ["name", "joined", "score", "words"],
    ["Ada Byron", "2026-01-05", "4.5", "very good, really"],
    ["Bo Lind", "2026-02-06", "3.0", "it's fine"],
    ["Cy Ng", "2026-03-07", "5.0", 'said "yes"'],
    ["Di Roe", "2026-04-08", "", ""],
]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|", "~", "^", ":", "::", "||", "~|~", "\x1f"])
@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("escape", ["", "\\"])
def test_signs_are_found_without_a_hint(sign: str, quote: str, escape: str) -> None:
    def quoted(cell: str) -> str:
        return quote + cell.replace(quote, (escape or quote) + quote) + quote

    lines = [sign.join(map(quoted, row)) for row in PEOPLE]

    assert table("\r\n".join(lines) + "\r\n") == PEOPLE


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a, b, c\n1, 2, 3\n4, 5, 6\n", [["a", "b", "c"], ["1", "2", "3"], ["4", "5", "6"]]),
        ('a, b\n1, "x, y"\n2, "z"\n', [["a", "b"], ["1", "x, y"], ["2", "z"]]),
        ("when;much\n2026-01-01;1,5\n2026-01-02;2.000,25\n",
         [["when", "much"], ["2026-01-01", "1,5"], ["2026-01-02", "2.000,25"]]),
        ("a,much\nx,\"1,000.50\"\ny,\"2,000.00\"\n",
         [["a", "much"], ["x", "1,000.50"], ["y", "2,000.00"]]),
        ("x   y\n1   2\n33  4\n", [["x", "y"], ["1", "2"], ["33", "4"]]),
    ],
    ids=["spaces", "spaced quotes", "decimal commas", "thousands", "aligned"],
)  # fmt: skip
def test_blanks_and_numbers_do_not_mislead(content: str, expected: list[list[str]]) -> None:
    assert table(content) == expected


BODY = "LS-1,2026-01-01,4,fine\nLS-2,2026-01-02,5,good\nLS-3,2026-01-03,3,fair\n"
NAMES = "id,day,score,words\n"


@pytest.mark.parametrize(
    ("content", "header_row", "header_rows", "headers"),
    [
        (NAMES + BODY, 1, 1, ("id", "day", "score", "words")),
        ("Export of May\n\nby,hand\n" + NAMES + BODY, 4, 1, ("id", "day", "score", "words")),
        ("Report,,,\n,,,\n" + NAMES + BODY, 3, 1, ("id", "day", "score", "words")),
        (BODY, 0, 0, ("col_0", "col_1", "col_2", "col_3")),
        ("who,,what,\nid,day,score,words\n" + BODY, 2, 2,
         ("who id", "who day", "what score", "what words")),
        ("id,day,result,\n,,score,words\n" + BODY, 2, 2,
         ("id", "day", "result score", "result words")),
        (NAMES + NAMES + BODY, 2, 2, ("id", "day", "score", "words")),
        ("id,2024,2025,2026\nx,1.5,2.5,3.5\ny,4.5,5.5,6.5\n", 1, 1, ("id", "2024", "2025", "2026")),
        ("first,last\nAda,Byron\nBo,Lind\n", 1, 1, ("first", "last")),
    ],
)  # fmt: skip
def test_the_header_is_where_names_end_and_values_begin(
    content: str, header_row: int, header_rows: int, headers: tuple[str, ...]
) -> None:
    dialect = read(content)[0].dialect

    assert (dialect.header_row, dialect.header_rows) == (header_row, header_rows)
    assert dialect.headers == headers


@pytest.mark.parametrize(
    ("end", "footer"),
    [
        ("", None),
        ("\nMade with care by the office\n", 6),
        ("\n\nNotes: all times are local\nSource: the office\n", 7),
        ("Total,,12,\n", 5),
        ("Made with care by the office\n", 5),
        ("LS-4\n", None),
        ("LS-4,,,\n", None),
        ("LS-4,2026-01-04,,\n", None),
        ("\nLS-4,2026-01-04,2,bad\n", None),
        ("\nTotal,,12,\nLS-4,2026-01-04,2,bad\n", None),
    ],
)
def test_notes_and_totals_at_the_end_are_no_data(end: str, footer: int | None) -> None:
    structure, rows = read(NAMES + BODY + end)

    assert structure.footer_row == footer
    assert [cells[0] for _, cells in rows][:3] == ["LS-1", "LS-2", "LS-3"]
    assert footer is None or len(rows) == 3
    assert any("notes or totals" in warning for warning in structure.warnings) is bool(footer)


def test_a_header_that_stands_again_between_the_rows_is_no_data() -> None:
    structure, rows = read(NAMES + BODY + NAMES + BODY)

    assert [row for row, _ in rows] == [2, 3, 4, 6, 7, 8]
    assert "The header stands 1 more times between the rows; left out." in structure.warnings


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('LS-9,2026-01-01,4,"stray', ["LS-9", "2026-01-01", "4", '"stray']),
        ('LS-9,"2026-01-01,4,stray', ["LS-9", '"2026-01-01', "4", "stray"]),
        ('"LS-9,2026-01-01,4,stray', ['"LS-9', "2026-01-01", "4", "stray"]),
        ('LS-9,2026-01-01,4,"', ["LS-9", "2026-01-01", "4", '"']),
        ('LS-9,2026-01-01,4,"a "word" here"', ["LS-9", "2026-01-01", "4", 'a "word" here']),
        ('LS-9,2026-01-01,4,""twice"', ["LS-9", "2026-01-01", "4", '"twice']),
        ('LS-9,"2026-01-01" ,4,x', ["LS-9", "2026-01-01", "4", "x"]),
        ('LS-9,2026-01-01,4,5" disk', ["LS-9", "2026-01-01", "4", '5" disk']),
    ],
)
@pytest.mark.parametrize("size", [1, 10**6])
def test_a_stray_quote_costs_its_own_row_at_most(line: str, cells: list[str], size: int) -> None:
    quoted = BODY.replace("fine", '"fine, really"')

    _, rows = read(NAMES + BODY + line + "\n" + quoted + BODY, size)

    assert [row for row, _ in rows] == list(range(2, 12))
    assert rows[3] == (5, cells)
    assert rows[4][1] == ["LS-1", "2026-01-01", "4", "fine, really"]


@pytest.mark.parametrize("size", [1, 10**6])
def test_a_stray_quote_that_none_closes_does_not_swallow_the_rest(size: int) -> None:
    structure, rows = read(NAMES + BODY + 'LS-9,"2026-01-01,4,x\n' + BODY, size)

    assert [row for row, _ in rows] == list(range(2, 9))
    assert rows[3][1] == ["LS-9", '"2026-01-01', "4", "x"]
    assert structure.warnings == ("1 rows have broken quotes, and are read as likely meant.",)


def test_a_file_cut_inside_quotes_is_still_refused() -> None:
    with pytest.raises(OpenQuoteError):
        read(NAMES + BODY + 'LS-4,2026-01-04,5,"never\nclosed')


def test_ragged_rows_are_told_and_kept() -> None:
    structure, rows = read(NAMES + BODY + "LS-4,2026-01-04\nLS-5,2026-01-05,5,a,b\n")

    assert [len(cells) for _, cells in rows] == [4, 4, 4, 2, 5]
    assert "2 rows have more or fewer cells than the header." in structure.warnings


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"delimiter": "semicolon"}, [["a,b", "c"], ["1,2", "3"]]),
        ({"delimiter": ","}, [["a", "b;c"], ["1", "2;3"]]),
        ({"delimiter": "none"}, [["a,b;c"], ["1,2;3"]]),
        ({"delimiter": ",", "header_row": "0"}, [["col_0", "col_1"], ["a", "b;c"], ["1", "2;3"]]),
        ({"delimiter": ",", "header_row": "2"}, [["1", "2;3"]]),
    ],
)
def test_what_is_said_is_obeyed(said: dict[str, str], expected: list[list[str]]) -> None:
    assert table("a,b;c\n1,2;3\n", **said) == expected


@pytest.mark.parametrize(
    "said",
    [
        {"encoding": "klingon"},
        {"encoding": "base64"},
        {"delimiter": "\n"},
        {"delimiter": "toolong"},
        {"quote": "ab"},
        {"header_row": "-1"},
        {"header_row": "x"},
        {"header_row": "99999999"},
    ],
)
def test_what_cannot_be_said_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(UnsupportedOptionError):
        overrides(said)


def test_words_for_signs() -> None:
    said = {"delimiter": "Tab", "quote": "none", "escape": "backslash", "header_row": "3"}

    assert overrides(said) == Overrides(delimiter="\t", quote="", escape="\\", header_row=3)


words = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\ufdd0\ufdd1"), min_size=1, max_size=12
)
SIGNS = "\u202eאב\u0301=+@-\x07\x1b\u200b\ufeff,;|\t\"'\\ \n"
hostile = st.text(alphabet=SIGNS, max_size=60)


@given(hostile, st.integers(1, 30))
@settings(max_examples=200)
def test_any_signs_are_refused_by_name_or_read_the_same_however_cut(text: str, size: int) -> None:
    content = NAMES + text
    started = time.monotonic()
    try:
        found = read(content, size)
    except UploadRefusedError as refused:
        with pytest.raises(type(refused)):
            read(content)
        return

    assert found == read(content)
    assert time.monotonic() - started < 2


@given(st.data())
@settings(max_examples=100)
def test_a_table_written_in_any_usual_dialect_is_read_as_it_was(data: st.DataObject) -> None:
    count = data.draw(st.integers(3, 20))
    sign = data.draw(st.sampled_from(",;\t|"))
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    noise = data.draw(st.lists(words, min_size=count, max_size=count))
    rows = [
        [f"LS-{n}", f"2026-01-{n + 1:02}", f"{n}.5", noise[n].strip() or "x"] for n in range(count)
    ]
    written = io.StringIO()
    out = csv.writer(written, delimiter=sign, lineterminator=end, quoting=csv.QUOTE_ALL)
    out.writerows([["id", "day", "score", "words"], *rows])

    found = table(written.getvalue())

    assert found[1:] == rows


@pytest.mark.parametrize("kind", ["commas", "quotes", "backslashes", "noise", "colons", "wide"])
def test_no_sample_takes_long_to_understand(kind: str) -> None:
    noise = random.Random(7)
    samples = {
        "commas": ",;|\t:~^ \n" * 9000,
        "quotes": "\"'," * 25_000 + "\n",
        "backslashes": 'a,"b\\"c",\'d\'\n' * 6000,
        "noise": "".join(noise.choices(SIGNS + "ab12", k=70_000)),
        "colons": "12:30:00 1;2,3|4~5\n" * 4000,
        "wide": ",".join(["1.5"] * 90) + "\n" + (",".join(["a b"] * 90) + "\n") * 200,
    }
    started = time.process_time()
    with suppress(UploadRefusedError):
        read(samples[kind][:64_000] + "\n")

    assert time.process_time() - started < 2
