"""Records whose quotes break the rules, read as they were most likely meant."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from connectors_service.reading.structure import Dialect, Record

MOST_TRIES = 12
"""Quotes of one line that are tried as strays, so that a line of quotes costs little."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A record and how many characters of the text it took."""

    record: Record
    chars: int


class Mender:
    """Reads one line whose quoting is broken.

    A quote closes a field only where a delimiter or the line's end follows; a field that opens with
    a quote and makes the row too narrow is taken to open with a stray one.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        sign, quote = re.escape(dialect.delimiter), re.escape(dialect.quote or '"')
        self._ends = re.compile(rf"{quote}[ \t]*(?:{sign}|\Z)")
        self._blanks = re.compile(" *" if dialect.skip_space else "")

    def mended(self, line: str, width: int | None) -> Record:
        """Return the cells of a line (without its end) in the reading nearest to `width` cells."""
        best = self._cells(line, frozenset())
        if width is None or best is None or len(best) != width:
            for strays in self._tries(line):
                cells = self._cells(line, strays)
                if cells is not None and (best is None or len(cells) == width):
                    best = cells
                    if width is None or len(cells) == width:
                        break
        return best if best is not None else self._cut(line)

    def _tries(self, line: str) -> Iterator[frozenset[int]]:
        """Yield which quotes at the start of a field to take as strays: each alone, then more."""
        sign = re.escape(self._dialect.delimiter)
        quote = re.escape(self._dialect.quote or '"')
        opening = re.compile(rf"(?:^|(?<={sign})){self._blanks.pattern}({quote})")
        starts = [found.start(1) for found in opening.finditer(line)][:MOST_TRIES]
        yield from (frozenset({start}) for start in starts)
        yield from (frozenset(starts[:most]) for most in range(2, len(starts) + 1))

    def _cut(self, line: str) -> Record:
        return [cell.strip(" ") for cell in line.split(self._dialect.delimiter)]

    def _cells(self, line: str, strays: frozenset[int]) -> Record | None:
        """Cut a line with the given quotes read as plain signs; None if a quote stays open."""
        cells: Record = []
        place = 0
        while True:
            cell = self._cell(line, place, strays)
            if cell is None:
                return None
            text, place = cell
            cells.append(text)
            if place > len(line):
                return cells

    def _cell(self, line: str, place: int, strays: frozenset[int]) -> tuple[str, int] | None:
        """Return a cell and where the next one starts; behind the line's end if it is the last."""
        blanks = self._blanks.match(line, place)
        start = blanks.end() if blanks else place
        quote = self._dialect.quote
        if quote and line.startswith(quote, start) and start not in strays:
            return self._quoted(line, start + 1)
        end = line.find(self._dialect.delimiter, start)
        if end < 0:
            return line[start:], len(line) + 1
        return line[start:end], end + len(self._dialect.delimiter)

    def _quoted(self, line: str, start: int) -> tuple[str, int] | None:
        quote, escape = self._dialect.quote, self._dialect.escape
        place = start
        while (end := line.find(quote, place)) >= 0:
            if escape and line[end - 1 : end] == escape and end > start:
                place = end + 1
            elif found := self._ends.match(line, end):
                return self._plain(line[start:end]), self._behind(line, found)
            else:
                is_double = self._dialect.doubled and line.startswith(quote, end + 1)
                place = end + (2 if is_double else 1)
        return None

    def _behind(self, line: str, found: re.Match[str]) -> int:
        at_end = not found.group().endswith(self._dialect.delimiter)
        return len(line) + 1 if at_end else found.end()

    def _plain(self, text: str) -> str:
        quote, escape = self._dialect.quote, self._dialect.escape
        if self._dialect.doubled:
            text = text.replace(quote * 2, quote)
        return text.replace(escape + quote, quote) if escape else text
