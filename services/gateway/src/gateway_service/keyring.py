"""The signing keys' file, read again when it changes: keys rotate without a restart."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from shared_utils.auth import Caller, InvalidKeySetError, TokenSigner
from shared_utils.log import get_logger

log = get_logger(__name__)


class Keyring:
    """Signs with the file's first key and verifies with all; a source of keys for a verifier.

    Raises `InvalidKeySetError` if the file is no use at the start; a file that is no use later is
    logged and passed over.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version = _version(path)
        self._signer = TokenSigner(path)
        self._keys = self._signer.key_source()
        self.generation = 0

    def access_token(self, caller: Caller, ttl: timedelta) -> str:
        """A token signed with the newest key."""
        self._follow()
        return self._signer.access_token(caller, ttl)

    def certificate(self, content: dict[str, Any]) -> str:
        """What is certified, signed with the newest key."""
        self._follow()
        return self._signer.certificate(content)

    def public_jwks(self) -> dict[str, Any]:
        """Every key that may still have signed a valid token, the newest first."""
        self._follow()
        return self._signer.public_jwks()

    async def find(self, kid: str) -> OKPKey | None:
        """The key with this id; one just added to the file is found, too."""
        found = await self._keys.find(kid)
        if found is None and self._follow():
            found = await self._keys.find(kid)
        return found

    async def close(self) -> None:
        """There is nothing to close."""

    def _follow(self) -> bool:
        """Whether the file had changed and was read again."""
        version = _version(self._path)
        if version == self._version:
            return False
        self._version = version
        try:
            self._signer = TokenSigner(self._path)
        except InvalidKeySetError as error:
            log.error("signing keys not reloaded", reason=str(error))
            return False
        self._keys = self._signer.key_source()
        self.generation += 1
        return True


def _version(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
