"""What an uploader may ask for, by form field or query parameter."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from connectors_service.errors import UnsupportedOptionError
from connectors_service.reading import overrides
from connectors_service.reading.dialect import AS_IT_IS
from connectors_service.reading.overrides import Overrides
from event_contracts.vocabulary import Program

NAMES = ("dry_run", "mapping", "confirm", "program", "atomic", *overrides.NAMES)
_TRUE, _FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off", ""}


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of one upload.

    `mapping` is a name, `name@version` or the YAML of one; `confirm` the dry run whose mapping is
    meant; `atomic` loads all rows or none.
    """

    dry_run: bool = False
    mapping: str | None = None
    program: str | None = None
    confirm: UUID | None = None
    atomic: bool = False
    overrides: Overrides = AS_IT_IS


def asked_for(query: Mapping[str, str], form: Mapping[str, str]) -> Asked:
    """Read the options; the form's win. Raises UnsupportedOptionError."""
    given = {**query, **form}
    if not given.keys() <= set(NAMES):
        raise UnsupportedOptionError("of an upload", f"one of these names: {', '.join(NAMES)}")
    if given.get("mapping") and given.get("confirm"):
        raise UnsupportedOptionError("confirm", "the place of mapping: state one of them")
    return Asked(
        dry_run=_flag("dry_run", given.get("dry_run", ""), "true or false"),
        mapping=given.get("mapping") or None,
        program=_program(given),
        confirm=_confirmed(given.get("confirm", "").strip()),
        atomic=_flag("atomic", _all(given.get("atomic", "")), "all, or false"),
        overrides=overrides.overrides(given),
    )


def _flag(option: str, text: str, takes: str) -> bool:
    folded = text.strip().lower()
    if folded not in _TRUE | _FALSE:
        raise UnsupportedOptionError(option, takes)
    return folded in _TRUE


def _all(text: str) -> str:
    return "true" if text.strip().lower() == "all" else text


def _confirmed(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise UnsupportedOptionError("confirm", "the import_id of a dry run") from None


def _program(given: Mapping[str, str]) -> str | None:
    folded = given.get("program", "").strip().lower()
    if folded and folded not in set(Program):
        raise UnsupportedOptionError("program", " | ".join(Program))
    return folded or None
