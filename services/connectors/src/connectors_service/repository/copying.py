"""Rows in the text form of PostgreSQL's COPY."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

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
    return _uuid(value) if isinstance(value, UUID) else str(value)


@lru_cache(maxsize=4096)
def _uuid(value: UUID) -> str:
    return str(value)


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("\t", "\\t")
    return escaped.replace("\n", "\\n").replace("\r", "\\r")
