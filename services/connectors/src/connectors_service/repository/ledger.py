"""Which row became which fact, and what was there before: what a trace reads and an undo needs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql

from connectors_service.repository.statements import Statements
from event_contracts.vocabulary import FactType


async def keep_ledger(
    connection: AsyncConnection[Any], import_id: UUID, chunk_no: int, statements: Statements
) -> None:
    """Store the rows of one chunk and kind of fact, packed; unchanged rows too.

    A chunk is numbered by its first row, so that its name does not depend on the chunks' size.
    """
    query = sql.SQL(
        "INSERT INTO ops.import_rows (import_id, chunk_no, fact_type, first_row, last_row,"
        " row_nos, fact_ids, revisions_before, revisions_after, spoken, unheard)"
        " SELECT %(import_id)s, %(chunk_no)s, %(fact_type)s, min(row_no), max(row_no),"
        " array_agg(row_no ORDER BY row_no), array_agg(fact_id ORDER BY row_no),"
        " array_agg(before ORDER BY row_no), array_agg(after ORDER BY row_no), %(spoken)s::text[],"
        " array_agg(row_no ORDER BY row_no) FILTER (WHERE unheard)"
        " FROM (SELECT s.row_no, s.fact_id, s.unheard, coalesce(w.revision, s.revision) AS after,"
        " CASE WHEN w.revision IS NULL THEN s.revision ELSE w.old_revision END AS before"
        " FROM {stage} s LEFT JOIN {done} w ON w.{id} = s.fact_id) AS standing"
        " HAVING count(*) > 0"
    ).format(stage=statements.stage, done=statements.done, id=statements.id_name)
    named = {
        "import_id": import_id,
        "chunk_no": chunk_no,
        "fact_type": statements.fact.fact_type,
        "spoken": statements.speaks_of,
    }
    await connection.execute(query, named)


async def keep_images(
    connection: AsyncConnection[Any], import_id: UUID, statements: Statements
) -> None:
    """Store what updated facts were, with their details, before this chunk wrote them."""
    query = sql.SQL(
        "INSERT INTO pii.before_images (import_id, fact_type, fact_id, revision, image)"
        " SELECT %s, %s, w.{id}, w.old_revision, w.before || CASE WHEN s.stored_details IS NULL"
        " THEN '{{}}' ELSE jsonb_build_object('details', s.stored_details) END"
        " FROM {done} w JOIN {stage} s ON s.row_no = w.row_no WHERE w.before IS NOT NULL"
        " ON CONFLICT DO NOTHING"
    ).format(stage=statements.stage, done=statements.done, id=statements.id_name)
    await connection.execute(query, (import_id, statements.fact.fact_type))


async def keep_told_anew(
    connection: AsyncConnection[Any],
    import_id: UUID,
    chunk_no: int,
    fact_type: FactType,
    told: Sequence[tuple[int, UUID, int]],
) -> None:
    """Store which facts a chunk only told anew: the row that moved them, the fact, its revision.

    Their chunk has the negative number, beside the facts that its own rows state.
    """
    if told:
        rows, facts, revisions = zip(*sorted(told), strict=True)
        await connection.execute(
            "INSERT INTO ops.import_rows (import_id, chunk_no, fact_type, first_row, last_row,"
            " row_nos, fact_ids, revisions_before, revisions_after, spoken, asserts)"
            " VALUES (%s, %s, %s, %s, %s, %b::int[], %b::uuid[], %b::int[], %b::int[],"
            " '{}', false)",
            (
                import_id,
                -chunk_no,
                fact_type,
                rows[0],
                rows[-1],
                list(rows),
                list(facts),
                [revision - 1 for revision in revisions],
                list(revisions),
            ),
        )
