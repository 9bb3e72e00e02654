"""What an uploader may ask for, by form field or query parameter."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors_service.errors import UnsupportedOptionError
from event_contracts.vocabulary import Program

NAMES = ("dry_run", "mapping", "program")
_TRUE, _FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off", ""}


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of one upload."""

    dry_run: bool = False
    mapping: str | None = None
    program: str | None = None


def asked_for(query: Mapping[str, str], form: Mapping[str, str]) -> Asked:
    """Read the options; the form's win. Raises UnsupportedOptionError."""
    given = {**query, **form}
    if not given.keys() <= set(NAMES):
        raise UnsupportedOptionError("of an upload", f"one of these names: {', '.join(NAMES)}")
    return Asked(_flag(given.get("dry_run", "")), given.get("mapping") or None, _program(given))


def _flag(text: str) -> bool:
    folded = text.strip().lower()
    if folded not in _TRUE | _FALSE:
        raise UnsupportedOptionError("dry_run", "true or false")
    return folded in _TRUE


def _program(given: Mapping[str, str]) -> str | None:
    folded = given.get("program", "").strip().lower()
    if folded and folded not in set(Program):
        raise UnsupportedOptionError("program", " | ".join(Program))
    return folded or None
