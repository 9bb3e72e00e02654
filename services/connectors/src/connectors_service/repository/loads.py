"""Facts of one chunk into their table, set-wise; safe to run again with the same rows."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import dict_row

from connectors_service.datasets.facts import Changed, StagedFact
from connectors_service.repository.copying import copy_text
from connectors_service.repository.statements import Statements
from shared_schema.locks import Lock
from shared_utils.hashing import KeyedHash


@dataclass(frozen=True, slots=True)
class Origin:
    """Where facts come from: their import and the mapping that read them."""

    import_id: UUID
    mapping_version: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The fact that a row stands for, at its present revision."""

    row: int
    fact_id: UUID
    revision: int
    unheard: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: the written facts by the row that wrote them, and where every row stands."""

    changed: Mapping[int, Changed]
    standing: Sequence[Standing]
    speaks_of: Sequence[str] = ()


async def load_facts(
    connection: AsyncConnection[Any],
    statements: Statements,
    facts: Sequence[StagedFact],
    origin: Origin,
    keyed: KeyedHash,
) -> Loaded:
    """Write the facts that are new or changed, with their texts and details.

    Holds a lock of the table until the transaction ends, so that what was matched stays true.
    """
    async with connection.cursor(row_factory=dict_row) as cursor:
        await _stage(cursor, statements, facts, keyed)
        changed = await _write(cursor, statements, origin)
        await cursor.execute(statements.standing)
        standing = [
            Standing(row["row_no"], row["fact_id"], row["revision"], bool(row["unheard"]))
            for row in await cursor.fetchall()
        ]
    return Loaded(changed, standing, statements.speaks_of)


async def hold_table(cursor: AsyncCursor[Any], table: str) -> None:
    """Let no one else write facts of a table until the transaction ends."""
    await cursor.execute(
        "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (Lock.FACT_TABLES, table)
    )


async def _stage(
    cursor: AsyncCursor[dict[str, Any]],
    statements: Statements,
    facts: Sequence[StagedFact],
    keyed: KeyedHash,
) -> None:
    await hold_table(cursor, statements.model.fullname)
    await cursor.execute(statements.create)
    rows = await asyncio.to_thread(_copied, statements, facts, keyed)
    async with cursor.copy(statements.copy) as copy:
        await copy.write(rows)
    await cursor.execute(statements.match, {"spoken": list(statements.spoken)})


def _copied(statements: Statements, facts: Sequence[StagedFact], keyed: KeyedHash) -> bytes:
    return copy_text(_row(statements, fact, keyed) for fact in facts)


def _row(statements: Statements, fact: StagedFact, keyed: KeyedHash) -> list[Any]:
    cells: list[Any] = [fact.row]
    if statements.brings_id:
        cells.append(fact.fact_id)
    cells += (fact.values[name] for name in statements.fact.columns)
    if statements.fact.text_field:
        cells += _text(fact, keyed)
    if statements.has_details:
        stated = {name: value for name, value in fact.details.items() if value is not None}
        cells.append(json.dumps(stated, ensure_ascii=False))
    return cells


def _text(fact: StagedFact, keyed: KeyedHash) -> tuple[Any, ...]:
    text = fact.text
    if text is None:
        return (None, None, None, None)
    return (text.body, keyed.text(text.body), text.author, text.occurred_at)


async def _write(
    cursor: AsyncCursor[dict[str, Any]], statements: Statements, origin: Origin
) -> dict[int, Changed]:
    trace = {"import_id": origin.import_id, "mapping_version": origin.mapping_version}
    changed: dict[int, Changed] = {}
    for statement in (statements.upsert, statements.touch):
        await cursor.execute(statement, trace)
        changed |= {row["row_no"]: _changed(row) for row in await cursor.fetchall()}
    if statements.has_details and not statements.fact.details_column:
        await _add_details(cursor, statements, changed.values())
        await cursor.execute(statements.keep_details)
    if statements.fact.text_field:
        await cursor.execute(statements.keep_texts)
    return changed


async def _add_details(
    cursor: AsyncCursor[dict[str, Any]], statements: Statements, changed: Iterable[Changed]
) -> None:
    """Put the details that stand until now beside the other old values."""
    updated = {change.new[statements.fact.id_column]: change.old for change in changed}
    await cursor.execute(statements.old_details, ([key for key, old in updated.items() if old],))
    for row in await cursor.fetchall():
        if old := updated[row["fact_id"]]:
            old["details"] = row["details"]


def _changed(row: dict[str, Any]) -> Changed:
    before = row.pop("before")
    return Changed(new=row, old=before)
