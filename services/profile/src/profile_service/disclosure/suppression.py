"""Hides small cells of a table, and with them the fewest people that keep them hidden."""

from collections.abc import Callable, Collection, Iterator, Sequence
from heapq import heappop, heappush
from typing import TypeVar

from profile_service.disclosure.bounds import Attack, Cell, Table

Item = TypeVar("Item")

MOST_SETS = 1 << 14
"""How many sets are tried before all that can be hidden is."""


def cheapest(
    table: Table[Cell], optional: Collection[Cell], small: Collection[Cell], k: float
) -> frozenset[Cell]:
    """The `optional` cells to hide beside the small ones, so that each of these may be k or more.

    Cells are as dear as their values; equally dear sets are told apart by their names. Where
    nothing helps, all optional cells are hidden.
    """

    def protects(beside: frozenset[Cell]) -> bool:
        return protected(table, {*small, *beside}, small, k)

    return first_good(optional, lambda cell: table.values[cell], protects)


def protected(
    table: Table[Cell], hidden: Collection[Cell], small: Collection[Cell], k: float
) -> bool:
    """Whether nobody can tell that any of these hidden cells is below k."""
    attack = Attack(table, hidden)
    return all(attack.most(cell) >= k for cell in small)


def first_good(
    items: Collection[Item],
    cost: Callable[[Item], float],
    is_good: Callable[[frozenset[Item]], bool],
) -> frozenset[Item]:
    """The cheapest set of the items that is good; all of them where none is found."""
    tried = zip(range(MOST_SETS), by_cost(items, cost), strict=False)
    return next((found for _, found in tried if is_good(found)), frozenset(items))


def by_cost(items: Collection[Item], cost: Callable[[Item], float]) -> Iterator[frozenset[Item]]:
    """Every set of the items, cheapest first; of equally cheap ones the first by position.

    A set's successors add the next item, or put the next one in its last one's place: each set
    comes from one other that is no dearer.
    """
    ordered = sorted(items, key=lambda item: (cost(item), str(item)))
    costs = [cost(item) for item in ordered]
    queue: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    while queue:
        _, chosen = heappop(queue)
        yield frozenset(ordered[number] for number in chosen)
        for successor in _successors(chosen, len(ordered)):
            heappush(queue, (_total(costs, successor), successor))


def _successors(chosen: tuple[int, ...], count: int) -> Iterator[tuple[int, ...]]:
    following = chosen[-1] + 1 if chosen else 0
    if following < count:
        yield (*chosen, following)
        if chosen:
            yield (*chosen[:-1], following)


def _total(costs: Sequence[float], chosen: tuple[int, ...]) -> float:
    return sum(costs[number] for number in chosen)
