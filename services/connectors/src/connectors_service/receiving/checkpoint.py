"""What pass 1 found, as the import keeps it between upload and load."""

from typing import Any

from connectors_service.reading.dialect import Dialect
from connectors_service.reading.inspection import Structure


def checkpoint_of(structure: Structure) -> dict[str, Any]:
    """Return a structure as JSON."""
    dialect = structure.dialect
    return {
        "encoding": structure.encoding,
        "delimiter": dialect.delimiter,
        "header_row": dialect.header_row,
        "headers": list(dialect.headers),
        "last_row": structure.last_row,
    }


def structure_of(checkpoint: dict[str, Any]) -> Structure:
    """Return the structure that a checkpoint holds."""
    dialect = Dialect(
        checkpoint["delimiter"], checkpoint["header_row"], tuple(checkpoint["headers"])
    )
    return Structure(checkpoint["encoding"], dialect, checkpoint["last_row"])
