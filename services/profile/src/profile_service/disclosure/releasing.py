"""Decides which figures a company may be shown beside all that it has been shown before."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from profile_service.disclosure.lattice import Place, Split, needed_for
from profile_service.disclosure.suppression import first_good
from profile_service.disclosure.verifying import Bounds


class Count(NamedTuple):
    """The people behind a figure, the fewest it tells of, and the digest of its facts."""

    n: int
    group: int
    digest: str


NOBODY = Count(0, 0, "")

Snapshot = Mapping[Place, Count]
"""A cell and all within it, as they were when a figure of it was released."""


@dataclass(frozen=True, slots=True)
class Releases:
    """Every release of one metric so far: the snapshots of each cell that was ever shown."""

    of: Mapping[Place, Sequence[Snapshot]] = field(default_factory=dict)

    def with_now(self, chosen: Collection[Place], now: Snapshot) -> "Releases":
        """These, and the chosen cells as they are now."""
        added = {place: [*self.of.get(place, ()), now] for place in chosen}
        return Releases({**self.of, **added})

    def __contains__(self, place: Place) -> bool:
        return place in self.of


@dataclass(frozen=True, slots=True)
class Judge:
    """Knows the smallest group and how the cells of a year add up."""

    k: int
    splits: Sequence[Split]

    def choose(
        self,
        candidates: Collection[Place],
        now: Snapshot,
        before: Releases,
        bounds: Bounds | None = None,
    ) -> frozenset[Place]:
        """The candidates to release now: all but the small ones and the cheapest beside them.

        Again with the same counts and releases it chooses the same. `bounds` verify the choice
        where the facts behind the figure are known.
        """
        large = frozenset(one for one in candidates if now.get(one, NOBODY).group >= self.k)

        def people(place: Place) -> float:
            return now[place].n

        def is_safe(beside: frozenset[Place]) -> bool:
            shown = large - beside
            return self.allows(shown, now, before) and (
                bounds is None or not shown or bounds.hold({*shown, *before.of})
            )

        beside: frozenset[Place] = first_good(large, people, is_safe)
        return large - beside

    def allows(self, chosen: Collection[Place], now: Snapshot, before: Releases) -> bool:
        """Whether releasing the chosen cells lets nobody work out a group below k."""
        after = before.with_now(chosen, now)
        if not all(needed in after for place in chosen for needed in needed_for(place)):
            return False
        touched = (one for one in self.splits if {one.whole, *one.parts} & set(chosen))
        return all(self._keeps(split, after) for split in touched) and all(
            self.moved_enough(earlier, now, self.within(place))
            for place in chosen
            for earlier in before.of.get(place, ())
        )

    def within(self, place: Place) -> set[Place]:
        """The cell itself and all cells within it."""
        inner = {part for one in self.splits if one.whole == place for part in one.parts}
        return {place, *inner}

    def moved_enough(self, earlier: Snapshot, later: Snapshot, places: Collection[Place]) -> bool:
        """Whether in each of these cells nothing changed, or the facts of k people at least.

        As many have changed at least as there are more or fewer people than before.
        """
        return all(
            self._moved_enough(earlier.get(one, NOBODY), later.get(one, NOBODY)) for one in places
        )

    def _moved_enough(self, earlier: Count, later: Count) -> bool:
        moved = min(abs(earlier.n - later.n), abs(earlier.group - later.group))
        return earlier.digest == later.digest or moved >= self.k

    def _keeps(self, split: Split, after: Releases) -> bool:
        """Whether no version of a shown cell, less any of its shown parts, leaves a small group."""
        shown = [part for part in split.parts if part in after]
        left = split.leaves.difference(*(split.parts[part] for part in shown))
        versions = after.of.get(split.whole, ())
        if left:
            return all(self._people(split, shown, left, one) >= self.k for one in versions)
        return all(
            self._fits(part, version, after.of[part]) for version in versions for part in shown
        )

    def _fits(self, part: Place, version: Snapshot, releases: Sequence[Snapshot]) -> bool:
        """Where nothing is left of a cell less its parts, each must be as large as in the whole.

        What was released of the part is what lay in that version of the whole; or it is known by
        subtraction what did, and how far it moved, so both must be of k people.
        """
        within = version.get(part, NOBODY)
        if any(one[part].digest == within.digest for one in releases):
            return self._moved_from(within, releases, part)
        return within.group >= self.k and self._moved_from(within, releases, part)

    def _moved_from(self, count: Count, releases: Sequence[Snapshot], part: Place) -> bool:
        return all(self._moved_enough(count, one[part]) for one in releases)

    def _people(
        self, split: Split, shown: Sequence[Place], left: frozenset[Place], at: Snapshot
    ) -> int:
        """At least so many people stand behind what is left of a cell."""
        largest = max(
            (at.get(part, NOBODY).group for part in split.parts if split.parts[part] <= left),
            default=0,
        )
        outermost = _outermost(split, shown)
        rest = at.get(split.whole, NOBODY).group - sum(at.get(one, NOBODY).n for one in outermost)
        return max(largest, rest)


def _outermost(split: Split, shown: Sequence[Place]) -> Iterator[Place]:
    for part in shown:
        leaves = split.parts[part]
        if not any(leaves < split.parts[other] for other in shown):
            yield part
