"""Whether and when to call again: pure decisions."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Methods that RFC 9110 lets a client repeat on its own."""

TEMPORARY = frozenset({429, 502, 503, 504})
"""Statuses that say: not now."""

IDEMPOTENCY_KEY = "idempotency-key"


def may_repeat(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a call may be sent twice: by its method, or because it carries an Idempotency-Key."""
    names = {name.lower() for name in headers}
    return method.upper() in IDEMPOTENT or IDEMPOTENCY_KEY in names


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """The wait that a Retry-After header asks for, in seconds, or None if it says nothing usable.

    Both forms of RFC 9110 are read: whole seconds, and a date (never negative).
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
