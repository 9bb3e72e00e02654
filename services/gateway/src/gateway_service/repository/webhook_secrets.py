"""What partners sign their webhooks with, sealed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.locks import Lock
from shared_schema.tables.auth import WebhookSecret


async def let_expire(session: AsyncSession, source: str, overlap_seconds: int) -> int:
    """Have a source's valid secrets end after the overlap, if they don't before; say how many.

    Rotations of one source wait for each other, so that no two secrets stay for ever.
    """
    await session.execute(
        select(func.pg_advisory_xact_lock(Lock.WEBHOOK_SECRETS, func.hashtext(source)))
    )
    end = func.now() + timedelta(seconds=overlap_seconds)
    statement = (
        update(WebhookSecret)
        .where(
            WebhookSecret.source == source,
            WebhookSecret.revoked_at.is_(None),
            or_(WebhookSecret.expires_at.is_(None), WebhookSecret.expires_at > end),
        )
        .values(expires_at=end)
        .returning(WebhookSecret.secret_id)
    )
    return len((await session.scalars(statement)).all())


async def added_secret(session: AsyncSession, **columns: Any) -> WebhookSecret:
    """The new secret."""
    statement = insert(WebhookSecret).values(**columns).returning(WebhookSecret)
    return (await session.execute(statement)).scalar_one()


async def secrets_page(
    session: AsyncSession, after: UUID | None, limit: int
) -> Sequence[WebhookSecret]:
    """Up to `limit` secrets in the order they were made, after the given one."""
    query = select(WebhookSecret).order_by(WebhookSecret.secret_id).limit(limit)
    if after is not None:
        query = query.where(WebhookSecret.secret_id > after)
    return (await session.execute(query)).scalars().all()


async def revoked_secret(session: AsyncSession, secret_id: UUID) -> WebhookSecret | None:
    """The secret, revoked since now or since whenever it already was; None if unknown."""
    statement = (
        update(WebhookSecret)
        .where(WebhookSecret.secret_id == secret_id)
        .values(revoked_at=func.coalesce(WebhookSecret.revoked_at, func.now()))
        .returning(WebhookSecret)
    )
    return (await session.execute(statement)).scalar_one_or_none()
