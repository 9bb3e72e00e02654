"""Secrets that must be read again, kept so that the database alone does not give them away."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE_BYTES = 12


class BrokenSealError(Exception):
    """The sealed bytes were made with another key or for another owner, or were changed."""


class Seal:
    """AES-256-GCM under a key derived (HKDF) from `WAYMARK_HMAC_KEY`, which all services share.

    `owner` says what a secret belongs to, such as `webhook:kintell`; sealed bytes that are moved
    to another owner don't open.
    """

    def __init__(self, hex_key: str) -> None:
        derive = HKDF(SHA256(), length=32, salt=None, info=b"waymark sealed secrets")
        self._cipher = AESGCM(derive.derive(bytes.fromhex(hex_key)))

    def close(self, secret: str, owner: str) -> bytes:
        """Return the sealed secret."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret.encode(), owner.encode())

    def open(self, sealed: bytes, owner: str) -> str:
        """Return the secret; raises BrokenSealError."""
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _VERSION or len(nonce) != _NONCE_BYTES:
            raise BrokenSealError
        try:
            return self._cipher.decrypt(nonce, body, owner.encode()).decode()
        except InvalidTag:
            raise BrokenSealError from None


def webhook_owner(source: str) -> str:
    """Name the owner of a source's webhook secrets: the gateway seals them, connectors open."""
    return f"webhook:{source}"
