"""Logins as an admin sees them: invite, change what somebody may do, disable, enable."""

import secrets
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from gateway_service.errors import (
    EmailTakenError,
    LastAdminError,
    UnknownCompanyError,
    UnknownUserError,
)
from gateway_service.passwords import Passwords
from gateway_service.repository import audit, companies, refresh_tokens, users
from gateway_service.schemas import ChangedRole, NewUser, Standing
from shared_schema.tables.auth import User
from shared_utils.auth import Caller, Role
from shared_utils.correlation import current_id
from shared_utils.db import Database


class Accounts:
    """The use cases; each is one transaction with its audit entry."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def invited(self, caller: Caller, new: NewUser) -> tuple[User, str | None]:
        """The new user, and the first password if the gateway had to make one up."""
        made_up = None if new.password else secrets.token_urlsafe(18)
        async with self._passwords.turn():
            encoded = await self._passwords.hashed(new.password or made_up or "")
        async with self._database.work() as work:
            user = await _added(work.session, new, encoded)
            await _note(work.session, caller, "user.invited", user.user_id)
        return user, made_up

    async def changed_role(self, caller: Caller, user_id: UUID, new: ChangedRole) -> User:
        """The user in their new role; their sessions end, so that no old token is renewed."""
        async with self._database.work() as work:
            if new.role is not Role.ADMIN:
                await _keep_an_admin(work.session, user_id)
            await _known_company(work.session, new)
            user = await users.changed_user(work.session, user_id, **_columns(new))
            await refresh_tokens.revoke_all_of(work.session, _known(user).user_id)
            await _note(work.session, caller, "user.role_changed", user_id, new.reason)
        return _known(user)

    async def disabled(self, caller: Caller, user_id: UUID) -> User:
        """The user, who can sign in no more; what tokens they hold end within minutes."""
        async with self._database.work() as work:
            await _keep_an_admin(work.session, user_id)
            user = _known(await users.disabled_user(work.session, user_id))
            await refresh_tokens.revoke_all_of(work.session, user_id)
            await _note(work.session, caller, "user.disabled", user_id)
        return user

    async def enabled(self, caller: Caller, user_id: UUID) -> User:
        """The user, who can sign in again."""
        async with self._database.work() as work:
            user = _known(await users.changed_user(work.session, user_id, disabled_at=None))
            await _note(work.session, caller, "user.enabled", user_id)
        return user

    async def first_admin(self, email: str, password: str) -> bool:
        """Whether an admin had to be created, because there was none who can sign in."""
        async with self._database.read() as session:
            if await users.has_admin(session):
                return False
        async with self._passwords.turn():
            encoded = await self._passwords.hashed(password)
        async with self._database.work() as work:
            added = await users.added_first_admin(work.session, email, encoded)
        return added is not None


async def _added(session: AsyncSession, new: NewUser, encoded: str) -> User:
    await _known_company(session, new)
    user = await users.added_user(session, email=new.email, password_hash=encoded, **_columns(new))
    if user is None:
        raise EmailTakenError
    return user


async def _keep_an_admin(session: AsyncSession, user_id: UUID) -> None:
    if await users.locked_admins(session) == {user_id}:
        raise LastAdminError


async def _known_company(session: AsyncSession, standing: Standing) -> None:
    if standing.company_id and not await companies.company_exists(session, standing.company_id):
        raise UnknownCompanyError


def _known(user: User | None) -> User:
    if user is None:
        raise UnknownUserError
    return user


def _columns(standing: Standing) -> dict[str, str | UUID | None]:
    return {
        "role": standing.role.value,
        "company_id": standing.company_id,
        "position": standing.position,
        "person_id": standing.person_id,
    }


async def _note(
    session: AsyncSession, caller: Caller, action: str, user_id: UUID, reason: str | None = None
) -> None:
    await audit.note(session, caller, action, "user", user_id, current_id(), reason)
