"""JSON text into its elements, one a row: lines of NDJSON, or the items of a list."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from json.decoder import JSONDecodeError
from math import isfinite
from typing import Any

from connectors_service.datasets.badges import is_badge, row_of
from connectors_service.errors import RowTooLongError
from connectors_service.reading.limits import Limits
from connectors_service.reading.refusals import BrokenJsonError
from connectors_service.reading.structure import Format, Spoilt
from connectors_service.rules.codes import CellError

MOST_LEVELS = 64
"""Levels of nesting that a value may have."""
_BLANK = re.compile(r"[ \t\r\n]*")
_NESTING = re.compile(r"[\[{]")


@dataclass(frozen=True, slots=True)
class Element:
    """The n-th element: its values as text by name, or why it is none."""

    number: int
    values: dict[str, str] | Spoilt


class Number(float):
    """A number that keeps how it was written."""

    text: str

    def __new__(cls, text: str) -> "Number":
        number = super().__new__(cls, text)
        number.text = text
        return number


class _Parser:
    """Parses one value; what JSON allows and no row may hold is noted in `faults`."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._decoder = json.JSONDecoder(
            parse_float=self._number,
            parse_constant=self._constant,
            object_pairs_hook=self._object,
        )

    def parse(self, text: str, start: int = 0) -> tuple[Any, int]:
        """Return the value that begins at `start` and where it ends; raises JSONDecodeError."""
        self.faults.clear()
        try:
            return self._decoder.raw_decode(text, start)
        except RecursionError:
            raise
        except JSONDecodeError:
            raise
        except ValueError as error:
            raise JSONDecodeError("a number has too many digits", text, start) from error

    def _number(self, text: str) -> Number:
        number = Number(text)
        if not isfinite(number):
            self.faults.append("holds a number that is too large")
        return number

    def _constant(self, name: str) -> None:
        self.faults.append(f"holds {name}, which is no JSON")

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            self.faults.append("names a field twice")
        return found


class ElementReader:
    """Feed it text in any pieces; it hands out each element once it is complete.

    The number of an element is its line in NDJSON, else its place in the list. A broken line
    spoils only itself; a list that breaks ends the file: BrokenJsonError.
    """

    def __init__(self, form: Format, limits: Limits) -> None:
        self.number = 0
        self.badges = 0
        self._limits = limits
        self._parser = _Parser()
        self._tail = ""
        self._split = self._lines if form is Format.NDJSON else self._items
        self._is_list: bool | None = None
        self._is_over = False
        self._expects_item = True

    @property
    def waiting(self) -> int:
        """How many of the last characters belong to no element yet."""
        return len(self._tail)

    def feed(self, text: str, *, final: bool = False) -> Iterator[Element]:
        """Yield the elements that `text` completes."""
        self._tail += text
        yield from self._split(final)
        if len(self._tail) > self._limits.max_row_chars:
            raise RowTooLongError(self.number + 1, self._limits.max_row_chars)

    def _lines(self, final: bool) -> Iterator[Element]:
        lines = self._tail.split("\n")
        self._tail = "" if final else lines.pop()
        for line in lines:
            if final and line == "" and line is lines[-1]:
                return
            self.number += 1
            if len(line) > self._limits.max_row_chars:
                raise RowTooLongError(self.number, self._limits.max_row_chars)
            if text := line.strip("\ufeff \t\r").removesuffix(","):
                yield Element(self.number, self._line(text))

    def _line(self, text: str) -> dict[str, str] | Spoilt:
        try:
            value, end = self._parser.parse(text)
        except JSONDecodeError as error:
            return Spoilt(text, f"The line is not valid JSON at character {error.pos + 1}.")
        except RecursionError:
            return Spoilt(text, f"The line nests more than {MOST_LEVELS} levels deep.")
        if end != len(text):
            return Spoilt(text, f"The line goes on behind its JSON, at character {end + 1}.")
        return self._values(value, text)

    def _items(self, final: bool) -> Iterator[Element]:
        text, place = self._tail, 0
        while True:
            place = self._between(text, place)
            if place >= len(text) or self._is_over:
                break
            try:
                value, end = self._parser.parse(text, place)
            except JSONDecodeError as error:
                if final:
                    raise BrokenJsonError(self.number + 1) from error
                break
            except RecursionError as error:
                raise BrokenJsonError(self.number + 1) from error
            if end == len(text) and not final:
                break
            self.number += 1
            self._expects_item = False
            yield Element(self.number, self._values(value, text[place:end]))
            place = end
        self._tail = text[place:]
        self._check_end(final)

    def _values(self, value: Any, text: str) -> dict[str, str] | Spoilt:
        self.badges += is_badge(value)
        return values_of(value, text, self._parser.faults)

    def _between(self, text: str, place: int) -> int:
        """Go on to the next item: past blanks, commas and the list's brackets."""
        while True:
            place = _skip_blanks(text, place)
            sign = text[place : place + 1]
            if self._is_list is None and sign:
                self._is_list = sign == "["
                place += self._is_list
            elif self._is_list and sign == "," and not self._expects_item:
                self._expects_item = True
                place += 1
            elif self._is_list and sign == "]" and not self._is_over:
                self._is_over = True
                place += 1
            else:
                self._check_order(sign)
                return place

    def _check_order(self, sign: str) -> None:
        is_missing_comma = self._is_list and not self._expects_item and not self._is_over
        if sign and (is_missing_comma or self._is_over):
            raise BrokenJsonError(self.number + 1)

    def _check_end(self, final: bool) -> None:
        if final and (self._tail or (self._is_list and not self._is_over)):
            raise BrokenJsonError(self.number + 1)


def _skip_blanks(text: str, place: int) -> int:
    found = _BLANK.match(text, place)
    return found.end() if found else place


def values_of(value: Any, text: str, faults: list[str]) -> dict[str, str] | Spoilt:
    """Return an object's values as the text that a cell would hold.

    An Open Badge is a row of `credentials`; who reads for another dataset refuses it.
    """
    if not isinstance(value, dict):
        return Spoilt(text, "The row is no JSON object.")
    if len(_NESTING.findall(text)) > MOST_LEVELS and _levels(value) > MOST_LEVELS:
        return Spoilt(text, f"The row nests more than {MOST_LEVELS} levels deep.")
    if faults:
        return Spoilt(text, f"The row {faults[0]}.")
    if is_badge(value):
        try:
            value = row_of(value)
        except CellError as error:
            return Spoilt(text, f"The badge {error.message}.", error.code)
    values = {name: _text(content) for name, content in value.items()}
    if "\\u" in text and not _is_storable(values):
        return Spoilt(text, "The row holds characters that no text may hold.")
    return values


def _levels(value: Any) -> int:
    """Count the levels of nesting, without recursion."""
    levels, layer = 0, [value]
    while layer:
        levels += 1
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return levels


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Number):
        return value.text
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _is_storable(values: dict[str, str]) -> bool:
    whole = "".join(values) + "".join(values.values())
    try:
        whole.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in whole and "\\u0000" not in whole
