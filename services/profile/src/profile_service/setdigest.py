"""The digest of a set of facts, whatever the order in which they are read.

Each fact has a SHA-256 of its natural key and typed fields; the set's digest adds these up, quarter
by quarter, modulo 2^64 (an additive multiset hash). So it costs one pass and no sorting, parts can
be put together, and a fact told twice is not the same as a fact told once. It tells changes apart,
not forgers: what leaves the platform is keyed besides.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

_MODULUS = 2**64

EMPTY_DIGEST = hashlib.sha256().hexdigest()
"""Of no inputs."""


@dataclass(frozen=True, slots=True)
class SetDigest:
    """The four sums over a set, each below 2^64."""

    lanes: tuple[int, int, int, int] = (0, 0, 0, 0)

    @classmethod
    def of(cls, sums: Iterable[int]) -> Self:
        """From sums as the database adds them up, of signed quarters."""
        a, b, c, d = (one % _MODULUS for one in sums)
        return cls((a, b, c, d))

    @classmethod
    def union(cls, parts: Iterable["SetDigest"]) -> Self:
        """The digest of all parts together."""
        return cls.of(map(sum, zip(*(part.lanes for part in parts), strict=True)))

    def told(self, *also: object) -> str:
        """As one SHA-256 in hexadecimal, with what else a figure depends on."""
        return digest_of(*(f"{lane:016x}" for lane in self.lanes), *also)


def digest_of(*parts: object) -> str:
    """SHA-256 over parts in their order, in hexadecimal."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()
