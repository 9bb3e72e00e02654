"""Small cells are hidden with the cheapest others, and what then follows of them is known."""

import random
from itertools import chain, combinations, product

import pytest

from profile_service.disclosure.bounds import Attack, Sum, Table, UnsoundTableError
from profile_service.disclosure.suppression import by_cost, cheapest, protected

Place = tuple[int | str, int | str]


def with_totals(rows: list[list[int]]) -> Table[Place]:
    """The table of METRICS: cells by row and column, and the totals of both."""
    height, width = len(rows), len(rows[0])
    values: dict[Place, float] = {
        (r, c): rows[r][c] for r, c in product(range(height), range(width))
    }
    inner = list(values)
    sums: list[Sum[Place]] = []
    for r in range(height):
        values[(r, "all")] = sum(rows[r])
        sums.append(Sum((r, "all"), [cell for cell in inner if cell[0] == r]))
    for c in range(width):
        values[("all", c)] = sum(row[c] for row in rows)
        sums.append(Sum(("all", c), [cell for cell in inner if cell[1] == c]))
    return Table(values, sums)


METRICS = with_totals([[3, 25, 30], [40, 22, 18], [31, 27, 45]])
SMALL: Place = (0, 0)


def inner(table: Table[Place]) -> list[Place]:
    return [cell for cell in table.values if "all" not in cell]


def test_the_cheapest_cells_are_hidden_beside_the_small_one() -> None:
    optional = [cell for cell in inner(METRICS) if cell != SMALL]

    beside = cheapest(METRICS, optional, [SMALL], 10)

    assert beside == {(0, 1), (2, 0), (2, 1)}
    assert sum(METRICS.values[cell] for cell in beside) == 83
    assert Attack(METRICS, {SMALL, *beside}).interval(SMALL) == (0, 28)


@pytest.mark.parametrize(
    ("hidden", "expected"),
    [
        ([(0, 0)], False),
        ([(0, 0), (0, 1)], False),
        ([(0, 0), (0, 1), (2, 0)], False),
        ([(0, 0), (0, 1), (2, 0), (2, 1)], True),
    ],
)
def test_a_small_cell_alone_in_its_sums_is_not_protected(
    hidden: list[Place], expected: bool
) -> None:
    assert protected(METRICS, hidden, [SMALL], 10) is expected


def test_the_bounds_of_subtraction_are_exact() -> None:
    months = Table({"q": 27, "a": 12, "b": 11, "c": 4}, [Sum("q", ["a", "b", "c"])])

    assert Attack(months, ["c"]).interval("c") == (4, 4)
    assert Attack(months, ["b", "c"]).interval("c") == (0, 15)
    assert Attack(months, ["a", "b", "c", "q"]).most("c") == float("inf")


def test_sums_that_cannot_be_are_refused() -> None:
    with pytest.raises(UnsoundTableError):
        Attack(Table({"q": 5, "a": 1, "b": 1}, [Sum("q", ["a", "b"])]), [])


@pytest.mark.parametrize("seed", range(6))
def test_no_cheaper_set_would_do(seed: int) -> None:
    """Against every set there is, on small random tables."""
    chance = random.Random(seed)
    table = with_totals([[chance.randint(0, 30) for _ in range(3)] for _ in range(2)])
    cells = inner(table)
    small = [cell for cell in cells if table.values[cell] < 10]
    optional = [cell for cell in cells if cell not in small]

    beside = cheapest(table, optional, small, 10)

    sets = chain.from_iterable(combinations(optional, size) for size in range(len(optional) + 1))
    good = [one for one in sets if protected(table, {*small, *one}, small, 10)]
    costs = [sum(table.values[cell] for cell in one) for one in good or [tuple(optional)]]
    assert sum(table.values[cell] for cell in beside) == min(costs)


def test_sets_come_cheapest_first_and_each_once() -> None:
    costs = {"a": 1.0, "b": 2.0, "c": 2.0, "d": 5.0}

    sets = list(by_cost(costs, costs.__getitem__))

    totals = [sum(costs[one] for one in each) for each in sets]
    assert totals == sorted(totals)
    assert len(set(sets)) == len(sets) == 16
