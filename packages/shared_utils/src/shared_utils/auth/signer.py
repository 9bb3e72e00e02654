"""Access tokens, signed: the gateway and the command make them, nobody else."""

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from shared_utils.auth import claims, jws
from shared_utils.auth.caller import Caller
from shared_utils.auth.keys import public_set, signing_keys
from shared_utils.auth.sources import StaticKeys

ACCESS_TOKEN = "at+jwt"  # noqa: S105 - a media type (RFC 9068)
CERTIFICATE = "erasure+jwt"
ISSUER = "waymark"
AUDIENCE = "waymark"


class TokenSigner:
    """Signs with the first key of the set in the file at `path`; the others only verify.

    Raises InvalidKeySetError if the file is missing or holds no usable key.
    """

    def __init__(
        self,
        path: Path,
        *,
        issuer: str = ISSUER,
        audience: str = AUDIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = signing_keys(path)
        self._issuer = issuer
        self._audience = audience
        self._clock = clock

    def access_token(self, caller: Caller, ttl: timedelta) -> str:
        """A token that says who `caller` is for `ttl` (at most a day), with an id of its own.

        Raises ValueError for a token that every verifier would refuse.
        """
        now = int(self._clock())
        own = {"jti": uuid.uuid4().hex, "iat": now, "exp": now + int(ttl.total_seconds())}
        about = claims.claims_about(caller, issuer=self._issuer, audience=self._audience, **own)
        self._check(about, now)
        return jws.signed(about, self._keys[0], typ=ACCESS_TOKEN)

    def certificate(self, content: dict[str, Any], *, typ: str = CERTIFICATE) -> str:
        """What is certified as a compact JWS of a type that no verifier takes for a token."""
        told = {"iss": self._issuer, "iat": int(self._clock())}
        return jws.signed(content | told, self._keys[0], typ=typ)

    def verification_key(self, kid: str) -> OKPKey | None:
        """The key with this id, if it is in the set."""
        return next((key for key in self._keys if key.kid == kid), None)

    def _check(self, about: dict[str, Any], now: int) -> None:
        try:
            found = claims.typed(about)
            claims.check(found, issuer=self._issuer, audience=self._audience, now=now)
        except jws.InvalidTokenError as error:
            raise ValueError(f"such a token would be refused: {error}") from None

    def public_jwks(self) -> dict[str, Any]:
        """The JWK Set that `/.well-known/jwks.json` publishes."""
        return public_set(self._keys)

    def key_source(self) -> StaticKeys:
        """The same keys for a verifier in this process."""
        return StaticKeys.of(self.public_jwks())
