"""How a file is to be read: found once while it arrives, kept, and obeyed by every later pass."""

from dataclasses import dataclass, replace
from enum import StrEnum

from connectors_service.rules.codes import Code

Record = list[str]
NumberedRecord = tuple[int, Record]
Block = list[NumberedRecord]


class Spoilt(list[str]):
    """A row that cannot be cut into cells: its text as the only one, why, and by which code."""

    def __init__(self, text: str, why: str, code: Code = Code.JSON) -> None:
        super().__init__((text,))
        self.why = why
        self.code = code


class Format(StrEnum):
    """What a file is made of; behind `reading` all of them are numbered rows."""

    CSV = "csv"
    XLSX = "xlsx"
    NDJSON = "ndjson"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How delimited text is cut into cells.

    `header_row` counts from 1 as a spreadsheet does, 0 where no row names the columns (JSON: the
    names are the keys); `header_rows` end there. `headers` are the names as they stand. `quote` is
    empty where no sign quotes; `doubled` says that a quote inside quotes is written twice;
    `skip_space` that blanks behind a delimiter mean nothing. `width` is how many cells most rows
    have, by which broken quotes are mended; 0 where that is unknown.
    """

    delimiter: str
    header_row: int
    headers: tuple[str, ...]
    quote: str = '"'
    escape: str = ""
    doubled: bool = True
    skip_space: bool = False
    header_rows: int = 1
    width: int = 0

    def is_header(self, cells: Record) -> bool:
        """Tell whether a row says the header again."""
        return (
            self.header_rows > 0
            and self.headers != ()
            and cells[0].strip() == self.headers[0]
            and self.headers == tuple(cell.strip() for cell in cells)
        )

    def with_headers(self, cells: Record) -> "Dialect":
        """Return the dialect with the header row's cells, which a sample may have cut short."""
        return replace(self, headers=tuple(cell.strip() for cell in cells))


@dataclass(frozen=True, slots=True)
class Structure:
    """How to read the file again; `last_row` is the number of its last row, blank ones counted.

    Rows from `footer_row` on are notes and totals, not data. The stored pieces of text begin at
    `first_piece`: before it lies what they were made from (a workbook as it came). A `plain` file
    is read the same by any strict reader of CSV: UTF-8, one-character delimiter, doubled `"`,
    header in row 1, each row as wide as it, no blank lines between, no footer, line ends LF or
    CRLF; `multiline` says that a cell of it may hold a line end. `badges` counts the rows
    that are Open Badges.
    """

    encoding: str
    dialect: Dialect
    last_row: int
    format: Format = Format.CSV
    sheet: str | None = None
    footer_row: int | None = None
    first_piece: int = 0
    plain: bool = False
    multiline: bool = False
    badges: int = 0
    warnings: tuple[str, ...] = ()

    def is_data(self, row: int) -> bool:
        """Tell whether a row lies between header and footer."""
        return self.dialect.header_row < row < (self.footer_row or row + 1)
