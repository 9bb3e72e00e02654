"""Dry runs that partners' keys made: what they left is removed minutes after they ended."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.tables.imports import Import
from shared_schema.tables.pii import RawUpload, RefusedRow
from shared_utils.auth import Role

ENDED = ("completed", "failed", "cancelled")


async def forget_trials(session: AsyncSession, after: timedelta) -> int:
    """Remove the bytes, refused rows and the mention of ended trials; say how many there were."""
    ended = select(Import.import_id).where(
        Import.dry_run,
        Import.uploaded_role == Role.PARTNER,
        Import.status.in_(ENDED),
        Import.finished_at < func.now() - after,
    )
    trials = (await session.scalars(ended)).all()
    for table in (RawUpload, RefusedRow, Import):
        await session.execute(delete(table).where(table.import_id.in_(trials)))
    return len(trials)
