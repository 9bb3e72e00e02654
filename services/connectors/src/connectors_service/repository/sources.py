"""Sources that are pulled: their definitions, where each pull stands, and what was done to them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, cast, delete, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.tables.imports import Import, Source
from shared_schema.tables.oversight import AuditEntry
from shared_schema.tables.pii import RawUpload, RawUploadChunk
from shared_utils.auth import Caller

ARRIVING = "receiving"


async def sources_after(session: AsyncSession, after: str, limit: int) -> Sequence[Source]:
    """Return sources by name, behind `after`."""
    query = select(Source).where(Source.name > after).order_by(Source.name).limit(limit)
    return (await session.scalars(query)).all()


async def source_named(session: AsyncSession, name: str) -> Source | None:
    """Return a source."""
    return await session.scalar(select(Source).where(Source.name == name))


async def locked_source(session: AsyncSession, name: str) -> Source | None:
    """Return a source that nobody else changes until the transaction ends."""
    return await session.scalar(select(Source).where(Source.name == name).with_for_update())


async def source_by_id(session: AsyncSession, source_id: UUID) -> Source | None:
    """Return a source that nobody else changes until the transaction ends."""
    query = select(Source).where(Source.source_id == source_id).with_for_update()
    return await session.scalar(query)


async def created_source(session: AsyncSession, values: dict[str, Any]) -> Source | None:
    """Write a new source; None if its name is taken."""
    return await session.scalar(
        insert_or(Source).values(values).on_conflict_do_nothing().returning(Source)
    )


async def change_source(session: AsyncSession, source_id: UUID, values: dict[str, Any]) -> Source:
    """Set columns of a source and return it."""
    statement = update(Source).where(Source.source_id == source_id).values(values).returning(Source)
    changed = await session.scalars(statement, execution_options={"populate_existing": True})
    return changed.one()


async def forget_source(session: AsyncSession, source_id: UUID) -> None:
    """Remove a source; what it brought stays."""
    await session.execute(delete(Source).where(Source.source_id == source_id))


async def due_sources(session: AsyncSession, limit: int) -> Sequence[UUID]:
    """Return the sources whose time has come, longest overdue first."""
    query = (
        select(Source.source_id)
        .where(Source.next_run_at <= func.now())
        .order_by(Source.next_run_at)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def move_pull(
    session: AsyncSession, source_id: UUID, at: dict[str, Any], cursor: dict[str, Any]
) -> bool:
    """Set where a pull stands; False if it is no longer where the caller left it, or cancelled.

    `at` is the pull as the caller knows it: its import and how many pages were asked for.
    """
    stands = Source.cursor["pull"]
    moved = await session.scalar(
        update(Source)
        .where(
            Source.source_id == source_id,
            stands["import_id"].astext == at["import_id"],
            cast(stands["asked"].astext, Integer) == at["asked"],
            exists().where(Import.import_id == UUID(at["import_id"]), Import.status == ARRIVING),
        )
        .values(cursor=cursor)
        .returning(Source.source_id)
    )
    return moved is not None


async def mark_pulled(session: AsyncSession, import_id: UUID, program: str | None) -> None:
    """Say in an import that a source feeds it, so that it is seen while it arrives."""
    await session.execute(
        update(Import)
        .where(Import.import_id == import_id)
        .values(channel="pull", filename_kind="ndjson", program=program)
    )


async def end_pulled(
    session: AsyncSession, import_id: UUID, status: str, problem: dict[str, Any] | None = None
) -> Import | None:
    """End an import whose pages gave nothing to load; None if it was over."""
    return await session.scalar(
        update(Import)
        .where(Import.import_id == import_id, Import.status == ARRIVING)
        .values(status=status, problem=problem, started_at=func.now(), finished_at=func.now())
        .returning(Import)
    )


async def set_aside(
    session: AsyncSession, source_id: UUID, problem: dict[str, Any], seconds: int
) -> None:
    """Keep a problem with a source and let it rest."""
    await session.execute(
        update(Source)
        .where(Source.source_id == source_id)
        .values(last_problem=problem, next_run_at=func.now() + timedelta(seconds=seconds))
    )


async def status_of(session: AsyncSession, import_id: UUID) -> str | None:
    """Return an import's status; None if there is none."""
    status: str | None = await session.scalar(
        select(Import.status).where(Import.import_id == import_id)
    )
    return status


async def forget_pieces(session: AsyncSession, import_id: UUID, first: int) -> None:
    """Remove pieces of an upload from `first` on."""
    await session.execute(
        delete(RawUploadChunk).where(
            RawUploadChunk.import_id == import_id, RawUploadChunk.chunk_no >= first
        )
    )


async def forget_pages(session: AsyncSession, import_id: UUID) -> None:
    """Remove the pages of a pull that cannot come to an end."""
    await session.execute(delete(RawUpload).where(RawUpload.import_id == import_id))


async def show_problem(
    session: AsyncSession, import_id: UUID, problem: dict[str, Any] | None
) -> None:
    """Say in an import that still arrives what holds it up."""
    await session.execute(
        update(Import)
        .where(Import.import_id == import_id, Import.status == ARRIVING)
        .values(problem=problem)
    )


async def log_action(
    session: AsyncSession, caller: Caller, action: str, name: str, correlation_id: str
) -> None:
    """Write to the audit log what a caller did to a source."""
    await session.execute(
        insert(AuditEntry).values(
            actor=caller.subject,
            role=caller.role,
            action=f"source.{action}",
            object_type="source",
            object_id=name,
            correlation_id=correlation_id,
        )
    )


async def present_time(session: AsyncSession) -> datetime:
    """Return the database's time: the schedules of several processes go by it."""
    return (await session.scalars(select(func.now()))).one()
