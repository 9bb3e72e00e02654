"""What pass 1 found, as the import keeps it between upload and load."""

from dataclasses import asdict
from typing import Any

from connectors_service.reading.structure import Dialect, Format, Structure


def checkpoint_of(structure: Structure) -> dict[str, Any]:
    """Return a structure as JSON: the dialect's entries beside the file's own."""
    whole: dict[str, Any] = asdict(structure)
    dialect: dict[str, Any] = whole.pop("dialect")
    return {**whole, **dialect, "headers": list(structure.dialect.headers)}


def structure_of(checkpoint: dict[str, Any]) -> Structure:
    """Return the structure that a checkpoint holds; what an older one lacks has its default."""
    kept = {name: checkpoint[name] for name in _STRUCTURE if name in checkpoint}
    dialect = {name: checkpoint[name] for name in _DIALECT if name in checkpoint}
    return Structure(
        **kept
        | {
            "dialect": Dialect(**dialect | {"headers": tuple(checkpoint["headers"])}),
            "format": Format(checkpoint.get("format", Format.CSV)),
            "warnings": tuple(checkpoint.get("warnings", ())),
        }
    )


_DIALECT = frozenset(Dialect.__dataclass_fields__)
_STRUCTURE = frozenset(Structure.__dataclass_fields__) - {"dialect"}
