"""JSON as RFC 7493 (I-JSON) means it: what readers could understand in two ways is refused."""

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

MAX_DEPTH = 64

_INT64 = range(-(2**63), 2**63)
_MAX_DIGITS = 20


class StrictJsonError(ValueError):
    """The text is not acceptable JSON; the message says why and repeats none of it."""


def loads(raw: bytes | str, *, max_depth: int = MAX_DEPTH) -> Any:
    """The value of a JSON text.

    Refused with StrictJsonError: bytes that are not UTF-8, malformed JSON, NaN and infinities,
    numbers beyond a double or 64 bits, repeated members, lone surrogates, NUL, deep nesting.
    """
    text = _text(raw)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique_members,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_int64,
        )
    except json.JSONDecodeError:
        raise StrictJsonError("The body is not valid JSON.") from None
    except RecursionError:
        raise StrictJsonError("The JSON is nested too deeply.") from None
    _check(text, value, max_depth)
    return value


def _text(raw: bytes | str) -> str:
    try:
        return raw.decode() if isinstance(raw, bytes) else raw.encode().decode()
    except UnicodeError:
        raise StrictJsonError("The body is not valid UTF-8.") from None


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise StrictJsonError("The JSON has an object that names a member twice.")
    return members


def _refuse_constant(_: str) -> NoReturn:
    raise StrictJsonError("The JSON has a number that is not finite.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise StrictJsonError("The JSON has a number that is out of range.")
    return number


def _int64(digits: str) -> int:
    if len(digits) > _MAX_DIGITS or int(digits) not in _INT64:
        raise StrictJsonError("The JSON has a whole number that does not fit 64 bits.")
    return int(digits)


def _check(text: str, value: Any, max_depth: int) -> None:
    # Valid UTF-8 without escapes cannot hold surrogates or NUL, nor few brackets deep nesting.
    if "\\u" not in text and text.count("[") + text.count("{") <= max_depth:
        return
    for depth, node in _nodes(value):
        if depth > max_depth:
            raise StrictJsonError("The JSON is nested too deeply.")
        if isinstance(node, str):
            _check_string(node)


def _nodes(value: Any) -> Iterator[tuple[int, Any]]:
    waiting: list[tuple[int, Any]] = [(0, value)]
    while waiting:
        depth, node = waiting.pop()
        depth += isinstance(node, dict | list)
        yield depth, node
        waiting.extend((depth, child) for child in _children(node))


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return [*node.keys(), *node.values()]
    return node if isinstance(node, list) else []


def _check_string(text: str) -> None:
    if "\0" in text:
        raise StrictJsonError("The JSON has a NUL character in a string.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise StrictJsonError("The JSON has half of a surrogate pair in a string.") from None
