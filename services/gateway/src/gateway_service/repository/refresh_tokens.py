"""Refresh tokens by their hash; each works once, and a family ends together."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.tables.auth import RefreshToken


async def add_refresh_token(
    session: AsyncSession, token_hash: bytes, family_id: UUID, user_id: UUID, expires_at: datetime
) -> None:
    """Keep the hash of a token just issued, and forget this user's expired ones."""
    await session.execute(
        delete(RefreshToken).where(
            RefreshToken.user_id == user_id, RefreshToken.expires_at < func.now()
        )
    )
    await session.execute(
        insert(RefreshToken).values(
            token_hash=token_hash, family_id=family_id, user_id=user_id, expires_at=expires_at
        )
    )


async def used_refresh_token(session: AsyncSession, token_hash: bytes) -> RefreshToken | None:
    """The token, used up by this call; None if it is unknown, over, or was used before."""
    statement = (
        update(RefreshToken)
        .where(
            RefreshToken.token_hash == token_hash,
            RefreshToken.used_at.is_(None),
            RefreshToken.revoked_at.is_(None),
            RefreshToken.expires_at > func.now(),
        )
        .values(used_at=func.now())
        .returning(RefreshToken)
        .execution_options(populate_existing=True)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def refresh_token(session: AsyncSession, token_hash: bytes) -> RefreshToken | None:
    """The token, whatever became of it."""
    return await session.get(RefreshToken, token_hash)


async def revoke_family(session: AsyncSession, family_id: UUID) -> None:
    """End every token that came from the same sign-in."""
    await _revoke(session, family_id=family_id)


async def revoke_all_of(session: AsyncSession, user_id: UUID) -> None:
    """End every token of a user."""
    await _revoke(session, user_id=user_id)


async def _revoke(session: AsyncSession, **whose: UUID) -> None:
    await session.execute(
        update(RefreshToken)
        .filter_by(**whose)
        .where(RefreshToken.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )
