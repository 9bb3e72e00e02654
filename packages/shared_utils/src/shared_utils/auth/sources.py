"""Where verification keys come from: this process, or the issuer's JWKS over HTTP."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self

import httpx
from joserfc.jwk import OKPKey

from shared_utils.auth.keys import MAX_SET_BYTES, InvalidKeySetError, verification_keys
from shared_utils.errors import UnavailableError


class KeySource(Protocol):
    """Finds verification keys; `generation` changes whenever the set of keys does."""

    @property
    def generation(self) -> int: ...

    async def find(self, kid: str) -> OKPKey | None:
        """The key with this id, or None; UnavailableError if no key set could be had at all."""

    async def close(self) -> None: ...


class StaticKeys:
    """Keys that this process already holds."""

    def __init__(self, keys: Mapping[str, OKPKey]) -> None:
        self._keys = keys
        self.generation = 0

    @classmethod
    def of(cls, jwks: dict[str, Any]) -> Self:
        """The verification keys of a public JWK Set."""
        return cls(verification_keys(json.dumps(jwks).encode()))

    async def find(self, kid: str) -> OKPKey | None:
        return self._keys.get(kid)

    async def close(self) -> None:
        """There is nothing to close."""


class RemoteKeys:
    """The issuer's JWK Set at `url`, kept for `fresh_seconds`.

    An unknown key id fetches again, but never more often than every `retry_seconds`, so that
    made-up ids cannot flood the issuer. While the issuer is down the last set stays in use.
    """

    def __init__(
        self,
        url: str,
        *,
        fresh_seconds: float = 300.0,
        retry_seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._fresh_seconds = fresh_seconds
        self._retry_seconds = retry_seconds
        self._clock = clock
        self._keys: dict[str, OKPKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._fetching = asyncio.Lock()
        self._client: httpx.AsyncClient | None = None
        self.generation = 0

    async def find(self, kid: str) -> OKPKey | None:
        """The key with this id, or None; UnavailableError as long as no set was ever fetched."""
        if self._is_due(kid):
            async with self._fetching:
                if self._is_due(kid):
                    await self._fetch()
        if self._fetched_at is None:
            raise UnavailableError("Access tokens cannot be checked for the moment.")
        return self._keys.get(kid)

    async def close(self) -> None:
        """Close the connection to the issuer."""
        if self._client is not None:
            await self._client.aclose()

    def _is_due(self, kid: str) -> bool:
        now = self._clock()
        if self._tried_at is not None and now - self._tried_at < self._retry_seconds:
            return False
        is_stale = self._fetched_at is None or now - self._fetched_at >= self._fresh_seconds
        return is_stale or kid not in self._keys

    async def _fetch(self) -> None:
        try:
            keys = verification_keys(await self._download())
        except (httpx.HTTPError, InvalidKeySetError):
            # The set at hand, if any, stays in use; `find` says so if there is none.
            self._tried_at = self._clock()
            return
        self._tried_at = self._fetched_at = self._clock()
        if keys.keys() != self._keys.keys():
            self.generation += 1
        self._keys = keys

    async def _download(self) -> bytes:
        self._client = self._client or httpx.AsyncClient(timeout=2.0, trust_env=False)
        body = bytearray()
        async with self._client.stream("GET", self._url) as response:
            response.raise_for_status()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_SET_BYTES:
                    break
        return bytes(body)
