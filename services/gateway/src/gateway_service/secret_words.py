"""Secrets that are shown once: refresh tokens and API keys (kept as SHA-256), webhook secrets."""

import base64
import hashlib
import re
import secrets

KEY_PREFIX = "wmk_"
REFRESH_PREFIX = "wmr_"
WEBHOOK_PREFIX = "whsec_"

_KEY = re.compile(r"wmk_[A-Za-z0-9_-]{43}")
_REFRESH = re.compile(r"wmr_[A-Za-z0-9_-]{43}")


def new_api_key() -> str:
    """A partner's key: `wmk_` and 32 random bytes in base64url."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def new_refresh_token() -> str:
    """A refresh token: `wmr_` and 32 random bytes in base64url."""
    return REFRESH_PREFIX + secrets.token_urlsafe(32)


def new_webhook_secret() -> str:
    """What a sender signs with: `whsec_` and 32 random bytes in base64, as Standard Webhooks."""
    return WEBHOOK_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def is_api_key(word: str) -> bool:
    """Whether it has the shape of a key; says nothing about its worth."""
    return _KEY.fullmatch(word) is not None


def is_refresh_token(word: str) -> bool:
    """Whether it has the shape of a refresh token."""
    return _REFRESH.fullmatch(word) is not None


def digest(word: str) -> bytes:
    """SHA-256 of the whole word; enough for 32 random bytes, and nothing to try offline."""
    return hashlib.sha256(word.encode()).digest()
