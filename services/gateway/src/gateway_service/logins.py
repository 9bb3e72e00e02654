"""Sign in, stay signed in, sign out: passwords against tokens, and each refresh token once."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from gateway_service import secret_words
from gateway_service.errors import (
    BadCredentialsError,
    BadRefreshTokenError,
    TooManyAttemptsError,
    WrongPasswordError,
)
from gateway_service.keyring import Keyring
from gateway_service.passwords import Passwords
from gateway_service.repository import attempts, refresh_tokens, users
from gateway_service.throttle import Guess, guess_of, pause_after
from shared_schema.tables.auth import RefreshToken, User
from shared_utils.auth import Caller, Role
from shared_utils.db import Database
from shared_utils.hashing import KeyedHash

_LOGIN = re.compile(r"[!-~]{1,254}")


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long the two tokens of a sign-in hold."""

    access: timedelta
    refresh: timedelta


@dataclass(frozen=True, slots=True)
class Issued:
    """A pair of tokens; `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


class Logins:
    """The use cases; each opens its own transactions, so that a refusal is remembered, too."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        passwords: Passwords,
        hashes: KeyedHash,
        lifetimes: Lifetimes,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._passwords = passwords
        self._hashes = hashes
        self._lifetimes = lifetimes

    async def by_password(self, login: str, password: str, address: str) -> Issued:
        """Tokens for the right password; raises 401 or 429, the same for any unknown user."""
        email = login.strip().lower()
        guess = guess_of(self._hashes, email, address)
        await self._refuse_while_blocked(guess)
        async with self._passwords.turn():
            await self._refuse_while_blocked(guess)
            user = await self._user_with(email, password)
            await self._remember(guess, succeeded=user is not None)
        if user is None:
            raise BadCredentialsError
        await self._strengthen(user, password)
        async with self._database.work() as work:
            issued = await self._issued(work.session, user.user_id, family=uuid4())
        if issued is None:
            raise BadCredentialsError
        return issued

    async def refreshed(self, token: str) -> Issued:
        """A new pair for a token's first use; any other use ends its whole family with a 401."""
        async with self._database.work() as work:
            issued = await self._exchanged(work.session, secret_words.digest(token))
        if issued is None:
            raise BadRefreshTokenError
        return issued

    async def ended(self, token: str) -> None:
        """Sign out: the token and its family are over; an unknown token changes nothing."""
        async with self._database.work() as work:
            known = await _locked(work.session, secret_words.digest(token))
            if known is not None:
                await refresh_tokens.revoke_family(work.session, known.family_id)

    async def change_password(self, user_id: UUID, current: str, new: str, address: str) -> None:
        """Set a new password and end every session; raises 403 if the current one is wrong."""
        guess = guess_of(self._hashes, str(user_id), address)
        async with self._passwords.turn():
            await self._refuse_while_blocked(guess)
            async with self._database.read() as session:
                user = await users.user_by_id(session, user_id)
            encoded = user.password_hash if user else None
            correct = await self._passwords.matches(encoded, current)
            await self._remember(guess, succeeded=correct)
            if not correct:
                raise WrongPasswordError
            await self._set_password(user_id, await self._passwords.hashed(new))

    async def _user_with(self, email: str, password: str) -> User | None:
        async with self._database.read() as session:
            known = _LOGIN.fullmatch(email) is not None
            user = await users.user_by_email(session, email if known else "")
        correct = await self._passwords.matches(user.password_hash if user else None, password)
        return user if user and correct and user.disabled_at is None else None

    async def _refuse_while_blocked(self, guess: Guess) -> None:
        async with self._database.read() as session:
            seconds = await attempts.seconds_blocked(session, guess)
        if seconds > 0:
            raise TooManyAttemptsError(seconds)

    async def _remember(self, guess: Guess, *, succeeded: bool) -> None:
        async with self._database.work() as work:
            if succeeded:
                await attempts.forget_failures(work.session, guess)
                return
            failures = await attempts.failures_counted(work.session, guess)
            await attempts.block(work.session, guess, pause_after(failures))

    async def _strengthen(self, user: User, password: str) -> None:
        if user.password_hash and self._passwords.outdated(user.password_hash):
            async with self._passwords.turn():
                encoded = await self._passwords.hashed(password)
            async with self._database.work() as work:
                await users.changed_user(work.session, user.user_id, password_hash=encoded)

    async def _set_password(self, user_id: UUID, encoded: str) -> None:
        async with self._database.work() as work:
            await users.changed_user(work.session, user_id, password_hash=encoded)
            await refresh_tokens.revoke_all_of(work.session, user_id)

    async def _exchanged(self, session: AsyncSession, digest: bytes) -> Issued | None:
        known = await _locked(session, digest)
        if known is None:
            return None
        used = await refresh_tokens.used_refresh_token(session, digest)
        if used is None:
            await refresh_tokens.revoke_family(session, known.family_id)
            return None
        return await self._issued(session, used.user_id, used.family_id)

    async def _issued(self, session: AsyncSession, user_id: UUID, family: UUID) -> Issued | None:
        """A pair of tokens; None for who may no longer sign in.

        In one transaction with what allowed it, under the user's lock: whoever disables the user
        or ends the family at the same moment waits, and then ends this token, too.
        """
        user = await users.locked_user(session, user_id)
        if user is None or user.disabled_at is not None:
            return None
        token = secret_words.new_refresh_token()
        digest, expires_at = secret_words.digest(token), datetime.now(UTC) + self._lifetimes.refresh
        await refresh_tokens.add_refresh_token(session, digest, family, user_id, expires_at)
        access = self._keyring.access_token(caller_of(user), self._lifetimes.access)
        return Issued(access, token, int(self._lifetimes.access.total_seconds()))


def caller_of(user: User) -> Caller:
    """What a user's access token says about them."""
    return Caller(
        subject=str(user.user_id),
        role=Role(user.role),
        company_id=user.company_id,
        position=user.position,
        person_id=user.person_id,
    )


async def _locked(session: AsyncSession, digest: bytes) -> RefreshToken | None:
    """The token, with its user locked: uses, reuses and endings of a family take turns."""
    known = await refresh_tokens.refresh_token(session, digest)
    if known is not None:
        await users.locked_user(session, known.user_id)
    return known
