"""Facts whose events repeat columns of others: told anew when those change."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql

from connectors_service.datasets.facts import Beside, FactTable
from connectors_service.repository.loads import hold_table
from connectors_service.repository.packing import differs
from connectors_service.repository.statements import Statements


@dataclass(frozen=True)
class Following:
    """The facts of a table that follow what was just written of another."""

    follower: FactTable
    beside: Beside
    parent: Statements

    @property
    def moved(self) -> sql.Identifier:
        """The temporary table of facts to tell anew; `moved_by` is the row that moved them."""
        return sql.Identifier(f"moved_{self.follower.model.__table__.name}")

    async def move(self, connection: AsyncConnection[Any]) -> int:
        """Raise the revision of facts whose parents changed otherwise; return how many."""
        model = self.follower.model.__table__
        table = sql.Identifier(model.schema, model.name)
        async with connection.cursor() as cursor:
            await hold_table(cursor, model.fullname)
            await cursor.execute(
                sql.SQL(
                    "CREATE TEMPORARY TABLE IF NOT EXISTS {moved} (LIKE {table}, before jsonb,"
                    " moved_by integer) ON COMMIT DROP; TRUNCATE {moved}"
                ).format(moved=self.moved, table=table)
            )
            await cursor.execute(
                sql.SQL(
                    "WITH changed AS (UPDATE {table} t SET revision = t.revision + 1,"
                    " updated_at = now() FROM {parents} w WHERE t.{link} = w.{parent_id}"
                    " AND w.before IS NOT NULL AND ({differs})"
                    " RETURNING new.*, NULL::jsonb, w.row_no)"
                    " INSERT INTO {moved} SELECT * FROM changed"
                ).format(
                    table=table,
                    parents=self.parent.done,
                    link=sql.Identifier(self.beside.link),
                    parent_id=self.parent.id_name,
                    differs=sql.SQL(" OR ").join(map(differs, self.beside.columns)),
                    moved=self.moved,
                )
            )
            return cursor.rowcount

    async def keep_ledger(
        self, connection: AsyncConnection[Any], import_id: UUID, chunk_no: int
    ) -> None:
        """Store which facts a chunk only told anew, under its negative number."""
        await connection.execute(
            sql.SQL(
                "INSERT INTO ops.import_rows (import_id, chunk_no, fact_type, first_row, last_row,"
                " row_nos, fact_ids, revisions_before, revisions_after, spoken, asserts)"
                " SELECT %s, %s, %s, min(moved_by), max(moved_by),"
                " array_agg(moved_by ORDER BY moved_by, {id}),"
                " array_agg({id} ORDER BY moved_by, {id}),"
                " array_agg(revision - 1 ORDER BY moved_by, {id}),"
                " array_agg(revision ORDER BY moved_by, {id}), '{{}}', false FROM {moved}"
                " HAVING count(*) > 0"
            ).format(id=sql.Identifier(self.follower.id_column), moved=self.moved),
            (import_id, -chunk_no, self.follower.fact_type),
        )
