"""Which row became which fact, and what was there before: what a trace reads and an undo needs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from connectors_service.repository.loads import Loaded
from event_contracts.vocabulary import FactType


async def keep_ledger(
    connection: AsyncConnection[Any],
    import_id: UUID,
    chunk_no: int,
    fact_type: FactType,
    loaded: Loaded,
) -> None:
    """Store the rows of one chunk and kind of fact, packed; unchanged rows too.

    A chunk is numbered by its first row, so that its name does not depend on the chunks' size.
    """
    rows = loaded.standing
    if not rows:
        return
    written = revisions_before(loaded)
    await connection.execute(
        "INSERT INTO ops.import_rows (import_id, chunk_no, fact_type, first_row, last_row,"
        " row_nos, fact_ids, revisions_before, revisions_after, spoken, unheard)"
        " VALUES (%s, %s, %s, %s, %s, %b::int[], %b::uuid[], %b::int[], %b::int[], %b,"
        " nullif(%b::int[], '{}'))",
        (
            import_id,
            chunk_no,
            fact_type,
            rows[0].row,
            rows[-1].row,
            [row.row for row in rows],
            [row.fact_id for row in rows],
            [written.get(row.fact_id, row.revision) for row in rows],
            [row.revision for row in rows],
            list(loaded.speaks_of),
            [row.row for row in rows if row.unheard],
        ),
    )


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


def revisions_before(loaded: Loaded) -> dict[UUID, int | None]:
    """Return the earlier revision of each written fact; None where the row created it."""
    by_row = {row.row: row.fact_id for row in loaded.standing}
    return {
        by_row[row]: changed.old["revision"] if changed.old else None
        for row, changed in loaded.changed.items()
    }


async def keep_images(
    connection: AsyncConnection[Any], import_id: UUID, fact_type: FactType, loaded: Loaded
) -> None:
    """Store what updated facts were before this import first touched them."""
    images = [
        (import_id, fact_type, row.fact_id, changed.old["revision"], Jsonb(changed.old))
        for row in loaded.standing
        if (changed := loaded.changed.get(row.row)) and changed.old
    ]
    await _insert(connection, images)


async def _insert(connection: AsyncConnection[Any], images: Sequence[tuple[Any, ...]]) -> None:
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO pii.before_images (import_id, fact_type, fact_id, revision, image)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            images,
        )
