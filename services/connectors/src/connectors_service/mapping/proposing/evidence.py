"""What speaks for a column feeding a field: its name, and what its cells look like."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from zoneinfo import ZoneInfo

from connectors_service.datasets.base import Field
from connectors_service.mapping.model import Mapping
from connectors_service.mapping.proposing.words import (
    agreement,
    language_of,
    likeness,
    meaning_of,
    words_of,
)
from connectors_service.rules import rule
from connectors_service.rules.codes import CellError, Code
from connectors_service.rules.dates import Calendar, DateOrder
from connectors_service.rules.ratings import Scale
from connectors_service.rules.rule import Parser, Reading

LEAST_LIKE = 0.82
"""Below this spelling says nothing: `status` and `state` are alike by chance."""
_START = re.compile(r"[^\W_]+?(?:[_.\-\s]+|(?<=[a-z])(?=[A-Z]))")
ORDERS: tuple[DateOrder, ...] = ("day_first", "month_first")
LOOSE = frozenset({Code.TOO_LONG})
"""Codes of rules that nearly any cell keeps: that cells fit says nothing."""
NUMBERS = frozenset({"E004", "E006", "E018"})
"""Codes of rules on numbers: a column of ones and fives may be minutes, ratings or points."""
FITS, MISFITS = 0.9, 0.5


@dataclass(frozen=True)
class Sampled:
    """A column with the first of its cells that are not empty."""

    header: str
    index: int
    cells: tuple[str, ...]

    @cached_property
    def distinct(self) -> float:
        """The share of cells that no other repeats."""
        return len(set(self.cells)) / len(self.cells) if self.cells else 0.0

    @cached_property
    def looks_like(self) -> Code | None:
        """Return the code of the rule that nearly all cells keep, if it is a telling one."""
        for code, parsers in _PLAIN:
            if self.cells and best_share(parsers, self.cells) >= FITS:
                return code
        return None


@dataclass(frozen=True, slots=True)
class Named:
    """How near a column's name comes to a field's names, 0-1, and why; `alias` is the nearest."""

    score: float
    reason: str
    alias: str


@dataclass(frozen=True, slots=True)
class Content:
    """How many of a column's cells the field takes; `share` is None without cells."""

    share: float | None
    reason: str
    words: dict[str, str]


def name_evidence(header: str, names: Sequence[str], prefix: str = "") -> Named:
    """Compare a column's name with all names of a field."""
    plain = header.removeprefix(prefix)
    return max(
        (_compared(text, name) for text in {header, plain or header} for name in names),
        key=lambda named: (named.score, named.alias),
        default=Named(0.0, "", ""),
    )


def _compared(header: str, name: str) -> Named:
    ours = words_of(header)
    meant, spelt = agreement(ours, words_of(name)), likeness(header, name)
    if spelt >= LEAST_LIKE and spelt >= meant:
        return Named(spelt, f"the header resembles {name} ({spelt:.2f})", name)
    language = language_of(ours)
    read = f"the header, read word by word{f' in {language}' if language else ''}, means {name}"
    return Named(meant, f"{read} ({meant:.2f})", name)


def content_evidence(column: Sampled, field: Field, mapping: Mapping) -> Content:
    """Count the cells of a column that a field takes, words in other languages translated."""
    if not column.cells:
        return Content(None, "the column is empty where it was looked at", {})
    words = _translated(column, field)
    known = mapping.columns[field.name].values if field.name in mapping.columns else {}
    cells = [words.get(c) or known.get(c.casefold()) or c for c in map(str.strip, column.cells)]
    if field.rule.code is Code.JSON:  # a bare number or word would be JSON too
        cells = [cell if cell.startswith(("{", "[")) else "" for cell in cells]
    share = best_share(parsers_of(field, mapping), cells)
    fit = round(share * len(cells))
    reason = f"{fit} of {len(cells)} values are taken as: {field.rule.kind}"
    return Content(share, reason if field.rule.code not in LOOSE else "", words)


def _translated(column: Sampled, field: Field) -> dict[str, str]:
    """Return words of another language that mean one of the field's choices."""
    if " | " not in field.rule.kind:
        return {}
    choices = field.rule.kind.split(" | ")
    found = {cell: meaning_of(cell, choices) for cell in {cell.strip() for cell in column.cells}}
    return {cell: meant for cell, meant in sorted(found.items()) if meant and cell != meant}


def parsers_of(field: Field, mapping: Mapping) -> tuple[Parser, ...]:
    """Return the ways a field may read cells: date orders or scales that are not decided yet."""
    mapped = field.name in mapping.columns
    reading = mapping.reading(field.name) if mapped else Reading(mapping.calendar)
    return tuple(field.rule.parser(way) for way in _ways(field.rule.code, reading))


def _ways(code: Code, reading: Reading) -> Iterator[Reading]:
    yield reading
    if code is Code.RATING:
        yield from (replace(reading, scale=scale) for scale in Scale)
    if code is Code.DATE and reading.calendar.order is None:
        zone = reading.calendar.zone
        yield from (replace(reading, calendar=Calendar(zone, order)) for order in ORDERS)


def best_share(parsers: Sequence[Parser], cells: Sequence[str]) -> float:
    """Return the largest share of the cells that one of the parsers takes."""
    return max(sum(takes(parse, cell) for cell in cells) for parse in parsers) / len(cells)


def takes(parse: Parser, cell: str) -> bool:
    """Tell whether a cell keeps a rule."""
    try:
        parse(cell)
    except CellError:
        return False
    return True


_AS_IS = Reading(Calendar(ZoneInfo("UTC")))
_PLAIN: tuple[tuple[Code, tuple[Parser, ...]], ...] = (
    (Code.EMAIL, (rule.EMAIL.parser(_AS_IS),)),
    (Code.DATE, tuple(rule.MOMENT.parser(way) for way in _ways(rule.MOMENT.code, _AS_IS))),
)


def names_of(field: Field, mapping: Mapping) -> tuple[str, ...]:
    """Return all names of a field: its own, and those that its mapping knows."""
    column = mapping.columns.get(field.name)
    return tuple(dict.fromkeys((field.name, *(column.headers if column else ()))))


def common_prefix(headers: Sequence[str]) -> str:
    """Return what most names begin with, such as `Kintell_` or `fld`, or ''."""
    starts = [match[0] for header in headers if (match := _START.match(header))]
    most = max(set(starts), key=starts.count, default="")
    return most if starts.count(most) >= max(3, len(headers) / 2) else ""
