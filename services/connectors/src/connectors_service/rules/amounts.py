"""Numbers as people write them; one that can be read two ways is refused, not guessed."""

import re
from decimal import Decimal
from functools import cache
from typing import Literal

import pycountry

from connectors_service.rules.codes import CellError, Code

DecimalSign = Literal[".", ","]
LARGEST = Decimal(10) ** 12
_DIGITS = re.compile(r"\d+", re.ASCII)
_PLAIN = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?P<sign>[.,' ])\d{3}(?:(?P=sign)\d{3})*", re.ASCII)
_BLANKS = re.compile("[\u00a0\u202f\u2009\u2007 ]")
_SYMBOLS = "€$£¥₴₣₤zł"
_CURRENCY = re.compile(rf"(?:[A-Z]{{3}}|[{_SYMBOLS}]{{1,2}}|[A-Za-z]{{2}}\.?)")
_NOT_A_NUMBER = "is not a number; write it as 1234.56"
_TWO_WAYS = (
    "can be read with a decimal or a thousands separator; write it as 1234.56, or use a mapping "
    "that states the decimal sign"
)


def number(text: str, sign: DecimalSign | None = None) -> Decimal:
    """Read a number with any thousands separator; raises CellError E018.

    Without `sign` the last of two different separators is the decimal one; a single separator
    before exactly three digits can be either, so it is refused.
    """
    bare, negative = _unsigned(_BLANKS.sub(" ", text.replace("\u2019", "'")).strip())
    whole, fraction = _parts(bare, sign)
    digits = re.sub(r"[.,' ]", "", whole)
    if not _DIGITS.fullmatch(digits) or len(digits) > 30 or not _grouped(whole):
        raise CellError(Code.NUMBER, _NOT_A_NUMBER)
    value = Decimal(f"{digits}.{fraction or 0}")
    return -value if negative else value


def _unsigned(text: str) -> tuple[str, bool]:
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    folded = text.replace("\u2212", "-")
    return folded.lstrip("+-").strip(), folded.startswith("-")


def _parts(text: str, sign: DecimalSign | None) -> tuple[str, str]:
    """Part a number at its decimal sign."""
    mark = sign or _decimal_mark(text)
    if mark is None or mark not in text:
        return text, ""
    whole, _, fraction = text.rpartition(mark)
    if mark in whole or not _DIGITS.fullmatch(fraction) or len(fraction) > 30:
        raise CellError(Code.NUMBER, _NOT_A_NUMBER)
    return whole or "0", fraction


def _decimal_mark(text: str) -> str | None:
    marks = [c for c in text if c in ".,"]
    if not marks:
        return None
    last = marks[-1]
    if len(set(marks)) == 1:
        if len(marks) > 1:
            return None
        whole, _, after = text.rpartition(last)
        if len(after) == 3 and re.fullmatch(r"[1-9]\d{0,2}", whole, re.ASCII):
            raise CellError(Code.NUMBER, _TWO_WAYS)
    return last


def _grouped(whole: str) -> bool:
    return whole.isdecimal() or _GROUPED.fullmatch(whole) is not None


def money(text: str, sign: DecimalSign | None = None) -> Decimal:
    """Read an amount of money, cents at most, with or without a currency; raises CellError E018."""
    value = number(_without_currency(text), sign)
    if value < 0:
        raise CellError(Code.NUMBER, "is negative; an input is 0 or more")
    if value > LARGEST:
        raise CellError(Code.NUMBER, "is larger than any programme costs")
    if value != round(value, 2):
        raise CellError(Code.NUMBER, "has more than two decimal places")
    return round(value, 2)


def _without_currency(text: str) -> str:
    bare = text.strip()
    for pattern in (rf"{_CURRENCY.pattern}\s*(?=[\d(+-])", rf"(?<=[\d)])\s*{_CURRENCY.pattern}$"):
        bare = re.sub(pattern, "", bare, count=1)
    return bare.strip()


def percent(text: str, sign: DecimalSign | None = None) -> float:
    """Read a share of 0-100, with or without a percent sign; raises CellError E018.

    A scale that ends at 100 has no thousands: a single separator is the decimal sign.
    """
    bare = text.strip().removesuffix("%").strip()
    folded = bare.replace(",", ".") if sign != "." else bare
    if not _PLAIN.fullmatch(folded):
        raise CellError(Code.NUMBER, "is not a number from 0 to 100")
    value = float(folded)
    if not 0 <= value <= 100:
        raise CellError(Code.NUMBER, "is not between 0 and 100")
    return value


def currency(text: str) -> str:
    """Read a currency's code of ISO 4217, or its sign; raises CellError E015."""
    folded = _ONE_SIGN.get(text.lower(), text.upper())
    if folded not in _currencies():
        raise CellError(Code.CHOICE, "is not a currency's code such as EUR")
    return folded


_ONE_SIGN = {"€": "EUR", "£": "GBP", "₴": "UAH", "zł": "PLN", "euro": "EUR"}


@cache
def _currencies() -> frozenset[str]:
    return frozenset(found.alpha_3 for found in pycountry.currencies)
