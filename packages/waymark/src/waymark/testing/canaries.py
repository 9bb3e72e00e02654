"""Looks for words in everything that a platform keeps: every table, the streams, logs and files."""

import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import zstandard
from psycopg import sql

SCHEMAS = ("pii", "program", "insight", "auth", "ops")
_COLUMNS = """
    SELECT c.table_schema, c.table_name, c.column_name, c.data_type
    FROM information_schema.columns c JOIN information_schema.tables t
        USING (table_schema, table_name)
    WHERE c.table_schema = ANY(%s) AND t.table_type = 'BASE TABLE'
    ORDER BY 1, 2, c.ordinal_position
"""


def in_tables(postgres: str, words: Sequence[str]) -> set[str]:
    """The columns of all tables that hold one of the words, as `schema.table.column`."""
    with psycopg.connect(postgres) as connection:
        columns = connection.execute(_COLUMNS, [list(SCHEMAS)]).fetchall()
        return {
            f"{schema}.{table}.{column}"
            for schema, table, column, kind in columns
            if _holds(connection, (schema, table), column, kind, words)
        }


def _holds(
    connection: psycopg.Connection[Any],
    table: tuple[str, str],
    column: str,
    kind: str,
    words: Sequence[str],
) -> bool:
    names = {"table": sql.Identifier(*table), "column": sql.Identifier(column)}
    if kind == "bytea":
        bodies = sql.SQL("SELECT {column} FROM {table} WHERE {column} IS NOT NULL").format(**names)
        return any(_names(_unpacked(bytes(row[0])), words) for row in connection.execute(bodies))
    found = sql.SQL("SELECT EXISTS (SELECT FROM {table} WHERE {column}::text ILIKE ANY(%s))")
    asked = [[f"%{word}%" for word in words]]
    return connection.execute(found.format(**names), asked).fetchone() == (True,)


def in_files(folder: Path, words: Sequence[str], leave_out: Sequence[str] = ()) -> set[str]:
    """The files below a folder that hold one of the words; `leave_out` names parts of paths."""
    return {
        str(path.relative_to(folder))
        for path in _files(folder)
        if not set(leave_out) & set(path.relative_to(folder).parts) and _in_file(path, words)
    }


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _in_file(path: Path, words: Sequence[str]) -> bool:
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return _names(content[:], words)


def _unpacked(body: bytes) -> bytes:
    """Bytes as they are, and what they unpack to where zstd packed them."""
    if not body.startswith(b"\x28\xb5\x2f\xfd"):
        return body
    return zstandard.ZstdDecompressor().decompressobj().decompress(body)


def _names(content: bytes, words: Sequence[str]) -> bool:
    folded = content.lower()
    return any(
        word.lower().encode(encoding) in folded
        for word in words
        for encoding in ("utf-8", "utf-16-le")
    )
