"""Who may sign in."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.tables.auth import User


async def user_by_email(session: AsyncSession, email: str) -> User | None:
    """The user with this folded e-mail."""
    return (await session.execute(select(User).where(User.email == email))).scalar_one_or_none()


async def user_by_id(session: AsyncSession, user_id: UUID) -> User | None:
    """The user, disabled or not."""
    return await session.get(User, user_id)


async def locked_user(session: AsyncSession, user_id: UUID) -> User | None:
    """The user as they are now, locked: whatever happens to their sessions happens in turn."""
    query = select(User).where(User.user_id == user_id).with_for_update(key_share=True)
    return (await session.execute(query)).scalar_one_or_none()


async def users_page(session: AsyncSession, after: UUID | None, limit: int) -> Sequence[User]:
    """Up to `limit` users in the order they were added, after the given one."""
    query = select(User).order_by(User.user_id).limit(limit)
    if after is not None:
        query = query.where(User.user_id > after)
    return (await session.execute(query)).scalars().all()


async def added_user(session: AsyncSession, **columns: Any) -> User | None:
    """The new user; None if the e-mail already has a login."""
    statement = insert(User).values(**columns).on_conflict_do_nothing().returning(User)
    return (await session.execute(statement)).scalar_one_or_none()


async def changed_user(session: AsyncSession, user_id: UUID, **columns: Any) -> User | None:
    """The user with the columns changed; None if there is no such user."""
    statement = (
        update(User)
        .where(User.user_id == user_id)
        .values(**columns)
        .returning(User)
        .execution_options(populate_existing=True)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def disabled_user(session: AsyncSession, user_id: UUID) -> User | None:
    """The user, disabled since now or since whenever they already were."""
    return await changed_user(
        session, user_id, disabled_at=func.coalesce(User.disabled_at, func.now())
    )


async def locked_admins(session: AsyncSession) -> set[UUID]:
    """The admins who can sign in, locked: two who remove each other wait for one another."""
    query = (
        select(User.user_id)
        .where(User.role == "admin", User.disabled_at.is_(None))
        .order_by(User.user_id)
        .with_for_update()
    )
    return set((await session.execute(query)).scalars())


async def has_admin(session: AsyncSession) -> bool:
    """Whether anybody can sign in as an admin."""
    query = select(exists().where(User.role == "admin", User.disabled_at.is_(None)))
    return bool((await session.execute(query)).scalar_one())


async def added_first_admin(session: AsyncSession, email: str, password_hash: str) -> User | None:
    """The new admin; None if there is one already, or a login with this e-mail.

    Two gateways that start together take turns here.
    """
    await session.execute(text("LOCK TABLE auth.users IN SHARE ROW EXCLUSIVE MODE"))
    if await has_admin(session):
        return None
    return await added_user(session, email=email, password_hash=password_hash, role="admin")
