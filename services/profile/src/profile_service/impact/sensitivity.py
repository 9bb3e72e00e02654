"""How far an SROI hangs on its assumptions: range, tornado, break-even."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext

from profile_service.impact.sroi import (
    PRECISION,
    RAISING,
    SHARES,
    Assumption,
    Case,
    Kind,
    sroi,
    varied,
)

SPREAD = Decimal("0.2")
"""How far an assumption is varied whose source states no range: 20 % of it, both ways."""

_HALVINGS = 80
_TOP = {Kind.DURATION: Decimal(60)}
_LINEAR = frozenset(
    {
        Kind.PROXY,
        Kind.HOURLY_VALUE,
        Kind.DEADWEIGHT,
        Kind.DISPLACEMENT,
        Kind.ATTRIBUTION,
    }
)


@dataclass(frozen=True, slots=True)
class Swing:
    """The ratio with one assumption at 80 % and at 120 % of its value, all else as it is."""

    label: str
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The value of one assumption at which the ratio is 1; None where none does that."""

    label: str
    value: Decimal | None


def ranged(case: Case) -> tuple[Decimal | None, Decimal | None]:
    """The ratio with every assumption at its unfavourable end, and at its favourable one.

    An assumption's ends are those of its source, else 20 % below and above.
    """
    worst = {one.label: _end(one, good=False) for one in varied(case)}
    best = {one.label: _end(one, good=True) for one in varied(case)}
    return _ratio(case.with_values(worst)), _ratio(case.with_values(best))


def tornado(case: Case) -> list[Swing]:
    """Each assumption 20 % lower and higher, the one that moves most first."""
    swings = [
        Swing(
            one.label,
            _ratio(case.with_values({one.label: _within(one.kind, one.value * (1 - SPREAD))})),
            _ratio(case.with_values({one.label: _within(one.kind, one.value * (1 + SPREAD))})),
        )
        for one in varied(case)
    ]
    return sorted(swings, key=lambda one: (-_width(one), one.label))


def break_even(case: Case) -> list[BreakEven]:
    """The value of each assumption that would make the ratio 1, all else as it is."""
    with localcontext(prec=PRECISION):
        return [BreakEven(one.label, _breaking(case, one)) for one in varied(case)]


def _breaking(case: Case, of: Assumption) -> Decimal | None:
    def surplus(value: Decimal) -> Decimal:
        changed = case.with_values({of.label: value})
        found = sroi(changed)
        return found.present_value - found.inputs if found else Decimal(0)

    if of.kind in _LINEAR:
        return _root_of_line(surplus, of.kind)
    return _root_by_halving(surplus, of.kind)


def _root_of_line(surplus: Callable[[Decimal], Decimal], kind: Kind) -> Decimal | None:
    at_zero = surplus(Decimal(0))
    slope = surplus(Decimal(1)) - at_zero
    if not slope:
        return None
    found = -at_zero / slope
    return found if found >= 0 and _within(kind, found) == found else None


def _root_by_halving(surplus: Callable[[Decimal], Decimal], kind: Kind) -> Decimal | None:
    below, above = Decimal(0), _TOP.get(kind, Decimal(1))
    sign = surplus(below) > 0
    if (surplus(above) > 0) == sign:
        return None
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        below, above = (middle, above) if (surplus(middle) > 0) == sign else (below, middle)
    return above


def _end(of: Assumption, *, good: bool) -> Decimal:
    upper = good is (of.kind in RAISING)
    stated = of.high if upper else of.low
    if stated is not None:
        return stated
    return _within(of.kind, of.value * (1 + SPREAD if upper else 1 - SPREAD))


def _within(kind: Kind, value: Decimal) -> Decimal:
    return min(Decimal(1), value) if kind in SHARES else value


def _ratio(case: Case) -> Decimal | None:
    found = sroi(case)
    return found.ratio if found else None


def _width(swing: Swing) -> Decimal:
    if swing.low is None or swing.high is None:
        return Decimal(0)
    return abs(swing.high - swing.low)
