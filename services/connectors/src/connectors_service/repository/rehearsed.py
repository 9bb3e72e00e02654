"""What a chunk that was written, and will not be kept, changed of the facts that were there."""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row
from sqlalchemy import Uuid

from connectors_service.datasets.facts import Changed
from connectors_service.repository.statements import Statements

WORDS = "details"
"""Names all free words of a fact that are kept beside its columns."""


async def changed_fields(
    connection: AsyncConnection[Any], statements: Statements
) -> dict[str, int]:
    """Return of how many facts each field changes; needs the tables that `load_facts` leaves."""
    query = sql.SQL("SELECT field, count(*) FROM ({}) AS changes GROUP BY 1").format(
        _changes(statements)
    )
    cursor = await connection.execute(query, {"names": _names(statements)})
    return dict(await cursor.fetchall())


async def first_changes(
    connection: AsyncConnection[Any], statements: Statements, most: int
) -> list[dict[str, Any]]:
    """Return the first changes by row: row, field, old, new.

    Words and whom a fact names are not repeated: there, old and new are None.
    """
    query = sql.SQL(
        "SELECT row, field, CASE WHEN field <> ALL(%(hidden)s::text[]) THEN old END AS old,"
        " CASE WHEN field <> ALL(%(hidden)s::text[]) THEN new END AS new"
        " FROM ({}) AS changes ORDER BY row, field LIMIT %(most)s"
    ).format(_changes(statements))
    bound = {"names": _names(statements), "hidden": _hidden(statements), "most": most}
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, bound)
        return await cursor.fetchall()


async def written(connection: AsyncConnection[Any], statements: Statements) -> list[Changed]:
    """Return the facts that were written, each with its row before; their details are left out."""
    table = statements.table
    new = sql.SQL("SELECT * FROM {done} ORDER BY row_no").format(done=statements.done)
    old = sql.SQL(
        "SELECT o.* FROM {done} w, jsonb_populate_record(NULL::{table}, w.before) o"
        " WHERE w.old_revision IS NOT NULL"
    ).format(done=statements.done, table=table)
    id_column = statements.fact.id_column
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(old)
        before = {row[id_column]: row for row in await cursor.fetchall()}
        await cursor.execute(new)
        return [Changed(row, before.get(row[id_column])) for row in await cursor.fetchall()]


async def companies_named(
    connection: AsyncConnection[Any], statements: Statements, only: UUID | None
) -> dict[str, int]:
    """Return how many written facts name each company themselves, by its key."""
    query = sql.SQL(
        "SELECT c.key, count(*) FROM {done} w JOIN program.companies c USING (company_id)"
        " WHERE c.company_id = coalesce(%(only)s, c.company_id) GROUP BY 1"
    ).format(done=statements.done)
    cursor = await connection.execute(query, {"only": only})
    return dict(await cursor.fetchall())


def _changes(statements: Statements) -> sql.Composed:
    """One row for each field of a fact that differs; a row's JSON is made once."""
    columns = sql.SQL(
        "SELECT w.row_no AS row, f.name AS field, w.before -> f.name AS old,"
        " w.after -> f.name AS new FROM (SELECT row_no, before, to_jsonb(written) AS after"
        " FROM {done} written WHERE old_revision IS NOT NULL OFFSET 0) w"
        " CROSS JOIN unnest(%(names)s::text[]) AS f (name)"
        " WHERE w.before -> f.name IS DISTINCT FROM w.after -> f.name"
    ).format(done=statements.done)
    if not statements.has_own_details:
        return columns
    return sql.SQL(
        "{columns} UNION ALL SELECT w.row_no, {words}, NULL, NULL FROM {done} w"
        " JOIN {stage} s ON s.row_no = w.row_no"
        " WHERE w.old_revision IS NOT NULL AND s.details_changed"
    ).format(
        columns=columns, words=sql.Literal(WORDS), done=statements.done, stage=statements.stage
    )


def _names(statements: Statements) -> list[str]:
    return list(statements.compared)


def _hidden(statements: Statements) -> list[str]:
    columns = statements.model.columns
    if statements.model.schema != "program":  # what identifies people is kept elsewhere
        return [WORDS, *statements.compared]
    people = [name for name in statements.compared if isinstance(columns[name].type, Uuid)]
    return [WORDS, *people]
