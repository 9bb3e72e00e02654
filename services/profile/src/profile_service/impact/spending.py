"""What a company put in: costs of the period, in one currency, by dated rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from profile_service.impact.assumptions import Book, Reference
from profile_service.impact.sroi import EVERYTHING, Kind


@dataclass(frozen=True, slots=True)
class Cost:
    """Cash and in-kind for a programme in the days [starts_on, ends_on)."""

    program: str
    period: str
    starts_on: date
    ends_on: date
    cash: Decimal
    in_kind: Decimal
    currency: str

    @property
    def line(self) -> str:
        """What a digest takes of it."""
        return f"cost|{self.program}|{self.period}|{self.cash}|{self.in_kind}|{self.currency}"

    def share(self, first_day: date, next_day: date) -> Decimal:
        """The part of its days that lie in [first_day, next_day)."""
        days = min(self.ends_on, next_day) - max(self.starts_on, first_day)
        return Decimal(max(days.days, 0)) / (self.ends_on - self.starts_on).days


def overlap(costs: Sequence[Cost]) -> bool:
    """Whether two costs of a programme speak of the same day: one of them would count twice."""
    ordered = sorted(costs, key=lambda one: (one.program, one.starts_on))
    return any(a.program == b.program and b.starts_on < a.ends_on for a, b in pairwise(ordered))


def exchange(book: Book, amount: Decimal, of: str, into: str) -> tuple[Decimal, Reference | None]:
    """The amount in another currency with the rate that was used; LookupError where none holds.

    A rate's key is the pair: USD/EUR is how many euros a dollar is. The way back divides by it.
    """
    if of == into:
        return amount, None
    if there := book.rows.get((Kind.EXCHANGE_RATE, f"{of}/{into}", EVERYTHING)):
        return amount * there.value, there
    back = book.rows.get((Kind.EXCHANGE_RATE, f"{into}/{of}", EVERYTHING))
    if back and back.value:
        return amount / back.value, back
    raise LookupError
