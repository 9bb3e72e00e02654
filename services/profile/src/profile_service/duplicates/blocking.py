"""Which pairs are worth comparing: those who share a value that few have."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from profile_service.duplicates.people import Known, whole

SHORTEST_LOCAL = 5


def keys(one: Known) -> Iterator[tuple[str, object]]:
    """The values of a person by which someone equal would be found."""
    yield from (("phone", phone) for phone in one.phones)
    yield from (("linkedin", slug) for slug in one.linkedins)
    yield from (("box", box.box) for box in one.mailboxes)
    called = {box.local for box in one.mailboxes} | one.handles
    yield from (("called", word) for word in called if len(word) >= SHORTEST_LOCAL)
    for name in one.names:
        yield from (("name", pair) for pair in combinations(whole(name), 2))


def blocked_pairs(people: Sequence[Known], largest: int) -> Iterator[tuple[int, int]]:
    """The places of people who share a value, each pair once, the smaller place first.

    A value that more than `largest` people share pairs nobody. Only hashes of values are held:
    two that fall together cost a comparison, and nothing else.
    """
    hashes, places = array("q"), array("l")
    for place, one in enumerate(people):
        for key in set(keys(one)):
            hashes.append(hash(key))
            places.append(place)
    yield from _pairs(np.asarray(hashes), np.asarray(places), len(people), largest)


def _pairs(
    hashes: np.ndarray, places: np.ndarray, people: int, largest: int
) -> Iterator[tuple[int, int]]:
    order = np.lexsort((places, hashes))
    hashes, places = hashes[order], places[order]
    starts = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]])
    sizes = np.diff(np.r_[starts, len(hashes)])
    found = [_of_size(places, starts[sizes == size], size) for size in range(2, largest + 1)]
    joined = np.concatenate(found) if found else np.empty((0, 2), dtype=np.int64)
    for code in np.unique(joined[:, 0] * people + joined[:, 1]):
        yield divmod(int(code), people)


def _of_size(places: np.ndarray, starts: np.ndarray, size: int) -> np.ndarray:
    """All pairs within the blocks of one size, as rows of two places."""
    first, second = np.triu_indices(size, 1)
    left = places[(starts[:, None] + first[None, :]).ravel()].astype(np.int64)
    right = places[(starts[:, None] + second[None, :]).ravel()].astype(np.int64)
    return np.column_stack((np.minimum(left, right), np.maximum(left, right)))
