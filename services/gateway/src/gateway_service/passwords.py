"""Passwords: argon2id off the event loop, and the same work whether or not the user exists."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# A hash costs 64 MiB and a core for tens of milliseconds; more at once would starve the proxy.
MAX_AT_ONCE = 2


class Passwords:
    """Hashes and checks; the parameters are argon2-cffi's defaults (RFC 9106, low memory)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe(32))
        self._slots = asyncio.Semaphore(MAX_AT_ONCE)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one of the few places to hash at; what was allowed before may no longer be."""
        async with self._slots:
            yield

    async def hashed(self, password: str) -> str:
        """The encoded hash with its parameters and salt; take a turn first."""
        return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, encoded: str | None, password: str) -> bool:
        """Whether it is the password; for None (no such user, or invited only) False, as slowly.

        Take a turn first.
        """
        correct = await asyncio.to_thread(self._verified, encoded or self._nobody, password)
        return correct and encoded is not None

    def outdated(self, encoded: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(encoded)

    def _verified(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False
