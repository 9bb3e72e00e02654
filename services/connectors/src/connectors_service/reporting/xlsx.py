"""Workbooks written row by row: each cell is a text, so that no spreadsheet runs a formula."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]

MOST_ROWS = 1_048_576
MOST_CHARS = 32_767
CUT = "… (cut)"
_AS_TEXT = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
WIDTH = 22


class SheetFullError(Exception):
    """More rows than a worksheet can hold: take the same as CSV."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet: its name (31 characters at most) and its rows, the first in bold."""

    name: str
    rows: Iterable[Sequence[str]]


def write_xlsx(target: IO[bytes], sheets: Iterable[Sheet]) -> None:
    """Write a workbook; memory does not depend on its rows. Raises SheetFullError.

    A cell longer than a spreadsheet takes (32767 characters) is cut, and says so at its end.
    """
    with Workbook(target, _AS_TEXT) as book:
        bold = book.add_format({"bold": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            for number, cells in enumerate(sheet.rows):
                if number == MOST_ROWS:
                    raise SheetFullError
                _write(page, number, cells, None if number else bold)


def _write(page: Any, number: int, cells: Sequence[str], style: object) -> None:
    if number == 0:
        page.set_column(0, max(len(cells) - 1, 0), WIDTH)
    for place, cell in enumerate(cells):
        if cell:
            page.write_string(number, place, fitting(cell), style)


def fitting(cell: str) -> str:
    """Cut a text to what a spreadsheet's cell takes (UTF-16 units), and say so."""
    if len(cell.encode("utf-16-le", "surrogatepass")) <= 2 * MOST_CHARS:
        return cell
    kept = cell.encode("utf-16-le", "surrogatepass")[: 2 * (MOST_CHARS - len(CUT))]
    return kept.decode("utf-16-le", "ignore") + CUT
