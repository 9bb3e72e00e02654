"""What stayed of an undone import: each row with its reason, and who holds it."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from connectors_service.repository.imports import Visible, seen
from shared_schema.tables.imports import Import, UndoneFact

STAYED = ("kept", "refused")


async def left_after(
    session: AsyncSession, import_id: UUID, after: tuple[int, UUID] | None, limit: int
) -> Sequence[UndoneFact]:
    """Return facts that stayed, behind a place, in the order of the file."""
    place = tuple_(UndoneFact.row_no, UndoneFact.fact_id)
    query = (
        select(UndoneFact)
        .where(UndoneFact.import_id == import_id, UndoneFact.fate.in_(STAYED))
        .order_by(*place.clauses)
        .limit(limit)
    )
    if after is not None:
        query = query.where(place > tuple_(*after))
    return (await session.scalars(query)).all()


async def uploaders(
    session: AsyncSession, imports: Collection[UUID | None], visible: Visible
) -> dict[UUID, Any]:
    """Return who sent these imports, and when they ended, as far as the caller may see them."""
    query = (
        seen(visible)
        .with_only_columns(
            Import.import_id, Import.uploaded_by, Import.uploaded_role, Import.finished_at
        )
        .where(Import.import_id.in_([one for one in imports if one]))
    )
    return {row.import_id: row for row in await session.execute(query)}


async def still_refused(session: AsyncSession, import_id: UUID) -> bool:
    """Tell whether an undone import still speaks for some of its facts."""
    query = select(UndoneFact.fact_id).where(
        UndoneFact.import_id == import_id, ~UndoneFact.withdrawn
    )
    return (await session.scalars(query.limit(1))).first() is not None
