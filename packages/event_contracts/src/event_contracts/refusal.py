"""From pydantic's findings to ours: fields and reasons stay, values go."""

import re
from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from event_contracts.errors import EventError, InvalidPayloadError, Problem, UnknownEventTypeError
from event_contracts.registry import Registry

_FIELD_SHAPED = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_PROBLEMS = 20


def event_error(error: ValidationError, known: Registry) -> EventError:
    """Return what to raise instead of pydantic's error, which holds the input."""
    details = error.errors(include_url=False)
    for found in details:
        if found["type"] == "union_tag_invalid":
            return UnknownEventTypeError(str(found["ctx"]["tag"]))
    tags = [str(part) for found in details for part in found["loc"] if part in known]
    problems = [_problem(found, known) for found in details[:_MOST_PROBLEMS]]
    return InvalidPayloadError(problems, tags[0] if tags else None)


def _problem(found: ErrorDetails, known: Registry) -> Problem:
    return Problem(".".join(_path(found, known)) or "(message)", _reason(found))


def _path(found: ErrorDetails, known: Registry) -> Iterator[str]:
    for part in found["loc"]:
        if isinstance(part, int) or _FIELD_SHAPED.fullmatch(part):
            yield str(part)
        elif part not in known:
            yield "(unnamed)"
    if found["type"].startswith("union_tag"):
        yield "type"


def _reason(found: ErrorDetails) -> str:
    """Return pydantic's words where they come from the contract alone, else the rule's name."""
    if found["type"].endswith("_parsing"):
        return f"Input should be a valid {found['type'].removesuffix('_parsing')}"
    quotes_input = {"error", "tag", "discriminator"} & found.get("ctx", {}).keys()
    return found["type"].replace("_", " ") if quotes_input else found["msg"]
