"""Validation errors in words that cannot repeat what was sent."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

MOST = 50
"""The most errors that one answer lists."""

# Messages of these types go on to quote the input; the words before it say enough.
_QUOTING = frozenset(
    {
        "assertion_error",
        "bytes_invalid_encoding",
        "date_from_datetime_parsing",
        "date_parsing",
        "datetime_from_date_parsing",
        "datetime_object_invalid",
        "datetime_parsing",
        "get_attribute_error",
        "iteration_error",
        "json_invalid",
        "mapping_type",
        "time_delta_parsing",
        "time_parsing",
        "timezone_offset",
        "url_parsing",
        "url_syntax_violation",
        "uuid_parsing",
        "value_error",
    }
)
_PLACES = frozenset({"body", "query", "path", "header", "cookie"})
_UNNAMED = "*"
_PLAIN: Mapping[str, str] = {
    "value_error": "The value cannot be used",
    "assertion_error": "The value cannot be used",
    "union_tag_invalid": "Input does not match any of the expected kinds",
}


def complaints(
    errors: Sequence[Any], known_names: Collection[str]
) -> list[dict[str, str | list[str | int]]]:
    """Up to 50 errors as `{"at": [...], "code", "message"}`.

    `at` is the path to the value; parts that are no name of ours show as `*`. A validator of ours
    that wants its own words heard raises PydanticCustomError with a code of its own.
    """
    return [
        {
            "at": [_shown(part, known_names) for part in error["loc"]],
            "code": str(error["type"]),
            "message": _message(str(error["type"]), str(error["msg"])),
        }
        for error in errors[:MOST]
    ]


def _shown(part: str | int, known_names: Collection[str]) -> str | int:
    is_ours = isinstance(part, int) or part in _PLACES or part in known_names
    return part if is_ours else _UNNAMED


def _message(code: str, message: str) -> str:
    if code in _PLAIN:
        return _PLAIN[code]
    return message.partition(",")[0].partition(":")[0] if code in _QUOTING else message


def names_in(schema: Mapping[str, Any]) -> frozenset[str]:
    """The names of every parameter and property of an OpenAPI document."""
    found: set[str] = set()
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            found.update(_own_names(node))
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return frozenset(found)


def _own_names(node: Mapping[str, Any]) -> list[str]:
    properties = node.get("properties")
    names = list(properties) if isinstance(properties, Mapping) else []
    if "in" in node and isinstance(node.get("name"), str):
        names.append(node["name"])
    return names
