"""Raw uploads: stored in compressed chunks while they arrive, read again chunk by chunk."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.tables.imports import Import
from shared_schema.tables.pii import RawUpload, RawUploadChunk

ABANDONED_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Uploader:
    """Who sends a file; `company_id` is set for a company's manager."""

    subject: str
    role: str
    company_id: UUID | None


@dataclass(frozen=True, slots=True)
class Received:
    """A file that arrived whole."""

    filename: str
    content_type: str | None
    size_bytes: int
    sha256: bytes


async def open_upload(
    session: AsyncSession, dataset: str, uploader: Uploader, correlation_id: str
) -> UUID:
    """Begin an import in status `receiving` and return its id."""
    import_id: UUID | None = await session.scalar(
        insert(Import)
        .values(
            dataset=dataset,
            company_id=uploader.company_id,
            uploaded_by=uploader.subject,
            uploaded_role=uploader.role,
            filename_kind="csv",
            correlation_id=correlation_id,
        )
        .returning(Import.import_id)
    )
    if import_id is None:
        raise RuntimeError("the insert returned no id")
    await session.execute(insert(RawUpload).values(import_id=import_id))
    return import_id


async def store_chunk(session: AsyncSession, import_id: UUID, number: int, body: bytes) -> None:
    """Keep the next compressed piece."""
    await session.execute(
        insert(RawUploadChunk).values(import_id=import_id, chunk_no=number, body=body)
    )


async def close_upload(session: AsyncSession, import_id: UUID, received: Received) -> None:
    """Mark the bytes as complete."""
    await session.execute(
        update(RawUpload)
        .where(RawUpload.import_id == import_id)
        .values(
            filename=received.filename,
            content_type=received.content_type,
            size_bytes=received.size_bytes,
            sha256=received.sha256,
            complete=True,
        )
    )


async def forget_upload(session: AsyncSession, import_id: UUID) -> None:
    """Remove an upload that was refused, as if it had never come."""
    await session.execute(delete(RawUpload).where(RawUpload.import_id == import_id))
    await session.execute(
        delete(Import).where(Import.import_id == import_id, Import.status == "receiving")
    )


async def forget_abandoned(session: AsyncSession) -> int:
    """Remove uploads that a crash or a lost client left unfinished a day ago; say how many."""
    abandoned = (
        await session.scalars(
            select(Import.import_id).where(
                Import.status == "receiving",
                Import.channel != "pull",  # its source goes on with it, or drops it
                Import.received_at < func.now() - ABANDONED_AFTER,
            )
        )
    ).all()
    for import_id in abandoned:
        await forget_upload(session, import_id)
    return len(abandoned)


async def raw_chunk(session: AsyncSession, import_id: UUID, number: int) -> bytes | None:
    """Return one compressed piece, or None behind the last."""
    body: bytes | None = await session.scalar(
        select(RawUploadChunk.body).where(
            RawUploadChunk.import_id == import_id, RawUploadChunk.chunk_no == number
        )
    )
    return body


async def filename_of(session: AsyncSession, import_id: UUID) -> str:
    """Return the name the file was sent under."""
    name = await session.scalar(select(RawUpload.filename).where(RawUpload.import_id == import_id))
    return name or ""
