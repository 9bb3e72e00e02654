"""A simulated attacker for tests: solves what follows from everything a company was ever shown.

It knows more than anyone would: what adds up to what, which moment each release is of, and whether
since then facts came late or were taken back, though not where or how many.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, product
from typing import NamedTuple

from profile_service.disclosure.bounds import Attack, Sum, Table
from profile_service.disclosure.lattice import QUARTERS, Place, months_of, months_within
from profile_service.inputs import ALL_PROGRAMS

FOR_EVER = 1 << 30


@dataclass(frozen=True, slots=True)
class Deed:
    """A fact of one person that counts from a moment on, until before another."""

    person: int
    month: str
    program: str
    since: int = 0
    until: int = FOR_EVER

    def counts_in(self, place: Place, moment: int) -> bool:
        is_here = self.month in months_within(place.period)
        return is_here and place.program in {ALL_PROGRAMS, self.program} and self.stands(moment)

    def stands(self, moment: int) -> bool:
        return self.since <= moment < self.until


class Answer(NamedTuple):
    """What a company was shown: the facts in a cell as they stood at a moment."""

    place: Place
    moment: int
    facts: int


class Class(NamedTuple):
    """Facts that nothing shown can tell apart."""

    month: str
    program: str
    since: int
    until: int


Group = frozenset[Class]


@dataclass(slots=True)
class Attacker:
    """Knows the answers, and of the deeds what kinds there are."""

    deeds: Sequence[Deed]
    programs: Sequence[str]
    year: str
    answers: Sequence[Answer]
    k: int
    _classes: dict[Class, list[Deed]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        begun = sorted({0, *(deed.since for deed in self.deeds)})
        ended = sorted({FOR_EVER, *(deed.until for deed in self.deeds)})
        months = [month.period for one in QUARTERS for month in months_of(self.year, one)]
        for month, program, since, until in product(months, self.programs, begun, ended):
            if since < until:
                self._classes[Class(month, program, since, until)] = []
        for deed in self.deeds:
            kind = Class(deed.month, deed.program, deed.since, deed.until)
            self._classes[kind].append(deed)

    def exposed(self) -> list[str]:
        """The groups below k that the answers give away; empty if all are protected."""
        groups = list(dict.fromkeys(one for one in self._groups() if self._is_small(one)))
        if not groups:
            return []
        attack = Attack(self._table(groups), [*self._classes, *groups])
        return [str(sorted(one)) for one in groups if attack.most(one) < self.k]

    def _table(self, groups: Iterable[Group]) -> Table[object]:
        values: dict[object, float] = {kind: len(each) for kind, each in self._classes.items()}
        sums: list[Sum[object]] = []
        for answer in set(self.answers):
            cell = self._cell(answer.place, answer.moment)
            values[answer] = answer.facts
            sums.append(Sum(answer, sorted(cell)))
        for group in groups:
            values[group] = sum(len(self._classes[kind]) for kind in group)
            sums.append(Sum(group, sorted(group)))
        return Table(values, sums)

    def _cell(self, place: Place, moment: int) -> Group:
        return frozenset(kind for kind in self._classes if Deed(0, *kind).counts_in(place, moment))

    def _is_small(self, group: Group) -> bool:
        """Whether the group is of fewer than k people, or nobody."""
        people = {deed.person for kind in group for deed in self._classes[kind]}
        return bool(group) and len(people) < self.k

    def _groups(self) -> Iterator[Group]:
        """Cells and unions of cells at each moment, and what changed in them between moments."""
        moments = sorted({answer.moment for answer in self.answers})
        for cells in self._unions():
            at = {
                moment: frozenset(chain(*(self._cell(place, moment) for place in cells)))
                for moment in moments
            }
            yield from at.values()
            for earlier, later in combinations(moments, 2):
                yield self._changed(at[later] - at[earlier])
                yield self._changed(at[earlier] - at[later])

    def _changed(self, group: Group) -> Group:
        """The group if anybody is in it: that nothing came late tells of nobody."""
        return group if any(self._classes[kind] for kind in group) else frozenset()

    def _unions(self) -> Iterator[list[Place]]:
        for quarter in QUARTERS:
            months = months_of(self.year, quarter)
            label = f"{self.year}-Q{quarter}"
            yield from _subsets(months)
            yield from _subsets([Place(label, program) for program in self.programs])
            yield from ([Place(m.period, p)] for m in months for p in self.programs)
        yield from ([Place(self.year, program)] for program in self.programs)


def truth(deeds: Sequence[Deed], place: Place, moment: int) -> tuple[int, int]:
    """The facts in a cell at a moment, and the people behind them."""
    here = [deed for deed in deeds if deed.counts_in(place, moment)]
    return len(here), len({deed.person for deed in here})


def _subsets(places: Sequence[Place]) -> Iterator[list[Place]]:
    sizes = range(1, len(places) + 1)
    yield from (list(one) for size in sizes for one in combinations(places, size))
