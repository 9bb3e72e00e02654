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
    return UUID(int=_spread(_tickets(1)))


def uuid7_texts(count: int) -> list[str]:
    """Return so many new ids as text, in their order."""
    first = _tickets(count)
    words = (f"{_spread(ticket):032x}" for ticket in range(first, first + count))
    return [f"{w[:8]}-{w[8:12]}-{w[12:16]}-{w[16:20]}-{w[20:]}" for w in words]


def _tickets(count: int) -> int:
    """Return the first of so many numbers in a row, all greater than any before."""
    global _last
    milliseconds = time.time_ns() // 1_000_000
    fresh = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    with _lock:
        first = max(fresh, _last + 1)
        _last = first + count - 1
    return first


def _spread(ticket: int) -> int:
    """Put a 122-bit counter around the version and variant bits."""
    high, low = ticket >> 62, ticket & ((1 << 62) - 1)
    stamp, random_a = high >> 12, high & 0xFFF
    return (stamp << 80) | (random_a << 64) | low | _VERSION_AND_VARIANT
