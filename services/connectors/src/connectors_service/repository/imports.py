"""Imports: their state, their progress, and who may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from connectors_service.errors import TakenOverError
from shared_schema.tables.imports import Import
from shared_schema.tables.pii import RefusedRow

OPEN = ("received", "running")
SCALES = "scales"
"""Where an import's checkpoint holds the scale of each rating column."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of rows; `read` is the sum of the others."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    held: int = 0

    @property
    def read(self) -> int:
        return self.created + self.updated + self.unchanged + self.refused + self.held


@dataclass(frozen=True, slots=True)
class Options:
    """What the uploader asked for, and the mapping that answers it."""

    dry_run: bool
    program: str | None
    mapping: str
    mapping_version: str
    atomic: bool = False


@dataclass(frozen=True, slots=True)
class Visible:
    """Which imports a caller may see: all (nothing set), own company's, or own uploads."""

    company_id: UUID | None = None
    uploaded_by: str | None = None


async def receive(
    session: AsyncSession,
    import_id: UUID,
    options: Options,
    sha256: bytes,
    checkpoint: dict[str, Any],
    preview: dict[str, Any],
) -> None:
    """Move an import whose upload is complete to `received`: a runner takes it from here."""
    await session.execute(
        update(Import)
        .where(Import.import_id == import_id)
        .values(
            status="received",
            dry_run=options.dry_run,
            atomic=options.atomic,
            program=options.program,
            mapping=options.mapping,
            mapping_version=options.mapping_version,
            sha256=sha256,
            filename_kind=checkpoint["format"],
            checkpoint=checkpoint,
            preview=preview,
        )
    )


async def import_by_id(
    session: AsyncSession, import_id: UUID, visible: Visible | None = None
) -> Import | None:
    """Return an import unless the caller may not see it; uploads still arriving are none yet."""
    query = seen(visible or Visible()).where(Import.import_id == import_id)
    return await session.scalar(query)


async def present_import(session: AsyncSession, import_id: UUID) -> Import:
    """Return an import that is known to exist."""
    query = select(Import).where(Import.import_id == import_id)
    return (await session.scalars(query)).one()


async def imports_before(
    session: AsyncSession, visible: Visible, before: UUID | None, limit: int
) -> Sequence[Import]:
    """Return the newest imports, or those older than `before`."""
    query = seen(visible).order_by(Import.import_id.desc()).limit(limit)
    if before is not None:
        query = query.where(Import.import_id < before)
    return (await session.scalars(query)).all()


def seen(visible: Visible) -> Select[Import]:
    """Select the imports that a caller sees."""
    query = select(Import).where((Import.status != "receiving") | (Import.channel == "pull"))
    if visible.company_id is not None:
        query = query.where(Import.company_id == visible.company_id)
    if visible.uploaded_by is not None:
        query = query.where(Import.uploaded_by == visible.uploaded_by)
    return query


async def open_imports(session: AsyncSession) -> Sequence[UUID]:
    """Return the imports that wait for a runner or lost theirs, oldest first.

    Some wait to be loaded, some to be taken back, some for their refused rows to be tried again.
    """
    ready = select(RefusedRow.import_id).where(
        RefusedRow.state == "held", RefusedRow.waits_for.is_(None)
    )
    waiting = or_(
        Import.import_id.in_(ready),
        and_(Import.status.in_(OPEN), Import.channel != "webhook"),
        or_(Import.undo["status"].astext == "running", Import.replay["status"].astext == "running"),
    )
    query = select(Import.import_id).where(waiting).order_by(Import.received_at)
    return (await session.scalars(query)).all()


async def begin(session: AsyncSession, import_id: UUID) -> Import | None:
    """Move an import to `running`; None if it is over by now."""
    return await session.scalar(
        update(Import)
        .where(Import.import_id == import_id, Import.status.in_(OPEN), Import.channel != "webhook")
        .values(status="running", started_at=func.coalesce(Import.started_at, func.now()))
        .returning(Import)
    )


async def is_running(session: AsyncSession, import_id: UUID, next_row: int) -> bool:
    """Lock an import for a chunk; False once it is cancelled.

    Raises TakenOverError if the rows up to another one are done: someone else runs it.
    """
    found = (
        await session.execute(
            select(Import.status, Import.next_row)
            .where(Import.import_id == import_id)
            .with_for_update()
        )
    ).one_or_none()
    if found is None or found.status != "running":
        return False
    if found.next_row != next_row:
        raise TakenOverError
    return True


async def advance(session: AsyncSession, import_id: UUID, counts: Counts, next_row: int) -> None:
    """Add what a chunk did, and say where the next one starts."""
    await session.execute(
        update(Import)
        .where(Import.import_id == import_id)
        .values(
            rows_read=Import.rows_read + counts.read,
            rows_created=Import.rows_created + counts.created,
            rows_updated=Import.rows_updated + counts.updated,
            rows_unchanged=Import.rows_unchanged + counts.unchanged,
            rows_refused=Import.rows_refused + counts.refused,
            rows_held=Import.rows_held + counts.held,
            next_row=next_row,
        )
    )


async def show_scales(
    session: AsyncSession, import_id: UUID, reasons: dict[str, str], scales: Mapping[str, str]
) -> None:
    """Add to the preview how the scale of each rating column was decided; keep it for replays."""
    await session.execute(
        update(Import)
        .where(Import.import_id == import_id)
        .values(
            preview=Import.preview.op("||")({"scales": reasons}),
            checkpoint=Import.checkpoint.op("||")({SCALES: dict(scales)}),
        )
    )


async def finish(
    session: AsyncSession, import_id: UUID, status: str, problem: dict[str, Any] | None = None
) -> Import | None:
    """End a running import; None if it was no longer running."""
    return await session.scalar(
        update(Import)
        .where(Import.import_id == import_id, Import.status == "running")
        .values(status=status, finished_at=func.now(), problem=problem)
        .returning(Import)
    )


async def refuse_whole(
    session: AsyncSession, import_id: UUID, refused: int, problem: dict[str, Any]
) -> None:
    """End a running import of which nothing was taken; its refused rows can be listed."""
    await session.execute(
        update(Import)
        .where(Import.import_id == import_id, Import.status == "running")
        .values(
            status="failed",
            finished_at=func.now(),
            problem=problem,
            rows_read=refused,
            rows_refused=refused,
        )
    )


async def cancel(session: AsyncSession, import_id: UUID) -> bool:
    """End an import at the caller's wish; False if it was over."""
    cancelled = await session.scalar(
        update(Import)
        .where(
            Import.import_id == import_id,
            Import.status.in_(OPEN) | ((Import.status == "receiving") & (Import.channel == "pull")),
        )
        .values(status="cancelled", finished_at=func.now())
        .returning(Import.import_id)
    )
    return cancelled is not None
