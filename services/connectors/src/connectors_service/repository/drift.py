"""How what partners send differs from what their shapes say: counted by field."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.tables.imports import SchemaDrift

Key = tuple[str, str, str]


async def count_drift(session: AsyncSession, seen: Mapping[Key, int]) -> None:
    """Add to the counts of (source, field, kind)."""
    if not seen:
        return
    statement = insert(SchemaDrift).values(
        [
            {"source": source, "field": field, "kind": kind, "seen": times}
            for (source, field, kind), times in sorted(seen.items())
        ]
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["source", "field", "kind"],
            set_={
                "seen": SchemaDrift.seen + statement.excluded.seen,
                "last_seen_at": func.now(),
            },
        )
    )


async def drift_after(
    session: AsyncSession, after: Key | None, limit: int, source: str | None
) -> Sequence[SchemaDrift]:
    """Return counts in the order of source, field and kind, after the given key."""
    key = (SchemaDrift.source, SchemaDrift.field, SchemaDrift.kind)
    query = select(SchemaDrift).order_by(*key).limit(limit)
    if after is not None:
        query = query.where(tuple_(*key) > after)
    if source is not None:
        query = query.where(SchemaDrift.source == source)
    return (await session.scalars(query)).all()
