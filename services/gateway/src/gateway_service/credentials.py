"""What a request proves about its sender: a login's token, or a partner's key turned into one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from gateway_service import secret_words
from gateway_service.errors import AmbiguousCredentialsError
from gateway_service.headers import RawHeaders, values_of
from gateway_service.keyring import Keyring
from gateway_service.repository import api_keys
from shared_schema.tables.auth import ApiKey
from shared_utils.auth import Caller, Role, TokenVerifier
from shared_utils.db import Database
from shared_utils.errors import UnauthenticatedError

PARTNER_TOKEN_LIFE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Proof:
    """Who is calling, and the bearer token by which services see the same."""

    caller: Caller
    bearer: str


def credential_of(headers: RawHeaders) -> str | None:
    """The one token or key a request brings; raises 400 for several, 401 for another scheme."""
    bearers = values_of(headers, b"authorization")
    keys = values_of(headers, b"x-api-key")
    if len(bearers) + len(keys) > 1:
        raise AmbiguousCredentialsError
    if keys:
        return _key(keys)
    return _bearer(bearers) if bearers else None


def partner_of(key: ApiKey) -> Caller:
    """What a partner's token says: the key is the subject, its scopes are all it may do."""
    return Caller(
        subject=str(key.key_id),
        role=Role.PARTNER,
        company_id=key.company_id,
        scopes=frozenset(key.scopes),
    )


class Credentials:
    """Verifies tokens, and exchanges a partner's key for a token of one minute."""

    def __init__(self, database: Database, verifier: TokenVerifier, keyring: Keyring) -> None:
        self._database = database
        self._verifier = verifier
        self._keyring = keyring

    async def proof(self, headers: RawHeaders) -> Proof | None:
        """Who is calling; None if nothing was brought, 401 if it is not good."""
        credential = credential_of(headers)
        if credential is None:
            return None
        if credential.startswith(secret_words.KEY_PREFIX):
            return await self._exchanged(credential)
        return Proof(await self._verifier.verify(credential), credential)

    async def _exchanged(self, key: str) -> Proof:
        if not secret_words.is_api_key(key):
            raise UnauthenticatedError
        async with self._database.work() as work:
            found = await api_keys.valid_api_key(work.session, secret_words.digest(key))
            if found is None:
                raise UnauthenticatedError
            await api_keys.note_use(work.session, found.key_id)
        caller = partner_of(found)
        return Proof(caller, self._keyring.access_token(caller, PARTNER_TOKEN_LIFE))


def _key(values: Sequence[bytes]) -> str:
    key = values[0].decode("latin-1")
    if not key.startswith(secret_words.KEY_PREFIX):
        raise UnauthenticatedError
    return key


def _bearer(values: Sequence[bytes]) -> str:
    scheme, _, token = values[0].decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not token or not token.isascii() or " " in token:
        raise UnauthenticatedError
    return token
