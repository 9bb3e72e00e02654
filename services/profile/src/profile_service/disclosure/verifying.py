"""Checks a choice by solving the bounds: what can be concluded of every cell that stays hidden."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from profile_service.disclosure.bounds import Sum, Table
from profile_service.disclosure.lattice import Place, months_within
from profile_service.disclosure.suppression import protected
from profile_service.inputs import ALL_PROGRAMS


@dataclass(frozen=True, slots=True)
class Bounds:
    """The facts behind one figure by month and programme, with all cells that they add up to.

    Whoever sees a figure may know how many facts are behind it, from its trace or its value. A
    fact is one person's: where there may be k facts, there may be k people.
    """

    k: int
    places: Sequence[Place]
    programs: Sequence[str]
    facts: Mapping[Place, int]

    def hold(self, shown: Collection[Place]) -> bool:
        """Whether every hidden cell may be of k facts, for all that the shown ones say."""
        table = self._table()
        hidden = [cell for cell in table.values if cell not in shown]
        return protected(table, hidden, hidden, self.k)

    def _table(self) -> Table[Place]:
        sums = [Sum(place, tuple(self._atoms(place))) for place in self.places]
        atoms = {atom for each in sums for atom in each.parts}
        values = {atom: float(self.facts.get(atom, 0)) for atom in atoms}
        totals = {each.total: sum(values[atom] for atom in each.parts) for each in sums}
        return Table(values | totals, sums)

    def _atoms(self, place: Place) -> Iterator[Place]:
        programs = self.programs if place.program == ALL_PROGRAMS else [place.program]
        for month in months_within(place.period):
            yield from (Place(month, program) for program in programs)
