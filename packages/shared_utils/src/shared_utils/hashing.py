"""Keyed hashes: what is personal can be compared without being kept, and not be guessed."""

import hashlib
import hmac


class KeyedHash:
    """HMAC-SHA256 under the key of the settings (`WAYMARK_HMAC_KEY`, hexadecimal).

    Every service with the same key gets the same digests, so that what one writes another finds.
    """

    def __init__(self, hex_key: str) -> None:
        self._key = bytes.fromhex(hex_key)

    def text(self, body: str) -> bytes:
        """The digest of something a person wrote."""
        return self._digest("text", body)

    def identifier(self, provider: str, external_id: str) -> bytes:
        """The digest of an identifier as it is stored, e-mail addresses in lower case."""
        return self._digest(f"id:{provider}", external_id)

    def _digest(self, domain: str, value: str) -> bytes:
        return hmac.digest(self._key, f"{domain}\0{value}".encode(), hashlib.sha256)
