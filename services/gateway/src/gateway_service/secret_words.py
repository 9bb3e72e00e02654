"""Secrets that are shown once and kept as SHA-256: refresh tokens and partners' API keys."""

import hashlib
import re
import secrets

KEY_PREFIX = "wmk_"
REFRESH_PREFIX = "wmr_"

_KEY = re.compile(r"wmk_[A-Za-z0-9_-]{43}")
_REFRESH = re.compile(r"wmr_[A-Za-z0-9_-]{43}")


def new_api_key() -> str:
    """A partner's key: `wmk_` and 32 random bytes in base64url."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def new_refresh_token() -> str:
    """A refresh token: `wmr_` and 32 random bytes in base64url."""
    return REFRESH_PREFIX + secrets.token_urlsafe(32)


def is_api_key(word: str) -> bool:
    """Whether it has the shape of a key; says nothing about its worth."""
    return _KEY.fullmatch(word) is not None


def is_refresh_token(word: str) -> bool:
    """Whether it has the shape of a refresh token."""
    return _REFRESH.fullmatch(word) is not None


def digest(word: str) -> bytes:
    """SHA-256 of the whole word; enough for 32 random bytes, and nothing to try offline."""
    return hashlib.sha256(word.encode()).digest()
