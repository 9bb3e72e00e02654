"""Mappings that uploads brought: kept by version for ever, each seen by its owner and staff."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from connectors_service.repository.imports import Visible
from shared_schema.tables.imports import Mapping


async def keep_mapping(
    session: AsyncSession,
    definition: dict[str, Any],
    digest: str,
    company_id: UUID | None,
    created_by: str,
) -> None:
    """Keep a mapping under its name and version; kept before, it stays as it is."""
    await session.execute(
        insert(Mapping)
        .values(
            name=definition["name"],
            version=definition["version"],
            dataset=definition["dataset"],
            definition=definition,
            digest=digest,
            company_id=company_id,
            created_by=created_by,
        )
        .on_conflict_do_nothing(index_elements=[Mapping.name, Mapping.digest])
    )


async def kept_mapping(
    session: AsyncSession,
    dataset: str,
    name: str,
    version: str,
    visible: Visible | None = None,
) -> dict[str, Any] | None:
    """Return the definition of one version of a kept mapping."""
    query = _seen(dataset, visible or Visible()).where(
        Mapping.name == name, Mapping.version == version
    )
    found = await session.scalar(query.limit(1))
    return found.definition if found else None


async def kept_versions(
    session: AsyncSession, dataset: str, name: str, visible: Visible
) -> AsyncIterator[dict[str, Any]]:
    """Yield the definitions of a kept mapping that a caller sees, the newest version first."""
    query = _seen(dataset, visible).where(Mapping.name == name)
    found = await session.stream_scalars(query.order_by(Mapping.created_at.desc()))
    async for mapping in found:
        yield mapping.definition


async def kept_mappings(
    session: AsyncSession, dataset: str, visible: Visible, limit: int
) -> Sequence[Mapping]:
    """Return the newest of a dataset's kept mappings."""
    query = _seen(dataset, visible).order_by(Mapping.created_at.desc(), Mapping.name).limit(limit)
    return (await session.scalars(query)).all()


def _seen(dataset: str, visible: Visible) -> Select[Mapping]:
    query = select(Mapping).where(Mapping.dataset == dataset)
    if visible.company_id is not None:
        query = query.where(Mapping.company_id == visible.company_id)
    if visible.uploaded_by is not None:
        query = query.where(Mapping.created_by == visible.uploaded_by)
    return query
