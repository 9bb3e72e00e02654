"""Slow down guessing: failures count per login *and* address, so nobody locks out another."""

from dataclasses import dataclass
from datetime import timedelta

from shared_utils.hashing import KeyedHash

FREE_FAILURES = 5
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 900.0
FORGET_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Guess:
    """Who is tried from where, as keyed hashes: neither is kept in the clear."""

    login: bytes
    address: bytes


def guess_of(hashes: KeyedHash, login: str, address: str) -> Guess:
    """The hashes of a folded login and a network address."""
    return Guess(hashes.identifier("login", login), hashes.identifier("address", address))


def pause_after(failures: int) -> float:
    """Seconds to wait after this many failures in a row: none for five, then doubling."""
    if failures <= FREE_FAILURES:
        return 0.0
    doublings = min(failures - FREE_FAILURES - 1, 16)
    return min(FIRST_PAUSE_SECONDS * 2.0**doublings, LONGEST_PAUSE_SECONDS)
