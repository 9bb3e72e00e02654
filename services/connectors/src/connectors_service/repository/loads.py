"""Facts of one chunk into their table, set-wise; safe to run again with the same rows."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor, sql

from connectors_service.datasets.facts import StagedFact
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
class Loaded:
    """How many facts a load wrote, and how many of them were there before."""

    written: int
    updated: int


@dataclass(frozen=True, slots=True)
class Hung:
    """The column by which each staged fact names the one that its row stated for a table before."""

    column: str
    parent: Statements


async def load_facts(
    connection: AsyncConnection[Any],
    statements: Statements,
    rows: bytes,
    origin: Origin,
    hung: Hung | None = None,
) -> Loaded:
    """Write the facts that are new or changed, with their texts and details.

    `rows` are as `copied` gives them. Holds a lock of the table until the transaction ends, so that
    what was matched stays true. What was written stays in a temporary table until then.
    """
    async with connection.cursor() as cursor:
        await _stage(cursor, statements, rows, hung)
        loaded = await _write(cursor, statements, origin)
        await _keep_words(cursor, statements, loaded)
    return loaded


async def hold_table(cursor: AsyncCursor[Any], table: str) -> None:
    """Let no one else write facts of a table until the transaction ends."""
    await cursor.execute(
        "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (Lock.FACT_TABLES, table)
    )


async def tune(connection: AsyncConnection[Any]) -> None:
    """Set the rest of the transaction up for chunks.

    Stored rows are found by index, however many rows ask: a chunk is small beside its table, which
    the planner can't know of a temporary table. Sorts of a chunk stay in memory.
    """
    await connection.execute(
        "SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL work_mem = '32MB'"
    )


async def _stage(
    cursor: AsyncCursor[Any], statements: Statements, rows: bytes, hung: Hung | None
) -> None:
    await hold_table(cursor, statements.model.fullname)
    await cursor.execute(statements.create)
    async with cursor.copy(statements.copy) as copy:
        await copy.write(rows)
    if hung is not None:
        await cursor.execute(statements.hang(hung.column, hung.parent))


async def _write(cursor: AsyncCursor[Any], statements: Statements, origin: Origin) -> Loaded:
    trace = {"import_id": origin.import_id, "mapping_version": origin.mapping_version}
    spoken = {"spoken": list(statements.spoken)}
    _, restated = await _counted(cursor, statements.match, spoken)
    (has_repeats,) = await _counted(cursor, statements.repeats)
    if has_repeats:
        await cursor.execute(statements.unite)
    written, updated = await _counted(cursor, statements.upsert, trace)
    if restated and statements.has_own_details:
        touched, _ = await _counted(cursor, statements.touch, trace)
        written, updated = written + touched, updated + touched
    return Loaded(written, updated)


async def _keep_words(cursor: AsyncCursor[Any], statements: Statements, loaded: Loaded) -> None:
    if loaded.written and statements.has_own_details:
        await cursor.execute(statements.keep_details)
    if loaded.written and statements.fact.text_field:
        await cursor.execute(statements.keep_texts)


async def _counted(
    cursor: AsyncCursor[Any], statement: sql.Composed, parameters: dict[str, Any] | None = None
) -> tuple[int, ...]:
    await cursor.execute(statement, parameters)
    row: tuple[int, ...] | None = await cursor.fetchone()
    return row or ()


async def fates(
    connection: AsyncConnection[Any], first: Statements | None, others: Sequence[Statements]
) -> tuple[int, int]:
    """Return how many rows created, and how many updated something.

    A row counts once, by its fact in the first table; a change to another fact is an update.
    """
    written = [_noted(other, "false") for other in others]
    if first is not None:
        written.append(_noted(first, "old_revision IS NULL"))
    query = sql.SQL(
        "SELECT count(*) FILTER (WHERE created), count(*) FILTER (WHERE NOT created) FROM"
        " (SELECT bool_or(created) AS created FROM ({}) AS written GROUP BY row_no) AS rows"
    ).format(sql.SQL(" UNION ALL ").join(written))
    async with connection.cursor() as cursor:
        created, updated = await _counted(cursor, query)
    return created, updated


def _noted(statements: Statements, created: str) -> sql.Composed:
    return sql.SQL("SELECT row_no, {} AS created FROM {}").format(sql.SQL(created), statements.done)


async def copied(statements: Statements, facts: Sequence[StagedFact], keyed: KeyedHash) -> bytes:
    """Return staged facts in the form that the temporary table takes; the loop stays free."""
    return await asyncio.to_thread(_copied, statements, facts, keyed)


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
        cells.append(json.dumps(stated, ensure_ascii=False) if stated else "{}")
    return cells


def _text(fact: StagedFact, keyed: KeyedHash) -> tuple[Any, ...]:
    text = fact.text
    if text is None:
        return (None, None, None, None)
    return (text.body, keyed.text(text.body), text.author, text.occurred_at)
