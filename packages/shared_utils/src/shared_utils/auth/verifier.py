"""Access tokens, verified strictly; verdicts are kept for a minute at most."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from shared_utils.auth import claims, jws
from shared_utils.auth.caller import Caller
from shared_utils.auth.jws import InvalidTokenError
from shared_utils.auth.signer import ACCESS_TOKEN, AUDIENCE, ISSUER
from shared_utils.auth.sources import KeySource
from shared_utils.errors import UnauthenticatedError
from shared_utils.log import get_logger

CACHE_SECONDS = 60.0

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Verdict:
    caller: Caller
    until: float
    generation: int


class TokenVerifier:
    """Turns an access token into its Caller, or refuses it.

    Up to `cache_size` verdicts are kept until the token expires, at most a minute, and dropped when
    the keys change. `clock` gives Unix seconds.
    """

    def __init__(
        self,
        keys: KeySource,
        *,
        issuer: str = ISSUER,
        audience: str = AUDIENCE,
        cache_size: int = 4096,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._cache_size = cache_size
        self._clock = clock
        self._verdicts: OrderedDict[str, _Verdict] = OrderedDict()

    async def verify(self, token: str) -> Caller:
        """Who the token is about.

        Raises UnauthenticatedError for any token that is not exactly right, UnavailableError while
        no key can be had to tell.
        """
        known = self.cached(token)
        if known is not None:
            return known
        try:
            return self._keep(token, await self._verified(token))
        except InvalidTokenError as error:
            _log.info("token refused", reason=str(error))
            raise UnauthenticatedError from None

    def cached(self, token: str) -> Caller | None:
        """The caller of a token that was verified within the last minute and still holds."""
        verdict = self._verdicts.get(token)
        if verdict is None:
            return None
        if verdict.until <= self._clock() or verdict.generation != self._keys.generation:
            del self._verdicts[token]
            return None
        self._verdicts.move_to_end(token)
        return verdict.caller

    def forget(self) -> None:
        """Drop every verdict, as after a revocation."""
        self._verdicts.clear()

    async def close(self) -> None:
        """Close the source of keys."""
        await self._keys.close()

    async def _verified(self, token: str) -> claims.Claims:
        unverified = jws.parsed(token, typ=ACCESS_TOKEN)
        key = await self._keys.find(unverified.kid)
        if key is None:
            raise InvalidTokenError("unknown key")
        found = claims.typed(jws.claims(unverified, key))
        claims.check(found, issuer=self._issuer, audience=self._audience, now=self._clock())
        return found

    def _keep(self, token: str, found: claims.Claims) -> Caller:
        caller = claims.caller_of(found)
        until = min(float(found.exp), self._clock() + CACHE_SECONDS)
        self._verdicts[token] = _Verdict(caller, until, self._keys.generation)
        if len(self._verdicts) > self._cache_size:
            self._verdicts.popitem(last=False)
        return caller
