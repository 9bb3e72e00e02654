"""The shapes of reference values, and what may be said of each kind."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, model_validator
from pydantic_core import PydanticCustomError

from event_contracts.vocabulary import Dimension, Program
from profile_service.impact.sroi import EVERYTHING, SHARES, Kind
from profile_service.schemas import Words

_AMOUNT = Field(ge=0, le=1_000_000_000, max_digits=18, decimal_places=6)
Amount = Annotated[Decimal, _AMOUNT]
Shown = Annotated[Decimal, PlainSerializer(float, return_type=float)]
Source = Annotated[Words, Field(max_length=1000)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

_PAIR = re.compile(r"([A-Z]{3})/([A-Z]{3})")
_DIMENSIONS = frozenset({EVERYTHING, *map(str, Dimension)})
_ROLES = frozenset({EVERYTHING, "volunteer", *map(str, Program)})
_KEYS = {
    Kind.DISCOUNT_RATE: frozenset({EVERYTHING}),
    Kind.FIRST_YEAR_EXPONENT: frozenset({EVERYTHING}),
    Kind.HOURLY_VALUE: _ROLES,
}
_UNITS = {
    Kind.PROXY: "currency per person",
    Kind.HOURLY_VALUE: "currency per hour",
    Kind.DURATION: "years",
    Kind.OUTCOME_START: "year",
    Kind.FIRST_YEAR_EXPONENT: "exponent",
}
_WHOLE = {Kind.OUTCOME_START: (1, 2), Kind.FIRST_YEAR_EXPONENT: (0, 1)}
_MONEY = frozenset({Kind.PROXY, Kind.HOURLY_VALUE, Kind.EXCHANGE_RATE})
_LONGEST_YEARS = 50


class ReferenceChange(BaseModel):
    """What a value is from now on; all of it is said anew, as a new version."""

    model_config = ConfigDict(extra="forbid")

    value: Amount
    low: Amount | None = None
    high: Amount | None = None
    currency: Currency | None = None
    valid_to: date | None = None
    source: Source

    @model_validator(mode="after")
    def _range_holds_the_value(self) -> Self:
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            raise PydanticCustomError("range", "low, value and high must be in this order")
        return self


class NewReference(ReferenceChange):
    """A dated value; `valid_to` is exclusive and open if it is left out."""

    kind: Kind
    key: str = Field(max_length=60)
    country: str = Field(EVERYTHING, pattern=r"^(\*|EU|[A-Z]{2})$")
    valid_from: date

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        check(self.kind, self.key, self.country, self.valid_from, self)
        return self


def unit_of(kind: Kind, key: str) -> str:
    """What a value of a kind is counted in."""
    if pair := _PAIR.fullmatch(key):
        return f"{pair[2]} per {pair[1]}"
    return _UNITS.get(kind, "share")


def check(kind: Kind, key: str, country: str, valid_from: date, of: ReferenceChange) -> None:
    """Raise PydanticCustomError for what a value of this kind can't be."""
    for holds, code, message in (
        (_key_fits(kind, key), "key", "This kind has no such key"),
        (_country_fits(kind, country), "country", "country must be ISO 3166-1 alpha-2, EU or *"),
        (_currency_fits(kind, key, of.currency), "currency", _CURRENCY),
        (_value_fits(kind, of), "value", _VALUES.get(kind, "A share lies between 0 and 1")),
        (
            of.valid_to is None or of.valid_to > valid_from,
            "dates",
            "valid_to must lie after valid_from",
        ),
    ):
        if not holds:
            raise PydanticCustomError(code, message)


_CURRENCY = "A worth names its currency (ISO 4217), a rate that which is got, nothing else has one"
_VALUES = {
    Kind.DURATION: "A duration is more than 0 and at most 50 years",
    Kind.OUTCOME_START: "outcome_start is 1 or 2",
    Kind.FIRST_YEAR_EXPONENT: "first_year_exponent is 0 or 1",
    Kind.EXCHANGE_RATE: "A rate is more than 0",
}


def _key_fits(kind: Kind, key: str) -> bool:
    if kind is Kind.EXCHANGE_RATE:
        pair = _PAIR.fullmatch(key)
        return pair is not None and pair[1] != pair[2] and all(map(_is_currency, pair.groups()))
    return key in _KEYS.get(kind, _DIMENSIONS)


def _country_fits(kind: Kind, country: str) -> bool:
    if kind in {Kind.EXCHANGE_RATE, Kind.DISCOUNT_RATE, Kind.FIRST_YEAR_EXPONENT}:
        return country == EVERYTHING
    return country in {EVERYTHING, "EU"} or _is_country(country)


def _currency_fits(kind: Kind, key: str, currency: str | None) -> bool:
    if kind not in _MONEY:
        return currency is None
    if currency is None or not _is_currency(currency):
        return False
    return kind is not Kind.EXCHANGE_RATE or key.endswith(f"/{currency}")


def _value_fits(kind: Kind, of: ReferenceChange) -> bool:
    ends = [end for end in (of.low, of.value, of.high) if end is not None]
    if kind in SHARES:
        return all(end <= 1 for end in ends)
    if kind in _WHOLE:
        return of.value in _WHOLE[kind] and of.low is None and of.high is None
    if kind is Kind.DURATION:
        return all(0 < end <= _LONGEST_YEARS for end in ends)
    return kind is not Kind.EXCHANGE_RATE or of.value > 0


def _is_currency(code: str) -> bool:
    import pycountry  # noqa: PLC0415 - its lists are for admins' entries alone

    return pycountry.currencies.get(alpha_3=code) is not None


def _is_country(code: str) -> bool:
    import pycountry  # noqa: PLC0415 - its lists are for admins' entries alone

    return pycountry.countries.get(alpha_2=code) is not None


class ReferenceShape(BaseModel):
    """One version of a value; `current` unless a newer version took its place."""

    reference_id: UUID
    kind: Kind
    key: str
    country: str
    value: Shown
    low: Shown | None
    high: Shown | None
    unit: str
    currency: str | None
    valid_from: date
    valid_to: date | None
    source: str
    version: int
    withdrawn: bool
    current: bool
    created_by: str
    created_at: datetime
