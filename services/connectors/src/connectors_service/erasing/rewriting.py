"""Files without the rows of one person; every other row, and every row's number, stays.

A row of a table becomes a blank line and an element of JSON an empty object: both are counted by
whoever numbers rows, so that ledger, refusals and traces still point at the same rows.
"""

import codecs
import re
from collections.abc import Collection, Iterator
from typing import Protocol

from connectors_service.erasing.mentions import Mentions
from connectors_service.reading.elements import ElementReader
from connectors_service.reading.limits import Limits
from connectors_service.reading.records import RecordReader
from connectors_service.reading.structure import Format, Structure

LONG = 64 * 1024
"""Characters of one record that are read again with each of its lines."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_LINE_END = re.compile(r"(?:\r\n|\r|\n)\Z")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class TextRewriter(Protocol):
    """Takes text in any pieces and gives it back without a person's rows."""

    blanked: list[int]

    def feed(self, text: str, *, final: bool = False) -> str:
        """Return what is settled of the text so far."""
        ...


class Rewriter:
    """Takes the bytes of a file in any pieces and gives them back without some rows.

    `rows` are blanked, and every row that `mentions` finds; `blanked` says which those were.
    Other bytes come back as they were. With the `limits` of the import rows are cut as they were.
    """

    def __init__(
        self, structure: Structure, limits: Limits, rows: Collection[int], mentions: Mentions
    ) -> None:
        self._encoding = structure.encoding.removesuffix("-sig")
        self._decoder: codecs.IncrementalDecoder | None = None
        self._text = _text_rewriter(structure, limits, frozenset(rows), mentions)

    @property
    def blanked(self) -> list[int]:
        """The numbers of the rows that went."""
        return self._text.blanked

    def feed(self, data: bytes) -> bytes:
        """Return the bytes that are settled so far."""
        return self._rewritten(data, final=False)

    def finish(self) -> bytes:
        """Return the rest."""
        return self._rewritten(b"", final=True)

    def _rewritten(self, data: bytes, *, final: bool) -> bytes:
        mark = b""
        if self._decoder is None:
            mark, data = self._open(data)
        if self._decoder is None:
            raise RuntimeError("the decoder was not opened")
        text = self._text.feed(self._decoder.decode(data, final), final=final)
        return mark + text.encode(self._encoding)

    def _open(self, data: bytes) -> tuple[bytes, bytes]:
        mark, encoding = next(
            (one for one in _MARKS if data.startswith(one[0])), (b"", self._encoding)
        )
        self._encoding = encoding if mark or encoding != "utf-16" else "utf-16-le"
        self._decoder = codecs.getincrementaldecoder(self._encoding)()
        return mark, data[len(mark) :]


def _text_rewriter(
    structure: Structure, limits: Limits, rows: frozenset[int], mentions: Mentions
) -> TextRewriter:
    match structure.format:
        case Format.NDJSON:
            return LineRewriter(rows, mentions)
        case Format.JSON:
            return ElementRewriter(limits, rows, mentions)
    return TableRewriter(structure, limits, rows, mentions)


class LineRewriter:
    """NDJSON: each line is a row."""

    def __init__(self, rows: frozenset[int], mentions: Mentions) -> None:
        self.blanked: list[int] = []
        self._rows = rows
        self._mentions = mentions
        self._number = 0
        self._tail = ""

    def feed(self, text: str, *, final: bool = False) -> str:
        """Return the complete lines."""
        lines = (self._tail + text).split("\n")
        self._tail = "" if final else lines.pop()
        return "".join(map(self._line, lines)) if not final else "\n".join(map(self._kept, lines))

    def _line(self, line: str) -> str:
        return self._kept(line) + "\n"

    def _kept(self, line: str) -> str:
        self._number += 1
        if self._number in self._rows or self._mentions.found_in(line):
            self.blanked.append(self._number)
            return "\r" if line.endswith("\r") else ""
        return line


class ElementRewriter:
    """JSON: the elements of a list, or objects one after the other."""

    def __init__(self, limits: Limits, rows: frozenset[int], mentions: Mentions) -> None:
        self.blanked: list[int] = []
        self._rows = rows
        self._mentions = mentions
        self._reader = ElementReader(Format.JSON, limits)
        self._pending = ""

    def feed(self, text: str, *, final: bool = False) -> str:
        """Return the elements that are complete; a slice ends where an object may."""
        slices = re.findall(r"[^}]*}|[^}]+", text)
        settled = [self._slice(one, final=False) for one in slices]
        return "".join([*settled, self._slice("", final=True) if final else ""])

    def _slice(self, text: str, *, final: bool) -> str:
        self._pending += text
        before = self._reader.number
        for _ in self._reader.feed(text, final=final):
            pass
        used = len(self._pending) - self._reader.waiting
        settled, self._pending = self._pending[:used], self._pending[used:]
        if self._reader.number == before:
            return settled
        return self._element(settled, self._reader.number)

    def _element(self, text: str, number: int) -> str:
        start, end = text.find("{"), text.rfind("}") + 1
        if number not in self._rows and not self._mentions.found_in(_unescaped(text)):
            return text
        self.blanked.append(number)
        return f"{text[:start]}{{}}{text[end:]}" if 0 <= start < end else "{}"


def _unescaped(text: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)


class TableRewriter:
    """Delimited text: a record, be it of several lines, becomes a blank line."""

    def __init__(
        self, structure: Structure, limits: Limits, rows: frozenset[int], mentions: Mentions
    ) -> None:
        self.blanked: list[int] = []
        self._rows = rows
        self._mentions = mentions
        self._reader = RecordReader(structure.dialect, limits)
        self._line = ""
        self._unfed = ""
        self._pending = ""

    def feed(self, text: str, *, final: bool = False) -> str:
        """Return the records that are complete."""
        lines = _LINE.findall(self._line + text)
        self._line = "" if final or not lines or lines[-1][-1] == "\n" else lines.pop()
        settled = [self._fed(line, final=False) for line in lines]
        return "".join([*settled, self._fed("", final=True) if final else ""])

    def _fed(self, line: str, *, final: bool) -> str:
        """Read a line; while a quote stays open for long, several at once, or it takes for ever."""
        self._unfed += line
        if not final and len(self._unfed) * 4 < self._reader.waiting - LONG:
            return ""
        text, self._unfed = self._unfed, ""
        self._pending += text
        first = self._reader.row + 1
        for _ in self._reader.feed(text, final=final):
            pass
        used = len(self._pending) - self._reader.waiting
        settled, self._pending = self._pending[:used], self._pending[used:]
        return "".join(self._records(settled, range(first, self._reader.row + 1)))

    def _records(self, text: str, numbers: range) -> Iterator[str]:
        """Yield the text of some records; several come at once behind a quote that never closed."""
        if len(numbers) <= 1:
            yield self._kept(text, numbers[0]) if numbers else text
            return
        lines = _LINE.findall(text)
        if len(lines) == len(numbers):
            yield from map(self._kept, lines, numbers)
        else:
            yield self._kept_together(text, lines, numbers)

    def _kept(self, text: str, number: int) -> str:
        if number not in self._rows and not self._mentions.found_in(text):
            return text
        self.blanked.append(number)
        end = _LINE_END.search(text)
        return end[0] if end else ""

    def _kept_together(self, text: str, lines: list[str], numbers: range) -> str:
        """Where lines and records don't match, all of them go together, and as many lines stay."""
        if self._rows.isdisjoint(numbers) and not self._mentions.found_in(text):
            return text
        self.blanked += numbers
        return "\n" * len(numbers)
