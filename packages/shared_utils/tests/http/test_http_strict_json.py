"""JSON that two readers could understand differently is refused; all other is read as it is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.strict_json import MAX_DEPTH, StrictJsonError, loads

HOSTILE = {
    "not a number": b"NaN",
    "infinity": b"[-Infinity]",
    "beyond a double": b'{"a": 1e400}',
    "beyond 64 bits": b"9223372036854775808",
    "thousands of digits": b"1" * 5000,
    "a member twice": b'{"a": 1, "a": 2}',
    "a member twice by escape": b'{"a": 1, "\\u0061": 2}',
    "a member twice inside": b'[{"x": {"a": 1, "a": 1}}]',
    "half a surrogate pair": b'"\\ud800"',
    "the other half": b'["\\udc00\\ud800"]',
    "half a pair in a name": b'{"\\ud83d": 1}',
    "NUL": b'"a\\u0000b"',
    "NUL in a name": b'{"\\u0000": 1}',
    "raw control character": b'"a\nb"',
    "not UTF-8": b'"\xff"',
    "surrogate as bytes": b'"\xed\xa0\x80"',
    "overlong UTF-8": b'"\xc0\xaf"',
    "UTF-16": '"a"'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf"a"',
    "too deep": b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    "far too deep": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "two values": b"1 2",
    "trailing comma": b"[1,]",
    "single quotes": b"{'a': 1}",
    "comment": b"[1] // one",
    "leading zero": b"01",
    "nothing": b"",
    "cut": b'{"a": "b',
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_ambiguous_json_is_refused_without_repeating_it(raw: bytes) -> None:
    with pytest.raises(StrictJsonError) as refusal:
        loads(raw)

    assert refusal.value.__cause__ is None
    assert str(refusal.value).startswith("The ")


FINE: dict[str, tuple[bytes, Any]] = {
    "surrogate pair": (b'"\\ud83d\\ude00"', "\U0001f600"),
    "as deep as allowed": (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
    "brackets in text": (b'"' + b"[" * 1000 + b'"', "[" * 1000),
    "largest": (b"9223372036854775807", 2**63 - 1),
    "smallest": (b"-9223372036854775808", -(2**63)),
    "small double": (b"1e-400", 0.0),
    "siblings": (b"[" + b"[]," * 500 + b"[]]", [[]] * 501),
}


@pytest.mark.parametrize(("raw", "value"), FINE.values(), ids=FINE)
def test_unambiguous_json_is_read(raw: bytes, value: Any) -> None:
    assert value is None or loads(raw) == value
    loads(raw)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs", "Cc"])), inner)
    ),
)


@given(VALUES, st.booleans())
def test_whatever_json_can_hold_survives(value: Any, ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary())
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    try:
        loads(raw)
    except StrictJsonError:
        return
