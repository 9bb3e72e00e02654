"""From the bytes of a page to records, and from records to rows under common columns."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors_service.errors import NullBytesError, TooManyColumnsError, UploadRefusedError
from connectors_service.pulling.bodies import line_of, records_of
from connectors_service.pulling.columns import Columns, Rows, cell
from connectors_service.pulling.definition import Definition
from connectors_service.pulling.errors import UnreadablePageError
from connectors_service.reading.limits import UNLIMITED, Limits


def defined(**members: Any) -> Definition:
    return Definition.model_validate({"base_url": "https://api.partner.example", **members})


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("application/json", b'{"d": [{"a": 1}]}', [{"a": 1}]),
        ("application/vnd.api+json; charset=utf-8", b'{"d": []}', []),
        ("application/x-ndjson", b'{"a": 1}\n\n{"a": 2}', [{"a": 1}, {"a": 2}]),
        ("text/csv", "\ufeffa;b\n1;Zoë\n".encode(), [{"a": "1", "b": "Zoë"}]),
        (
            "application/json",
            b'{"d": [{"a": 123456789012345678901}]}',
            [{"a": 123456789012345678901}],
        ),
    ],
)
def test_records_are_found_in_a_body(kind: str, body: bytes, expected: list[Any]) -> None:
    assert records_of(defined(records="/d"), kind, body)[0] == expected


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("text/html; charset=utf-8", b"<html>", "text/html, not JSON"),
        ("", b"[]", "without a type"),
        ('"><script>', b"[]", "without a type"),
        ("application/json", b"", "no valid JSON"),
        ("application/json", b'{"d": [1', "no valid JSON"),
        ("application/json", b'{"d": [NaN]}', "no valid JSON"),
        ("application/json", b"\xff", "no valid JSON"),
        ("application/json", b"[" * 100_000, "no valid JSON"),
        ("application/json", b'{"e": []}', "no list of records at /d"),
        ("application/json", b'{"d": {"a": 1}}', "no list of records at /d"),
        ("application/json", b'{"d": [1, 2]}', "no JSON objects"),
        ("application/x-ndjson", b'{"a": 1}\n{', "no valid JSON"),
        ("text/csv", b"a\n\xff\n", "no CSV"),
        ("text/csv", b'a\n"b', "no CSV"),
    ],
)
def test_a_body_that_is_not_what_was_promised(kind: str, body: bytes, words: str) -> None:
    with pytest.raises(UnreadablePageError, match=words):
        records_of(defined(records="/d"), kind, body)


def test_fields_are_taken_from_where_they_stand() -> None:
    definition = defined(fields={"email": "/who/email", "id": "/id", "none": "/who/x"})

    records, _ = records_of(
        definition, "application/json", b'[{"id": 1, "who": {"email": "a@b.c"}, "z": 2}]'
    )

    assert records == [{"email": "a@b.c", "id": 1, "none": None, "z": 2}]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("a", "a"),
        (1, "1"),
        (1.5, "1.5"),
        (True, "true"),
        (10**21, "1000000000000000000000"),
        (["a", 2], "a, 2"),
        ([], ""),
        (["a,b", "c"], '["a,b","c"]'),
        ({"ü": [1]}, '{"ü":[1]}'),
        ([None], "[null]"),
    ],
)
def test_a_value_becomes_a_cell(value: Any, expected: str) -> None:
    assert cell(value) == expected


RAGGED: list[dict[str, Any]] = [{"a": 'x\n"y"'}, {"b": 10**20, "a": None}, {}]


def test_records_with_other_members_become_rows_of_common_columns() -> None:
    lines = b"".join(line_of(record) for record in RAGGED)
    columns = Columns(UNLIMITED)
    for start in range(0, len(lines), 7):
        columns.add(lines[start : start + 7])
    structure = columns.structure(3)
    rows = Rows(structure.dialect.headers)

    assert structure.dialect.headers == ("a", "b")
    assert (structure.last_row, structure.first_piece) == (3, 3)
    assert rows.add(lines[:9]) + rows.add(lines[9:]) == (
        b'"x\n""y""",""\n"","100000000000000000000"\n"",""\n'
    )


def test_records_keep_the_limits_of_files() -> None:
    with pytest.raises(NullBytesError):
        Columns(UNLIMITED).add(b'{"a": ["\\u0000"]}\n')
    with pytest.raises(TooManyColumnsError):
        Columns(Limits(1000, 1000, 2)).add(b'{"a": 1, "b": 1, "c": 1}\n')


def test_half_a_character_is_no_record() -> None:
    with pytest.raises(UnreadablePageError, match="Unicode"):
        line_of({"a": "\ud800"})


@pytest.mark.parametrize("inner", ["1", "123456789012345678901"])
def test_a_record_that_is_nested_deeply_is_refused(inner: str) -> None:
    deep = f'[{{"a": {"[" * 300}{inner}{"]" * 300}}}]'.encode()
    (record,), _ = records_of(defined(), "application/json", deep)

    with pytest.raises(UnreadablePageError, match="nested"):
        line_of(record)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KINDS = st.sampled_from(["application/json", "application/x-ndjson", "text/csv", "x/y+json", ""])


@settings(max_examples=150, deadline=None)
@given(
    kind=KINDS, body=st.binary(max_size=300) | VALUES.map(lambda value: json.dumps(value).encode())
)
def test_any_body_is_read_or_refused(kind: str, body: bytes) -> None:
    try:
        records, _ = records_of(defined(), kind, body)
        lines = b"".join(line_of(record) for record in records)
        columns = Columns(UNLIMITED)
        columns.add(lines)
        Rows(columns.structure(0).dialect.headers).add(lines)
    except (UnreadablePageError, UploadRefusedError):
        return
    assert columns.rows == len(records)
