"""What somebody who knows the published cells of a table can conclude of the hidden ones.

The solver is HiGHS, loaded at first use: most processes never publish anything.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from highspy import Highs

Cell = TypeVar("Cell", bound=Hashable)

_SLACK = 1e-6
"""How far rounding in the solver may move a bound."""


@dataclass(frozen=True, slots=True)
class Sum(Generic[Cell]):
    """A cell that is the sum of others."""

    total: Cell
    parts: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table(Generic[Cell]):
    """Cells of 0 and above that add up; whoever attacks it knows the sums and that."""

    values: Mapping[Cell, float]
    sums: Sequence[Sum[Cell]] = field(default_factory=list)


class UnsoundTableError(Exception):
    """The published cells contradict one another."""


class Attack(Generic[Cell]):
    """All that follows from a table whose `hidden` cells are unknown."""

    def __init__(self, table: Table[Cell], hidden: Collection[Cell]) -> None:
        self._columns = {cell: number for number, cell in enumerate(sorted(hidden, key=str))}
        self._values = table.values
        self._solver = _solver(len(self._columns))
        for each in table.sums:
            self._add(each)

    def interval(self, cell: Cell) -> tuple[float, float]:
        """The least and the greatest value that a hidden cell can have."""
        return self._extreme(cell, least=True), self._extreme(cell, least=False)

    def most(self, cell: Cell) -> float:
        """The greatest value that a hidden cell can have."""
        return self._extreme(cell, least=False)

    def _add(self, each: Sum[Cell]) -> None:
        signed = [(each.total, -1.0), *((part, 1.0) for part in each.parts)]
        known = -sum(sign * self._values[cell] for cell, sign in signed if self._is_known(cell))
        unknown = [(self._columns[cell], sign) for cell, sign in signed if not self._is_known(cell)]
        if unknown:
            columns, signs = zip(*unknown, strict=True)
            self._solver.addRow(known, known, len(columns), list(columns), list(signs))
        elif abs(known) > _SLACK:
            raise UnsoundTableError

    def _is_known(self, cell: Cell) -> bool:
        return cell not in self._columns

    def _extreme(self, cell: Cell, *, least: bool) -> float:
        from highspy import HighsModelStatus, ObjSense  # noqa: PLC0415 - see the module

        column = self._columns[cell]
        self._solver.changeColCost(column, 1.0)
        self._solver.changeObjectiveSense(ObjSense.kMinimize if least else ObjSense.kMaximize)
        self._solver.run()
        status = self._solver.getModelStatus()
        found = self._solver.getInfo().objective_function_value
        self._solver.changeColCost(column, 0.0)
        if status == HighsModelStatus.kOptimal:
            return float(round(found, 6))
        if status in {HighsModelStatus.kUnbounded, HighsModelStatus.kUnboundedOrInfeasible}:
            return -inf if least else inf
        raise UnsoundTableError


def _solver(columns: int) -> "Highs":
    from highspy import Highs  # noqa: PLC0415 - see the module

    solver: Highs = Highs()  # type: ignore[no-untyped-call]  # its stub has no types here
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    for _ in range(columns):
        solver.addVar(0.0, inf)
    return solver
