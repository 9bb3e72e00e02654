"""Rules by name: what a field of a dataset asks of its cells, and how that is compiled."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Literal

from connectors_service.rules import values
from connectors_service.rules.codes import Code
from connectors_service.rules.dates import Calendar
from connectors_service.rules.ratings import Scale, rating_on

Parser = Callable[[str], Any]
Decimal = Literal[".", ","]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mapping and a file decide about cells: their calendar, and the scale of ratings.

    `decimal` is the sign before decimals in amounts, None where each cell has to tell; `region`
    the country (two letters) of phone numbers without one.
    """

    calendar: Calendar
    scale: Scale = Scale.ONE_TO_FIVE
    decimal: Decimal | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """`kind` is what people read about it, `code` what a breach answers."""

    kind: str
    code: Code
    parser: Callable[[Reading], Parser]


def text(chars: int) -> Rule:
    """A text of at most `chars` characters."""
    return Rule(
        f"text up to {chars} characters",
        Code.TOO_LONG,
        lambda _: partial(values.text_up_to, chars),
    )


def word_list(chars: int) -> Rule:
    """A comma list of at most `chars` characters."""
    return Rule("comma list", Code.TOO_LONG, lambda _: partial(values.words, chars))


def json_up_to(chars: int) -> Rule:
    """JSON of at most `chars` characters."""
    return Rule(
        f"JSON up to {chars} characters", Code.JSON, lambda _: partial(values.json_value, chars)
    )


def one_of(choices: type[StrEnum], code: Code = Code.CHOICE) -> Rule:
    """One of the words of a vocabulary."""
    return Rule(" | ".join(choices), code, lambda _: partial(values.choice, choices, code))


def level_of(levels: type[StrEnum]) -> Rule:
    """A level of a scale of levels, in any case."""
    return Rule(" | ".join(levels), Code.LEVEL, lambda _: partial(values.level, levels))


EMAIL = Rule("e-mail address", Code.EMAIL, lambda _: values.email)
DOMAIN = Rule("e-mail domain", Code.CHOICE, lambda _: values.domain)
MOMENT = Rule("date or time", Code.DATE, lambda reading: reading.calendar.moment)
DAY = Rule("date", Code.DATE, lambda reading: reading.calendar.day)
MINUTES = Rule("whole minutes, 1-480", Code.DURATION, lambda _: values.minutes)
RATING = Rule(
    "rating, 1-5 or 0-1 (one scale a column)",
    Code.RATING,
    lambda reading: partial(rating_on, reading.scale),
)
COUNTRY = Rule("country, best as two letters", Code.TOO_LONG, lambda _: values.country)
