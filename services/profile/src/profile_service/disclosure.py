"""Which figures would give another one away: periods lie in one another and can be subtracted."""

from collections.abc import Sequence

from profile_service.figures import Figure
from profile_service.periods import Period


def is_small(figure: Figure, smallest: int) -> bool:
    """Whether fewer than `smallest` participants stand behind a figure, zero included."""
    return figure.group is not None and figure.group < smallest


def gives_away(period: Period, siblings: Sequence[Figure], smallest: int) -> bool:
    """Whether showing a period's figure would let a small sibling be found by subtraction.

    `siblings` are the same figure in the periods of `period.family`. Quarters are shown wherever
    they are large enough; the months of one only if all three are, and a year only if all its
    quarters are or none is: a month or quarter left out could else be had as the difference.
    """
    small = [is_small(figure, smallest) for figure in siblings]
    return any(small) if period.is_month else any(small) and not all(small)
