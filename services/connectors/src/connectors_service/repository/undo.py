"""Taking facts back: rows deleted or rewritten with their words, and how far an undo is."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from connectors_service.datasets.facts import Changed
from connectors_service.repository.histories import table_of
from connectors_service.undoing.fates import State
from connectors_service.undoing.tables import Undoable
from event_contracts.vocabulary import FactType
from shared_schema.tables.imports import Import

OVER = ("completed", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What a fact is to be, and whose row it is traced to."""

    fact_id: UUID
    state: State
    import_id: UUID | None
    row_no: int | None
    mapping_version: str | None


@dataclass(frozen=True, slots=True)
class Left:
    """What undo did to one fact."""

    fact_id: UUID
    row_no: int
    fate: str
    revision: int | None
    withdrawn: bool
    reason: str | None
    by_import: UUID | None
    changed_at: datetime | None


async def delete_facts(
    connection: AsyncConnection[Any], kind: Undoable, facts: Sequence[UUID]
) -> list[dict[str, Any]]:
    """Delete facts with their details and images; return the rows that were there."""
    bound = (kind.fact.fact_type, list(facts))
    for table in ("pii.fact_details", "pii.before_images"):
        await connection.execute(
            sql.SQL("DELETE FROM {} WHERE fact_type = %s AND fact_id = ANY(%b)").format(
                sql.SQL(table)
            ),
            bound,
        )
    statement = sql.SQL("DELETE FROM {table} WHERE {id} = ANY(%b) RETURNING *").format(
        table=table_of(kind), id=sql.Identifier(kind.fact.id_column)
    )
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, (list(facts),))
        return await cursor.fetchall()


async def forget_texts(connection: AsyncConnection[Any], texts: Collection[UUID]) -> None:
    """Delete what people wrote, with all that was made of it."""
    if texts:
        await connection.execute("DELETE FROM pii.texts WHERE text_id = ANY(%b)", (list(texts),))


async def rewrite_facts(
    connection: AsyncConnection[Any], kind: Undoable, given: Sequence[Rewrite], import_id: UUID
) -> list[Changed]:
    """Give facts other values at the next revision; keep what they were as images.

    Other imports may still be judged by the state that goes, so it is kept under `import_id`.
    """
    if not given:
        return []
    old_details = await _details(connection, kind, given)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_rewrite(kind), {"rows": Jsonb([_row(kind, one) for one in given])})
        rows = await cursor.fetchall()
    changed = [Changed(row, row.pop("before")) for row in rows]
    if not kind.fact.details_column:
        await _keep_details(connection, kind, given)
    await _keep_images(connection, kind, changed, old_details, import_id)
    return changed


def _rewrite(kind: Undoable) -> sql.Composed:
    details = ("details",) if kind.fact.details_column else ()
    return sql.SQL(
        "UPDATE {table} t SET {columns} revision = t.revision + 1, updated_at = now(),"
        " import_id = g.import_id, row_no = g.row_no, mapping_version = g.mapping_version"
        " FROM jsonb_populate_recordset(NULL::{table}, %(rows)s) g WHERE t.{id} = g.{id}"
        " RETURNING new.*, to_jsonb(old) AS before"
    ).format(
        table=table_of(kind),
        id=sql.Identifier(kind.fact.id_column),
        columns=sql.SQL("").join(
            sql.SQL("{0} = g.{0}, ").format(sql.Identifier(name))
            for name in (*kind.columns, *details)
        ),
    )


def _row(kind: Undoable, given: Rewrite) -> dict[str, Any]:
    row = {name: given.state.get(name) for name in kind.columns}
    if kind.fact.details_column:
        row["details"] = details_of(given.state)
    return row | {
        kind.fact.id_column: str(given.fact_id),
        "import_id": given.import_id and str(given.import_id),
        "row_no": given.row_no,
        "mapping_version": given.mapping_version,
    }


def details_of(state: State) -> dict[str, Any]:
    """Return the free words of a state."""
    return {
        name[1:]: value for name, value in state.items() if name[0] == "." and value is not None
    }


async def _details(
    connection: AsyncConnection[Any], kind: Undoable, given: Sequence[Rewrite]
) -> dict[UUID, Any]:
    cursor = await connection.execute(
        "SELECT fact_id, details FROM pii.fact_details WHERE fact_type = %s AND fact_id = ANY(%b)",
        (kind.fact.fact_type, [one.fact_id for one in given]),
    )
    return dict(await cursor.fetchall())


async def _keep_details(
    connection: AsyncConnection[Any], kind: Undoable, given: Sequence[Rewrite]
) -> None:
    stated = {one.fact_id: details_of(one.state) for one in given}
    await connection.execute(
        "WITH given AS (SELECT * FROM unnest(%(facts)b::uuid[], %(details)b::text[]::jsonb[])"
        " g (fact_id, details)), gone AS (DELETE FROM pii.fact_details d USING given g"
        " WHERE d.fact_type = %(type)s AND d.fact_id = g.fact_id AND g.details = '{}')"
        " INSERT INTO pii.fact_details (fact_type, fact_id, details)"
        " SELECT %(type)s, g.fact_id, g.details FROM given g WHERE g.details <> '{}'"
        " ON CONFLICT (fact_type, fact_id) DO UPDATE SET details = excluded.details",
        {
            "type": kind.fact.fact_type,
            "facts": list(stated),
            "details": [json.dumps(words, ensure_ascii=False) for words in stated.values()],
        },
    )


async def _keep_images(
    connection: AsyncConnection[Any],
    kind: Undoable,
    changed: Sequence[Changed],
    details: Mapping[UUID, Any],
    import_id: UUID,
) -> None:
    id_column = kind.fact.id_column
    images = [
        {**(one.old or {}), "details": details[one.new[id_column]]}
        if one.new[id_column] in details
        else one.old
        for one in changed
    ]
    await connection.execute(
        "INSERT INTO pii.before_images (import_id, fact_type, fact_id, revision, image)"
        " SELECT %s, %s, i.* FROM unnest(%b::uuid[], %b::int[], %b::text[]::jsonb[]) i"
        " ON CONFLICT DO NOTHING",
        (
            import_id,
            kind.fact.fact_type,
            [one.new[id_column] for one in changed],
            [one.new["revision"] - 1 for one in changed],
            [json.dumps(image, ensure_ascii=False) for image in images],
        ),
    )


async def keep_fates(
    connection: AsyncConnection[Any], import_id: UUID, fact_type: FactType, left: Sequence[Left]
) -> None:
    """Store what became of facts; who was refused before may have another fate now."""
    columns = list(zip(*(_fields(one) for one in left), strict=True)) or [()] * 8
    await connection.execute(
        "INSERT INTO ops.undone_facts AS u (import_id, fact_type, fact_id, row_no, fate, revision,"
        " withdrawn, reason, by_import, changed_at) SELECT %s, %s, l.* FROM unnest(%b::uuid[],"
        " %b::int[], %b::text[], %b::int[], %b::bool[], %b::text[], %b::uuid[], %b::timestamptz[])"
        " l ON CONFLICT (fact_type, fact_id, import_id) DO UPDATE SET fate = excluded.fate,"
        " revision = coalesce(excluded.revision, u.revision), withdrawn = excluded.withdrawn,"
        " reason = excluded.reason, by_import = excluded.by_import,"
        " changed_at = excluded.changed_at",
        (import_id, fact_type, *map(list, columns)),
    )


def _fields(left: Left) -> tuple[Any, ...]:
    return tuple(getattr(left, name) for name in Left.__slots__)


async def free_chunk(connection: AsyncConnection[Any], import_id: UUID, fact_type: FactType) -> int:
    """Return a number below zero that no packed row of an import's ledger has yet."""
    cursor = await connection.execute(
        "SELECT least(coalesce(min(chunk_no), 0), 0) - 1 FROM ops.import_rows"
        " WHERE import_id = %s AND fact_type = %s",
        (import_id, fact_type),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else -1


async def ask(session: AsyncSession, import_id: UUID, asked: dict[str, Any]) -> bool:
    """Begin to undo an import that is over; False if it is not, or is being changed already."""
    begun = await session.scalar(
        update(Import)
        .where(
            Import.import_id == import_id,
            Import.status.in_(OVER),
            ~Import.dry_run,
            func.coalesce(Import.undo["status"].astext, "") != "running",
            func.coalesce(Import.replay["status"].astext, "") != "running",
        )
        .values(undo=asked)
        .returning(Import.import_id)
    )
    return begun is not None


async def locked(session: AsyncSession, import_id: UUID) -> Import:
    """Return an import, locked until the transaction ends."""
    query = select(Import).where(Import.import_id == import_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def note(session: AsyncSession, import_id: UUID, undo: dict[str, Any]) -> None:
    """Store how far an undo is."""
    await session.execute(update(Import).where(Import.import_id == import_id).values(undo=undo))


async def end(session: AsyncSession, import_id: UUID, undo: dict[str, Any], *, whole: bool) -> None:
    """End an undo; the import is `undone` if all of it went."""
    values: dict[str, Any] = {"undo": undo}
    if whole:
        values["status"] = "undone"
    await session.execute(update(Import).where(Import.import_id == import_id).values(values))


async def settle(connection: AsyncConnection[Any], import_id: UUID) -> list[UUID]:
    """Put right what earlier undos said of facts that went, or went back, with this one.

    Such a fact stayed because of this import, which speaks for it no longer. Return the imports
    whose reports changed, in the order in which they are to be locked.
    """
    cursor = await connection.execute(
        "WITH settled AS (UPDATE ops.undone_facts x SET fate = b.fate, reason = NULL,"
        " by_import = NULL, changed_at = NULL FROM ops.undone_facts b"
        " WHERE b.import_id = %(import)s AND b.withdrawn AND x.withdrawn"
        " AND (x.fact_type, x.fact_id) = (b.fact_type, b.fact_id) AND x.import_id <> b.import_id"
        " AND ((b.fate = 'removed' AND x.fate <> 'removed') OR (b.fate = 'restored'"
        " AND x.fate IN ('kept', 'refused') AND x.by_import = b.import_id))"
        " RETURNING x.import_id) SELECT DISTINCT import_id FROM settled ORDER BY 1",
        {"import": import_id},
    )
    return [row[0] for row in await cursor.fetchall()]


async def undoing(session: AsyncSession) -> Sequence[UUID]:
    """Return the imports that are being undone, the oldest first."""
    query = (
        select(Import.import_id)
        .where(Import.undo["status"].astext == "running")
        .order_by(Import.import_id)
    )
    return (await session.scalars(query)).all()


async def row_fates(
    connection: AsyncConnection[Any], import_id: UUID, main: FactType
) -> dict[str, int]:
    """Return how many rows had each fate; a row's facts are one with it."""
    cursor = await connection.execute(
        "SELECT fate, count(*) FROM (SELECT CASE WHEN bool_or(fate = 'refused') THEN 'refused'"
        " WHEN bool_or(fate = 'removed' AND fact_type = %s) THEN 'removed'"
        " WHEN bool_or(fate IN ('removed', 'restored')) THEN 'restored' ELSE 'kept' END AS fate"
        " FROM ops.undone_facts WHERE import_id = %s GROUP BY row_no) GROUP BY fate",
        (main, import_id),
    )
    return dict(await cursor.fetchall())


async def fact_fates(
    connection: AsyncConnection[Any], import_id: UUID
) -> dict[str, dict[str, int]]:
    """Return how many facts of each kind had each fate."""
    cursor = await connection.execute(
        "SELECT fact_type, fate, count(*) FROM ops.undone_facts WHERE import_id = %s"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        (import_id,),
    )
    found: dict[str, dict[str, int]] = {}
    for kind, fate, facts in await cursor.fetchall():
        found.setdefault(kind, {})[fate] = facts
    return found


async def people_of(
    connection: AsyncConnection[Any], kind: Undoable, facts: Sequence[UUID], columns: Sequence[str]
) -> set[UUID]:
    """Return whom facts name in these columns of their table."""
    present = [name for name in columns if name in kind.model.columns]
    if not present or not facts:
        return set()
    statement = sql.SQL(
        "SELECT DISTINCT unnest(ARRAY[{columns}]) FROM {table} WHERE {id} = ANY(%b)"
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, present)),
        table=table_of(kind),
        id=sql.Identifier(kind.fact.id_column),
    )
    cursor = await connection.execute(statement, (list(facts),))
    return {row[0] for row in await cursor.fetchall() if row[0]}


async def figures_of(
    connection: AsyncConnection[Any],
    kind: Undoable,
    facts: Sequence[UUID],
    zone: str,
    only: UUID | None,
) -> dict[tuple[str, str], int]:
    """Return how many of these facts count for which company in which quarter.

    With `only`, for no other company. What names its company itself moves all its periods.
    """
    query: sql.SQL | sql.Composed = sql.SQL(
        "SELECT c.key, to_char(a.occurred_at AT TIME ZONE %(zone)s, 'YYYY-\"Q\"Q'), count(*)"
        " FROM program.attributions a JOIN program.companies c USING (company_id)"
        " WHERE a.fact_type = %(type)s AND a.fact_id = ANY(%(facts)b)"
        " AND c.company_id = coalesce(%(only)s, c.company_id) GROUP BY 1, 2"
    )
    if "company_id" in kind.model.columns:
        query = sql.SQL(
            "SELECT c.key, 'all', count(*) FROM {table} t JOIN program.companies c"
            " USING (company_id) WHERE t.{id} = ANY(%(facts)b)"
            " AND c.company_id = coalesce(%(only)s, c.company_id) GROUP BY 1"
        ).format(table=table_of(kind), id=sql.Identifier(kind.fact.id_column))
    cursor = await connection.execute(
        query, {"zone": zone, "type": kind.fact.fact_type, "facts": list(facts), "only": only}
    )
    return {(company, period): count for company, period, count in await cursor.fetchall()}


async def withdrawn(connection: AsyncConnection[Any], import_id: UUID) -> int:
    """Return how many facts an import speaks for no longer."""
    cursor = await connection.execute(
        "SELECT count(*) FROM ops.undone_facts WHERE import_id = %s AND withdrawn", (import_id,)
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
