"""Partners' keys by the hash of their secret."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.tables.auth import ApiKey

# A busy key would otherwise write one row version a request.
LAST_USED_RESOLUTION = timedelta(minutes=1)


async def added_api_key(session: AsyncSession, **columns: Any) -> ApiKey:
    """The new key."""
    return (await session.execute(insert(ApiKey).values(**columns).returning(ApiKey))).scalar_one()


async def api_keys_page(session: AsyncSession, after: UUID | None, limit: int) -> Sequence[ApiKey]:
    """Up to `limit` keys in the order they were made, after the given one."""
    query = select(ApiKey).order_by(ApiKey.key_id).limit(limit)
    if after is not None:
        query = query.where(ApiKey.key_id > after)
    return (await session.execute(query)).scalars().all()


async def api_key_by_id(session: AsyncSession, key_id: UUID) -> ApiKey | None:
    """The key, revoked or not."""
    return await session.get(ApiKey, key_id)


async def valid_api_key(session: AsyncSession, secret_hash: bytes) -> ApiKey | None:
    """The key with this secret, if it is neither revoked nor expired."""
    query = select(ApiKey).where(
        ApiKey.secret_hash == secret_hash,
        ApiKey.revoked_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now()),
    )
    return (await session.execute(query)).scalar_one_or_none()


async def note_use(session: AsyncSession, key_id: UUID) -> None:
    """Remember that the key was used about now."""
    await session.execute(
        update(ApiKey)
        .where(
            ApiKey.key_id == key_id,
            or_(
                ApiKey.last_used_at.is_(None),
                ApiKey.last_used_at < func.now() - LAST_USED_RESOLUTION,
            ),
        )
        .values(last_used_at=func.now())
    )


async def revoked_api_key(session: AsyncSession, key_id: UUID) -> ApiKey | None:
    """The key, revoked since now or since whenever it already was; None if unknown."""
    statement = (
        update(ApiKey)
        .where(ApiKey.key_id == key_id)
        .values(revoked_at=func.coalesce(ApiKey.revoked_at, func.now()))
        .returning(ApiKey)
    )
    return (await session.execute(statement)).scalar_one_or_none()
