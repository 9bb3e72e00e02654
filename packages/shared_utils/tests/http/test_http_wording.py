"""The words of a refusal never repeat what was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.http.middleware import is_json
from shared_utils.http.validation import complaints

WORDS = {
    "uuid_parsing": (
        "Input should be a valid UUID, found `z` at 1",
        "Input should be a valid UUID",
    ),
    "url_parsing": ("Input should be a valid URL, invalid zz", "Input should be a valid URL"),
    "json_invalid": ("Invalid JSON: expected zz at line 1", "Invalid JSON"),
    "mapping_type": (
        "Input should be a valid mapping, error: zz",
        "Input should be a valid mapping",
    ),
    "value_error": ("Value error, zz is odd", "The value cannot be used"),
    "assertion_error": ("Assertion failed, zz", "The value cannot be used"),
    "union_tag_invalid": ("Input tag 'zz' found", "Input does not match any of the expected kinds"),
    "greater_than": ("Input should be greater than 3", "Input should be greater than 3"),
    "enum": (
        "Input should be 'red', 'blue' or 'green'",
        "Input should be 'red', 'blue' or 'green'",
    ),
}


@pytest.mark.parametrize("code", WORDS)
def test_words_that_go_on_to_quote_are_cut(code: str) -> None:
    said, told = WORDS[code]

    (complaint,) = complaints([{"loc": ("body",), "type": code, "msg": said}], ())

    assert complaint == {"at": ["body"], "code": code, "message": told}


MEDIA = {
    "application/json": True,
    "APPLICATION/JSON; charset=utf-8": True,
    "application/problem+json": True,
    "application/cloudevents-batch+json": True,
    "text/json": False,
    "application/jsonx": False,
    "application/x-ndjson": False,
    "application/xml+json+x": False,
    "": False,
    "json": False,
}


@pytest.mark.parametrize(("content_type", "expected"), MEDIA.items())
def test_json_is_known_by_its_media_type(content_type: str, expected: bool) -> None:
    assert is_json(content_type) is expected


@given(st.lists(st.text(min_size=1) | st.integers(), max_size=4))
def test_no_part_of_a_place_is_shown_that_is_not_ours(loc: list[str | int]) -> None:
    error = {"loc": loc, "type": "missing", "msg": "Field required"}

    (told,) = complaints([error], {"known"})

    ours = {"known", "body", "query", "path", "header", "cookie", "*"}
    assert all(isinstance(part, int) or part in ours for part in told["at"])
