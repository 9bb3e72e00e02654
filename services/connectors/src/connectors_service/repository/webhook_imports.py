"""The imports that webhooks load into: one a sender, mapping and UTC day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.tables.imports import Import
from shared_schema.tables.pii import WebhookBody, WebhookRow

GRACE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Stream:
    """What the rows of one webhook import share."""

    sender: str
    shape: str
    dataset: str
    mapping: str
    mapping_version: str
    day: date


async def open_import(session: AsyncSession, stream: Stream) -> tuple[UUID, int] | None:
    """Return the import that takes a stream's rows and the number of the next, if there is one."""
    import_id = await session.scalar(
        select(Import.import_id)
        .where(
            Import.status == "running",
            Import.channel == "webhook",
            Import.uploaded_by == _uploader(stream.sender),
            Import.mapping == stream.mapping,
            Import.mapping_version == stream.mapping_version,
            Import.checkpoint["day"].astext == stream.day.isoformat(),
        )
        .order_by(Import.import_id)
        .limit(1)
    )
    if import_id is None:
        return None
    last = await session.scalar(
        select(func.max(WebhookRow.row_no)).where(WebhookRow.import_id == import_id)
    )
    return import_id, (last or 0) + 1


async def new_import(
    session: AsyncSession, stream: Stream, checkpoint: dict[str, Any], correlation_id: str
) -> UUID:
    """Begin an import that takes a stream's rows until its day is over."""
    place = {"day": stream.day.isoformat(), "webhook": stream.shape}
    import_id: UUID | None = await session.scalar(
        insert(Import)
        .values(
            dataset=stream.dataset,
            uploaded_by=_uploader(stream.sender),
            uploaded_role="partner",
            status="running",
            mapping=stream.mapping,
            mapping_version=stream.mapping_version,
            filename_kind="json",
            channel="webhook",
            checkpoint=checkpoint | place,
            correlation_id=correlation_id,
            started_at=func.now(),
        )
        .returning(Import.import_id)
    )
    if import_id is None:
        raise RuntimeError("the insert returned no id")
    return import_id


async def past_imports(session: AsyncSession) -> Sequence[UUID]:
    """Return the running webhook imports whose day is over and whose rows are loaded."""
    now = func.timezone("UTC", func.now() - GRACE)
    left = select(WebhookRow.row_no).where(
        WebhookRow.import_id == Import.import_id, WebhookRow.row_no >= Import.next_row
    )
    unrouted = select(WebhookBody.webhook_id).where(
        WebhookBody.routed_at.is_(None),
        WebhookBody.processed_at.is_(None),
        WebhookBody.shape == Import.checkpoint["webhook"].astext,
    )
    query = select(Import.import_id).where(
        Import.status == "running",
        Import.channel == "webhook",
        Import.checkpoint["day"].astext < func.to_char(now, "YYYY-MM-DD"),
        ~exists(left),
        ~exists(unrouted),
    )
    return (await session.scalars(query)).all()


def _uploader(sender: str) -> str:
    return f"webhook:{sender}"


async def rehearsed_import(
    session: AsyncSession, import_id: UUID, dataset: str, mapping: str
) -> None:
    """Make the import of a rehearsal, whose transaction takes it back."""
    await session.execute(
        insert(Import).values(
            import_id=import_id,
            dataset=dataset,
            uploaded_by="rehearsal",
            uploaded_role="partner",
            status="running",
            mapping=mapping,
            channel="webhook",
            dry_run=True,
        )
    )
