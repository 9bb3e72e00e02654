"""Workbooks hold texts alone: nothing in them runs, and nothing in them is lost unsaid."""

import io
import re
import zipfile

import pytest

from connectors_service.reporting import xlsx
from connectors_service.reporting.xlsx import CUT, MOST_CHARS, Sheet, SheetFullError, write_xlsx

DANGEROUS = ["=1+1", '=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "http://x.example", "{=1}"]
EXACT = ["007", "1e5", "TRUE", "2026-01-01", "Ω ж 漢 🙂", "a\nb", "_x0041_", " padded "]


def pages(*sheets: Sheet) -> dict[str, str]:
    target = io.BytesIO()
    write_xlsx(target, sheets)
    with zipfile.ZipFile(target) as book:
        return {name: book.read(name).decode() for name in book.namelist()}


def test_every_cell_is_a_text() -> None:
    written = pages(Sheet("Rows", [DANGEROUS, EXACT]))["xl/worksheets/sheet1.xml"]

    assert "<f>" not in written
    assert "<hyperlink" not in written
    assert "<v>" not in written
    assert len(re.findall('t="inlineStr"', written)) == len(DANGEROUS) + len(EXACT)
    for cell in ("=1+1", "007", "Ω ж 漢 🙂", "_x005F_x0041_"):
        assert cell in written


def test_sheets_come_in_their_order_and_with_their_names() -> None:
    written = pages(Sheet("Rows", [["a"]]), Sheet("Columns", [["b"]]))

    names = re.findall('<sheet name="([^"]+)"', written["xl/workbook.xml"])
    assert names == ["Rows", "Columns"]
    assert ">b<" in written["xl/worksheets/sheet2.xml"]


def test_what_a_cell_cannot_hold_is_cut_and_says_so() -> None:
    assert xlsx.fitting("x" * MOST_CHARS) == "x" * MOST_CHARS
    assert xlsx.fitting("x" * (MOST_CHARS + 1)) == "x" * (MOST_CHARS - len(CUT)) + CUT
    long = xlsx.fitting("🙂" * MOST_CHARS)
    assert long.endswith(CUT)
    assert len(long.encode("utf-16-le")) // 2 <= MOST_CHARS


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)

    with pytest.raises(SheetFullError):
        write_xlsx(io.BytesIO(), [Sheet("Rows", [["x"]] * 4)])
