"""From outcomes, costs and reference values to an SROI case, or to the reason why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from profile_service.impact.assumptions import Book, Reference
from profile_service.impact.spending import Cost, exchange, overlap
from profile_service.impact.sroi import EVERYTHING, Assumption, Case, Kind

_OF_OUTCOMES = (
    Kind.DEADWEIGHT,
    Kind.DISPLACEMENT,
    Kind.ATTRIBUTION,
    Kind.DROP_OFF,
    Kind.DURATION,
    Kind.OUTCOME_START,
)
_OF_ALL = (Kind.DISCOUNT_RATE, Kind.FIRST_YEAR_EXPONENT)

INPUTS_MISSING = "inputs_missing"
INPUTS_ZERO = "inputs_zero"
OVERLAPPING_COSTS = "overlapping_costs"
HOURLY_VALUE_MISSING = "hourly_value_missing"
PROXY_MISSING = "proxy_missing"
ASSUMPTION_MISSING = "assumption_missing"
RATE_MISSING = "currency_rate_missing"


class NoCaseError(Exception):
    """There is no case to reckon with; says why in one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Spent:
    """A cost with the part of it that falls into the period."""

    cost: Cost
    share: Decimal

    @property
    def amount(self) -> Decimal:
        return (self.cost.cash + self.cost.in_kind) * self.share


@dataclass(frozen=True, slots=True)
class Valuation:
    """A case in one currency, with every reference value that went into it."""

    case: Case
    currency: str
    spent: Sequence[Spent]
    references: Sequence[Reference]
    without_proxy: Sequence[str] = ()


@dataclass(slots=True)
class _Used:
    """What was looked up so far."""

    book: Book
    country: str | None
    currency: str = ""
    rows: dict[str, Reference] = field(default_factory=dict)
    assumptions: dict[str, Assumption] = field(default_factory=dict)
    uses: dict[tuple[Kind, str], str] = field(default_factory=dict)

    def find(self, kind: Kind, *keys: str) -> Reference | None:
        return self.book.find(kind, keys, self.country)

    def take(self, row: Reference, of: str) -> None:
        """Use a value for an outcome or role, in the case's currency."""
        self.rows[row.label] = row
        self.uses[row.kind, of] = row.label
        worth = self.converted(row.value, row.currency) if row.currency else None
        self.assumptions[row.label] = row.as_assumption(worth)

    def converted(self, amount: Decimal, of: str) -> Decimal:
        found, rate = self._exchanged(amount, of)
        if rate:
            self.rows[rate.label] = rate
        return found

    def _exchanged(self, amount: Decimal, of: str) -> tuple[Decimal, Reference | None]:
        try:
            return exchange(self.book, amount, of, self.currency)
        except LookupError:
            raise NoCaseError(RATE_MISSING) from None


def checked_costs(
    costs: Sequence[Cost], minutes: Mapping[str, int], spent: Sequence[Spent]
) -> None:
    """Raise NoCaseError where nothing, nothing known or something twice was put in."""
    if not costs:
        raise NoCaseError(INPUTS_MISSING)
    if overlap(costs):
        raise NoCaseError(OVERLAPPING_COSTS)
    if not any(one.amount for one in spent) and not any(minutes.values()):
        raise NoCaseError(INPUTS_ZERO)


def valuation(
    quantities: Mapping[str, int],
    minutes: Mapping[str, int],
    spent: Sequence[Spent],
    book: Book,
    country: str | None,
) -> Valuation:
    """The case of a period; NoCaseError says what is missing.

    `quantities` are distinct participants with a positive change by dimension, `minutes` the
    volunteers' by programme. An outcome without a proxy is worth nothing known and is left out.
    The currency is the first of the costs' into which everything can be exchanged.
    """
    hours = {role: Decimal(count) / 60 for role, count in minutes.items() if count}
    roles = {
        role: _Used(book, country).find(Kind.HOURLY_VALUE, role, "volunteer") for role in hours
    }
    if not all(roles.values()):
        raise NoCaseError(HOURLY_VALUE_MISSING)
    proxies = {name: book.find(Kind.PROXY, (name,), country) for name in quantities}
    if not any(proxies.values()):
        raise NoCaseError(PROXY_MISSING)
    for currency in sorted({one.cost.currency for one in spent}):
        try:
            used = _filled(_Used(book, country, currency), roles, proxies)
            total = _total(used, spent)
        except NoCaseError as missing:
            if missing.reason != RATE_MISSING:
                raise
            continue
        case = Case(
            {name: quantities[name] for name, proxy in proxies.items() if proxy},
            total,
            hours,
            used.assumptions,
            used.uses,
        )
        rows = [used.rows[label] for label in sorted(used.rows)]
        bare = sorted(name for name, proxy in proxies.items() if not proxy)
        return Valuation(case, currency, spent, rows, bare)
    raise NoCaseError(RATE_MISSING)


def _filled(
    used: _Used,
    roles: Mapping[str, Reference | None],
    proxies: Mapping[str, Reference | None],
) -> _Used:
    for named in (roles, proxies):
        for of, row in named.items():
            if row:
                used.take(row, of)
    for name in (name for name, row in proxies.items() if row):
        for kind in _OF_OUTCOMES:
            used.take(_needed(used, kind, name), name)
    for kind in _OF_ALL:
        used.take(_needed(used, kind, EVERYTHING), EVERYTHING)
    return used


def _needed(used: _Used, kind: Kind, key: str) -> Reference:
    found = used.find(kind, key)
    if found is None:
        raise NoCaseError(ASSUMPTION_MISSING)
    return found


def _total(used: _Used, spent: Sequence[Spent]) -> Decimal:
    return sum((used.converted(one.amount, one.cost.currency) for one in spent), Decimal())
