"""Privileged actions; only ever appended to."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.tables.oversight import AuditEntry
from shared_utils.auth import Caller


async def note(
    session: AsyncSession,
    caller: Caller,
    action: str,
    object_type: str,
    object_id: UUID,
    correlation_id: str,
    reason: str | None = None,
) -> None:
    """Write down who did what to which object; in the same transaction as the deed."""
    await session.execute(
        insert(AuditEntry).values(
            actor=caller.subject,
            role=caller.role.value,
            action=action,
            object_type=object_type,
            object_id=str(object_id),
            reason=reason,
            correlation_id=correlation_id,
        )
    )


async def audit_page(
    session: AsyncSession, before: UUID | None, limit: int, **only: str
) -> Sequence[AuditEntry]:
    """Up to `limit` entries, newest first, older than the given one, with these column values."""
    query = select(AuditEntry).filter_by(**only).order_by(AuditEntry.audit_id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.audit_id < before)
    return (await session.execute(query)).scalars().all()
