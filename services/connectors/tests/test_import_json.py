"""JSON in any shape becomes numbered rows of text; what no row may hold spoils that row alone."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_service.errors import (
    FieldTooLongError,
    NullBytesError,
    RowTooLongError,
    TooManyColumnsError,
    UploadRefusedError,
)
from connectors_service.reading.inspection import Inspector
from connectors_service.reading.limits import Limits
from connectors_service.reading.refusals import BrokenJsonError, NoRowsError, TooManyRowsError
from connectors_service.reading.rows import rows_reader
from connectors_service.reading.structure import Block, Format, Spoilt, Structure

LIMITS = Limits(max_bytes=10**9, max_field_chars=1000, max_columns=20)


def inspected(content: bytes, size: int = 10**6, most_rows: int | None = None) -> Structure:
    inspector = Inspector(frozenset(), LIMITS, most_rows=most_rows)
    for start in range(0, len(content), size):
        inspector.feed(content[start : start + size])
    return inspector.finish()


def rows(content: bytes, size: int = 10**6) -> tuple[tuple[str, ...], Block]:
    structure = inspected(content, size)
    reader = rows_reader(structure, LIMITS)
    found = [
        row for i in range(0, len(content), size) for row in reader.feed(content[i : i + size])
    ]
    return structure.dialect.headers, found + reader.finish()


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b'{"a": 1}', Format.JSON),
        (b'{"a": 1}\n{"a": 2}\n', Format.NDJSON),
        (b'\xef\xbb\xbf{"a": 1}\r\n{"a": 2}\r\n', Format.NDJSON),
        (b'{"a": 1},\n{"a": 2},\n', Format.NDJSON),
        (b'{"a": broken}\n{"a": 2}\n', Format.NDJSON),
        (b'[{"a": 1}, {"a": 2}]', Format.JSON),
        (b' [\n  {"a": 1},\n  {"a": 2}\n]\n', Format.JSON),
        (b'{\n  "a": 1,\n  "b": {"c": 2}\n}\n', Format.JSON),
        (b"[id],[name]\n1,x\n", Format.CSV),
        (b"{id},{name}\n1,x\n", Format.CSV),
    ],
)
@pytest.mark.parametrize("size", [1, 10**6])
def test_the_format_is_told_by_how_the_file_opens(content: bytes, form: Format, size: int) -> None:
    assert inspected(content, size).format is form


@pytest.mark.parametrize("size", [1, 7, 10**6])
def test_objects_are_rows_and_their_names_columns(size: int) -> None:
    lines = b'{"b": "x", "a": 1}\n\n{"a": 2.50, "c": true}\n{"c": null, "b": ""}\n'

    assert rows(lines, size) == (
        ("b", "a", "c"),
        [(1, ["x", "1", ""]), (3, ["", "2.50", "true"]), (4, ["", "", ""])],
    )


@pytest.mark.parametrize("size", [1, 7, 10**6])
def test_a_list_numbers_its_objects(size: int) -> None:
    listed = b'[{"a": "x,\\"y\\""}, {"a": "{[\\n"},\n{"a": 3}]'

    assert rows(listed, size) == (("a",), [(1, ['x,"y"']), (2, ["{[\n"]), (3, ["3"])])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('"text"', "text"),
        ("null", ""),
        ("false", "false"),
        ("7", "7"),
        ("4.50", "4.50"),
        ("1e3", "1e3"),
        ("12345678901234567890", "12345678901234567890"),
        ('["a", 1, null]', '["a",1,null]'),
        ('{"b": [1.5], "c": "é"}', '{"b":[1.5],"c":"é"}'),
        ('"\\u00e9"', "é"),
        ('"\\ud83d\\ude00"', "\U0001f600"),
    ],
)
def test_values_become_the_text_that_a_cell_would_hold(value: str, text: str) -> None:
    assert rows(f'{{"a": {value}}}'.encode()) == (("a",), [(1, [text])])


@pytest.mark.parametrize(
    "line",
    [
        "{bad}",
        '{"a": 1',
        '{"a": 1} x',
        '{"a": 1e400}',
        '{"a": -1e400}',
        '{"a": [1e400]}',
        '{"a": NaN}',
        '{"a": 1, "a": 2}',
        '{"b": {"a": 1, "a": 2}}',
        '{"a": "\\ud800"}',
        '{"\\udfff": 1}',
        '{"a": "\\u0000"}',
        '{"a": {"b": "\\u0000"}}',
        '{"a": "tab\there"}',
        '{"a": ' + "9" * 5000 + "}",
        '{"a": ' + "[" * 100 + "]" * 100 + "}",
        '{"a": ' + "[" * 1500 + "}",
        '{"a": ' + '{"a":' * 700 + "1" + "}" * 700 + "}",
        "[1]",
        '"text"',
        "7",
    ],
)
def test_a_line_that_no_row_can_be_made_of_spoils_only_itself(line: str) -> None:
    if len(line) > LIMITS.max_row_chars:
        pytest.skip("the file is refused")
    headers, found = rows(f'{{"ok": 1}}\n{line}\n{{"ok": 2}}\n'.encode())

    assert headers == ("ok",)
    (first, bad, last) = found
    assert (first, last) == ((1, ["1"]), (3, ["2"]))
    assert isinstance(bad[1], Spoilt)
    assert (bad[0], list(bad[1])) == (2, [line])
    assert bad[1].why.endswith(".")


@pytest.mark.parametrize("value", ["1e400", '"\\ud800"', '"\\u0000"', "NaN"])
def test_an_item_that_no_row_can_be_made_of_spoils_only_itself(value: str) -> None:
    _, found = rows(f'[{{"a": 1}}, {{"a": {value}}}, {{"a": 3}}]'.encode())

    assert [row for row, cells in found if isinstance(cells, Spoilt)] == [2]
    assert found[2] == (3, ["3"])


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"[]", NoRowsError),
        (b"[{}, {}]", NoRowsError),
        (b'{"a": NaN}', NoRowsError),
        (b'[{"a": 1},', BrokenJsonError),
        (b'[{"a": 1} {"a": 2}]', BrokenJsonError),
        (b'[{"a": 1}] {"a": 2}', BrokenJsonError),
        (b'[{"a": 1}, {"a": 1', BrokenJsonError),
        (b'[{"a": ' + b"[" * 1200 + b"]" * 1200 + b"}]", BrokenJsonError),
        (b'{"a": "x\x00"}\n', NullBytesError),
        (b'{"a": "' + b"x" * 1001 + b'"}\n', FieldTooLongError),
        (b'{"' + b"x" * 1001 + b'": 1}\n', FieldTooLongError),
        (b'{"a": 1}\n{"a": "' + b"x" * 5000 + b'"}\n', RowTooLongError),
        (b'[{"a": "' + b"x" * 5000, RowTooLongError),
        (b"{" + b",".join(b'"c%d":1' % i for i in range(21)) + b"}\n", TooManyColumnsError),
    ],
)
@pytest.mark.parametrize("size", [10, 10**6])
def test_spoilt_json_is_refused_by_its_name(
    content: bytes, refusal: type[UploadRefusedError], size: int
) -> None:
    with pytest.raises(refusal):
        inspected(content, size)


def test_a_request_may_hold_so_many_objects() -> None:
    listed = b"[" + b",".join(b'{"a":%d}' % n for n in range(4)) + b"]"

    assert inspected(listed, most_rows=4).last_row == 4
    with pytest.raises(TooManyRowsError) as refused:
        inspected(listed, most_rows=3)
    assert refused.value.extra == {"limit": "WAYMARK_IMPORT_MAX_JSON_ROWS", "maximum": 3}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
pieces = st.lists(
    st.sampled_from(
        ['{"a":', "[", "]", "{", "}", '"', "\\", ",", "1", "e400", "\n", "\\u", "d800", "x"]
    ),
    max_size=40,
).map("".join)


@given(
    st.lists(st.dictionaries(st.text(max_size=3), values, min_size=1), min_size=1, max_size=5),
    st.integers(1, 50),
)
def test_a_list_and_its_lines_are_the_same_rows(objects: list[dict[str, Any]], size: int) -> None:
    listed = orjson_lines(objects)
    try:
        as_list = rows(b"[" + b",".join(listed) + b"]", size)
    except UploadRefusedError as refused:
        with pytest.raises(type(refused)):
            rows(b"\n".join(listed) + b"\n", size)
        return

    headers, found = rows(b"\n".join([*listed, b""]), size) if len(listed) > 1 else as_list
    assert (headers, found) == as_list


def orjson_lines(objects: list[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(each).encode() for each in objects]


@given(pieces, st.sampled_from(["", '{"a":1}\n', "[", '[{"a":1},']), st.integers(1, 30))
def test_any_json_is_refused_by_name_or_read_the_same_twice(
    text: str, start: str, size: int
) -> None:
    content = (start + text).encode()
    try:
        found = rows(content, size)
    except UploadRefusedError as refused:
        with pytest.raises(type(refused)):
            rows(content)
        return

    assert found == rows(content)
