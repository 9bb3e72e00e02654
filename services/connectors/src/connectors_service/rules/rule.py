"""Rules by name: what a field of a dataset asks of its cells, and how that is compiled."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from connectors_service.rules import amounts, contacts, periods, places, values
from connectors_service.rules.amounts import DecimalSign
from connectors_service.rules.codes import Code
from connectors_service.rules.dates import Calendar
from connectors_service.rules.ratings import Scale, rating_on

Parser = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mapping and a file decide about cells: their calendar, and the scale of ratings.

    `decimal` is the sign before decimals in amounts, None where each cell has to tell; `region`
    the country (two letters) of phone numbers without one.
    """

    calendar: Calendar
    scale: Scale = Scale.ONE_TO_FIVE
    decimal: DecimalSign | None = None
    region: str | None = None


class Form(StrEnum):
    """The rules that `columns.cells` knows by whole columns too."""

    TEXT = "text"
    KEY = "key"
    WORDS = "words"
    JSON = "json"
    CHOICE = "choice"
    LEVEL = "level"
    EMAIL = "email"
    MOMENT = "moment"
    MINUTES = "minutes"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class Rule:
    """`kind` is what people read about it, `code` what a breach answers.

    `form`, with its `chars` and `choices`, tells how whole columns are judged by it; None where
    only single cells are.
    """

    kind: str
    code: Code
    parser: Callable[[Reading], Parser]
    form: Form | None = None
    chars: int = 0
    choices: tuple[str, ...] = ()


def text(chars: int) -> Rule:
    """A text of at most `chars` characters."""
    return Rule(
        f"text up to {chars} characters",
        Code.TOO_LONG,
        lambda _: partial(values.text_up_to, chars),
        Form.TEXT,
        chars,
    )


def key(chars: int) -> Rule:
    """An id of at most `chars` characters; what no one sees in it does not count."""
    return Rule(
        f"id up to {chars} characters",
        Code.TOO_LONG,
        lambda _: partial(values.key_up_to, chars),
        Form.KEY,
        chars,
    )


def word_list(chars: int) -> Rule:
    """A comma list of at most `chars` characters."""
    return Rule(
        "comma list", Code.TOO_LONG, lambda _: partial(values.words, chars), Form.WORDS, chars
    )


def json_up_to(chars: int) -> Rule:
    """JSON of at most `chars` characters."""
    return Rule(
        f"JSON up to {chars} characters",
        Code.JSON,
        lambda _: partial(values.json_value, chars),
        Form.JSON,
        chars,
    )


def one_of(choices: type[StrEnum], code: Code = Code.CHOICE) -> Rule:
    """One of the words of a vocabulary."""
    return Rule(
        " | ".join(choices),
        code,
        lambda _: partial(values.choice, choices, code),
        Form.CHOICE,
        choices=tuple(choices),
    )


def level_of(levels: type[StrEnum]) -> Rule:
    """A level of a scale of levels, in any case."""
    return Rule(
        " | ".join(levels),
        Code.LEVEL,
        lambda _: partial(values.level, levels),
        Form.LEVEL,
        choices=tuple(levels),
    )


EMAIL = Rule("e-mail address", Code.EMAIL, lambda _: values.email, Form.EMAIL)
DOMAIN = Rule("e-mail domain", Code.CHOICE, lambda _: values.domain)
MOMENT = Rule("date or time", Code.DATE, lambda reading: reading.calendar.moment, Form.MOMENT)
DAY = Rule("date", Code.DATE, lambda reading: reading.calendar.day)
MINUTES = Rule("whole minutes, 1-480", Code.DURATION, lambda _: values.minutes, Form.MINUTES)
RATING = Rule(
    "rating, 1-5 or 0-1 (one scale a column)",
    Code.RATING,
    lambda reading: partial(rating_on, reading.scale),
    Form.RATING,
)
COMPANY_KEY = Rule("company's own key, in any case", Code.TOO_LONG, lambda _: values.company_key)
CODE = Rule("code; other signs become hyphens", Code.TOO_LONG, lambda _: values.code)
SLUG = Rule("word, kept in lower case", Code.TOO_LONG, lambda _: values.slug)
COUNTRY = Rule("country, by name or code (ISO 3166)", Code.CHOICE, lambda _: places.country)
LANGUAGE = Rule("language, by name or code (ISO 639)", Code.CHOICE, lambda _: places.language)
PHONE = Rule("phone number", Code.PHONE, lambda reading: partial(contacts.phone, reading.region))
URL = Rule("web address", Code.URL, lambda _: contacts.url)
CURRENCY = Rule("currency, three letters (ISO 4217)", Code.CHOICE, lambda _: amounts.currency)
MONEY = Rule(
    "amount of money, 0 or more",
    Code.NUMBER,
    lambda reading: partial(amounts.money, sign=reading.decimal),
)
PERCENT = Rule(
    "number from 0 to 100",
    Code.NUMBER,
    lambda reading: partial(amounts.percent, sign=reading.decimal),
)
PERIOD = Rule("year, quarter or month", Code.PERIOD, lambda _: periods.period)
