"""UUIDv7 (RFC 9562) before Python's own: ids that sort by the moment they were made."""

import secrets
import threading
import time
from uuid import UUID

_RANDOM_BITS = 74
_VERSION_AND_VARIANT = (7 << 76) | (2 << 62)
_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """Return a new id, greater than every id this process made before."""
    global _last
    milliseconds = time.time_ns() // 1_000_000
    fresh = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    with _lock:
        _last = max(fresh, _last + 1)
        ticket = _last
    return _spread(ticket)


def _spread(ticket: int) -> UUID:
    """Put a 122-bit counter around the version and variant bits."""
    high, low = ticket >> 62, ticket & ((1 << 62) - 1)
    stamp, random_a = high >> 12, high & 0xFFF
    return UUID(int=(stamp << 80) | (random_a << 64) | low | _VERSION_AND_VARIANT)
