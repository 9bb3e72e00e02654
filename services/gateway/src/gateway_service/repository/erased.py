"""Forgets logins of erased people, and keeps signed certificates."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.tables.auth import RefreshToken, User
from shared_schema.tables.ops import Erasure, ErasureCertificate

AT_ONCE = 5_000


async def forget_tokens(session: AsyncSession, persons: Collection[UUID]) -> int:
    """Delete refresh tokens of these people's logins; say how many."""
    own = select(User.user_id).where(User.person_id == func.any(list(persons)))
    some = select(RefreshToken.token_hash).where(RefreshToken.user_id.in_(own)).limit(AT_ONCE)
    statement = delete(RefreshToken).where(RefreshToken.token_hash.in_(some))
    return len((await session.scalars(statement.returning(RefreshToken.user_id))).all())


async def forget_logins(session: AsyncSession, persons: Collection[UUID]) -> int:
    """Delete these people's logins; say how many."""
    statement = delete(User).where(User.person_id == func.any(list(persons)))
    return len((await session.scalars(statement.returning(User.user_id))).all())


async def unsigned(session: AsyncSession) -> Sequence[tuple[UUID, dict[str, Any]]]:
    """What is certified and not signed yet."""
    query = (
        select(Erasure.erasure_id, Erasure.certificate)
        .outerjoin(ErasureCertificate, ErasureCertificate.erasure_id == Erasure.erasure_id)
        .where(Erasure.certificate.is_not(None), ErasureCertificate.erasure_id.is_(None))
        .order_by(Erasure.erasure_id)
    )
    return [
        (erasure_id, content)
        for erasure_id, content in await session.execute(query)
        if content is not None
    ]


async def keep_signed(session: AsyncSession, erasure_id: UUID, jws: str) -> None:
    """Keep a signed certificate; the first one stands."""
    statement = insert(ErasureCertificate).values(erasure_id=erasure_id, jws=jws)
    await session.execute(statement.on_conflict_do_nothing())
