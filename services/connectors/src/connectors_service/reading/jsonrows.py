"""JSON and NDJSON as numbered rows: their names are the columns, in the order they first appear."""

from connectors_service.datasets.badges import BADGE_COLUMNS
from connectors_service.errors import FieldTooLongError, NullBytesError, TooManyColumnsError
from connectors_service.reading.elements import ElementReader
from connectors_service.reading.encoding import TextDecoder
from connectors_service.reading.limits import Limits
from connectors_service.reading.refusals import NoRowsError, TooManyRowsError
from connectors_service.reading.structure import Block, Dialect, Format, Record, Spoilt, Structure
from connectors_service.reading.tables import settled
from connectors_service.rules.codes import Code


class JsonInspection:
    """Pass 1 over JSON: which names there are, and that each element is within the limits."""

    def __init__(
        self, form: Format, decoder: TextDecoder, limits: Limits, most_rows: int | None = None
    ) -> None:
        self.decoder = decoder
        self._form = form
        self._limits = limits
        self._most_rows = most_rows
        self._reader = ElementReader(form, limits)
        self._names: dict[str, None] = {}
        self._rows = 0
        self._spoilt = 0

    def inspect(self, text: str, *, final: bool = False) -> None:
        """Look at the next text; raises UploadRefusedError."""
        sound, nul, _ = text.partition("\0")
        for element in self._reader.feed(sound, final=final and not nul):
            self._rows += 1
            if self._most_rows is not None and self._rows > self._most_rows:
                raise TooManyRowsError(self._most_rows)
            if isinstance(element.values, Spoilt):
                self._skip(element.values)
            else:
                self._add(element.number, element.values)
        if nul:
            raise NullBytesError(self._reader.number + 1)

    def _skip(self, spoilt: Spoilt) -> None:
        if spoilt.code is Code.JSON:
            self._spoilt += 1
        else:  # a badge that names nobody still tells what the file is
            self._names.update(dict.fromkeys(BADGE_COLUMNS))

    def _add(self, number: int, values: dict[str, str]) -> None:
        longest = max(map(len, values.values()), default=0)
        if max(longest, max(map(len, values), default=0)) > self._limits.max_field_chars:
            raise FieldTooLongError(number, self._limits.max_field_chars)
        if not values.keys() <= self._names.keys():
            self._names.update(dict.fromkeys(values))
            if len(self._names) > self._limits.max_columns:
                raise TooManyColumnsError(number, self._limits.max_columns)

    def finish(self) -> Structure:
        """Return how the file is to be read; raises NoRowsError if no element is an object."""
        self.inspect(self.decoder.feed(b"", final=True), final=True)
        if not self._names:
            raise NoRowsError
        headers = tuple(self._names)
        if name := self.decoder.settle():
            headers = tuple(settled(header, name) for header in headers)
        dialect = Dialect("", 0, headers, quote="", header_rows=0, width=len(headers))
        return Structure(
            self.decoder.encoding,
            dialect,
            self._reader.number,
            self._form,
            badges=self._reader.badges,
            warnings=self._warnings(),
        )

    def _warnings(self) -> tuple[str, ...]:
        return (f"{self._spoilt} rows are not valid JSON objects.",) if self._spoilt else ()


class JsonRows:
    """Reads the elements again as rows of cells in the order of the columns."""

    def __init__(self, structure: Structure, limits: Limits) -> None:
        self._names = structure.dialect.headers
        self._decoder = TextDecoder(structure.encoding, was_checked=True)
        self._reader = ElementReader(structure.format, limits)

    def feed(self, data: bytes) -> Block:
        """Return the rows that the next bytes complete."""
        return self._rows(self._decoder.feed(data), final=False)

    def finish(self) -> Block:
        """Return the last row, if nothing follows it."""
        return self._rows(self._decoder.feed(b"", final=True), final=True)

    def _rows(self, text: str, *, final: bool) -> Block:
        return [
            (element.number, self._cells(element.values))
            for element in self._reader.feed(text, final=final)
        ]

    def _cells(self, values: dict[str, str] | Spoilt) -> Record:
        if isinstance(values, Spoilt):
            return values
        return [values.get(name, "") for name in self._names]


def json_format(text: str, *, whole: bool) -> Format | None:
    """Tell whether text opens a list or objects of JSON, and which; None if it may be a table."""
    start = text.lstrip("\ufeff \t\r\n")
    inner = start[1:].lstrip(" \t\r\n")[:1]
    if start.startswith("["):
        return Format.JSON if inner in ("{", "]") else None
    if not start.startswith("{") or inner not in ('"', "}"):
        return None
    line, _, rest = start.partition("\n")
    follows = rest.lstrip(" \t\r\n")
    if _is_complete(line) or follows.startswith("{"):
        return Format.NDJSON if follows or not whole else Format.JSON
    return Format.JSON


def _is_complete(line: str) -> bool:
    """Tell whether a line is an object by itself, if not by its grammar, by where it ends."""
    return line.rstrip().endswith("}")
