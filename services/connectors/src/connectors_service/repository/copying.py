"""Rows in the text form of PostgreSQL's COPY."""

from collections.abc import Iterable, Sequence
from typing import Any

_NULL = r"\N"


def copy_text(rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows as COPY … FROM STDIN reads them; None is NULL, bytes become bytea."""
    return "".join("\t".join(map(_cell, row)) + "\n" for row in rows).encode()


def _cell(value: Any) -> str:
    if value is None:
        return _NULL
    if isinstance(value, str):
        return _escaped(value)
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    return str(value)


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("\t", "\\t")
    return escaped.replace("\n", "\\n").replace("\r", "\\r")
