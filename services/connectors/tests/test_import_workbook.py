"""A sheet of a workbook is read as the text of its CSV, whatever else the zip holds."""

import csv
import io
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors_service.errors import (
    EmptyFileError,
    ForeignFormatError,
    NoHeaderError,
    UploadRefusedError,
)
from connectors_service.reading.inspection import Inspector
from connectors_service.reading.limits import Limits, WorkbookLimits
from connectors_service.reading.overrides import Overrides
from connectors_service.reading.refusals import UnreadableWorkbookError, WorkbookTooLargeError
from connectors_service.reading.rows import rows_reader
from connectors_service.reading.structure import Block, Format, Structure
from connectors_service.reading.workbook import lines_of, text_of

moment = datetime.fromisoformat
SMALL = WorkbookLimits(max_bytes=2_000_000, max_cells=5000, max_memory=2**28, max_seconds=5)
LIMITS = Limits(10**9, 1000, 50, workbook=SMALL)
KNOWN = frozenset({"sessionid", "email", "rating"})
HEADER = ["session_id", "email", "rating"]
ROW = ["LS-1", "a@b.example", 5]


def book(*sheets: tuple[str, list[list[Any]]], hidden: str = "") -> bytes:
    """Return a workbook with the given rows in each sheet; None leaves a cell out."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "remove_timezone": True}) as workbook:
        formats = {
            date: workbook.add_format({"num_format": "dd/mm/yyyy"}),
            datetime: workbook.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
            clock: workbook.add_format({"num_format": "hh:mm"}),
            timedelta: workbook.add_format({"num_format": "[h]:mm:ss"}),
        }
        for name, rows in sheets:
            sheet = workbook.add_worksheet(name)
            if name == hidden:
                sheet.hide()
            for r, cells in enumerate(rows):
                for c, cell in enumerate(cells):
                    if type(cell) in formats:
                        sheet.write_datetime(r, c, cell, formats[type(cell)])
                    elif cell is not None:
                        sheet.write(r, c, cell)
    return content.getvalue()


def read(
    content: bytes, sheet: str | None = None, known: frozenset[str] = frozenset()
) -> tuple[Structure, Block]:
    with closing(Inspector(known, LIMITS, Overrides(sheet=sheet))) as inspector:
        for start in range(0, len(content), 1000):
            inspector.feed(content[start : start + 1000])
        structure = inspector.finish()
        reader = rows_reader(structure, LIMITS)
        rows = [row for piece in inspector.converted() for row in reader.feed(piece)]
    return structure, rows + reader.finish()


def test_a_sheet_is_rows_with_the_numbers_that_it_shows() -> None:
    structure, rows = read(book(("Data", [HEADER, ROW, [], ["LS-2", "c@d.example", 4.5]])))

    assert (structure.format, structure.sheet) == (Format.XLSX, "Data")
    assert structure.dialect.headers == tuple(HEADER)
    assert rows == [(2, ["LS-1", "a@b.example", "5"]), (4, ["LS-2", "c@d.example", "4.5"])]


def test_rows_above_the_header_count() -> None:
    above: list[list[Any]] = [["Export of the programme"], [], []]

    structure, rows = read(book(("Data", [*above, HEADER, ROW])), known=KNOWN)

    assert structure.dialect.header_row == 4
    assert rows == [(5, ["LS-1", "a@b.example", "5"])]


@pytest.mark.parametrize(
    ("sheet", "expected"), [(None, "Data"), ("Other", "Other"), (" other ", "Other")]
)
def test_the_sheet_is_the_one_asked_for_or_the_first_that_holds_something(
    sheet: str | None, expected: str
) -> None:
    content = book(
        ("Empty", []), ("Hidden", [HEADER, ROW]), ("Data", [HEADER, ROW]), ("Other", [HEADER, ROW]),
        hidden="Hidden",
    )  # fmt: skip

    assert read(content, sheet)[0].sheet == expected


def test_the_sheet_that_looks_like_the_dataset_is_read_and_said_why() -> None:
    cover = ("Cover", [["Report of the programme"], ["Rating", "see the sheet behind"]])
    content = book(cover, ("People", [["email"], ["a@b.example"]]), ("Data", [[], HEADER, ROW]))

    structure, rows = read(content, known=KNOWN)
    cover_read, _ = read(content, "Cover")

    assert structure.sheet == "Data"
    assert rows == [(3, ["LS-1", "a@b.example", "5"])]
    assert structure.warnings[0] == (
        "Of 3 sheets the one with number 3 is read: it names 3 known columns, as many as any."
        " State another with sheet."
    )
    assert cover_read.sheet == "Cover"
    assert not any("sheets" in warning for warning in cover_read.warnings)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("words", "words"),
        ("12", "12"),
        (7.0, "7"),
        (-3.0, "-3"),
        (4.1, "4.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e15, "1000000000000000"),
        (1e300, "1e+300"),
        (True, "true"),
        (False, "false"),
        (date(2026, 1, 31), "2026-01-31"),
        (moment("2026-01-31T09:05"), "2026-01-31T09:05:00"),
        (moment("2026-01-31T09:04:59.999600"), "2026-01-31T09:05:00"),
        (clock(9, 5), "09:05:00"),
        (timedelta(hours=25, seconds=61), "25:01:01"),
        (None, "None"),
    ],
)
def test_values_become_the_text_that_a_csv_would_hold(value: object, text: str) -> None:
    assert text_of(value) == text


def test_dates_times_and_formulas_come_out_of_a_real_workbook() -> None:
    cells = [date(2026, 1, 31), moment("2026-01-31T09:05:07"), clock(12, 30), timedelta(hours=30)]

    _, rows = read(book(("Data", [["a", "b", "c", "d", "e"], [*cells, "=1+1"]])))

    assert rows == [(2, ["2026-01-31", "2026-01-31T09:05:07", "12:30:00", "30:00:00", "0"])]


cells = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=12
)


@given(st.lists(st.lists(cells, min_size=2, max_size=3), max_size=5))
def test_lines_are_read_again_as_the_cells_they_were_written_from(rows: list[list[str]]) -> None:
    written = "".join(lines_of(rows))

    found = list(csv.reader(io.StringIO(written, newline="")))

    assert found == [row if any(row) else [] for row in rows]


def repacked(content: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """Return a workbook with some of its parts changed, or left out for None."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
    return packed.getvalue()


GOOD = book(("Data", [HEADER, ROW]))
SHEET = "xl/worksheets/sheet1.xml"


def lying(content: bytes) -> bytes:
    """Say of a part that it unpacks to less than it does."""
    size = len(zipfile.ZipFile(io.BytesIO(content)).read(SHEET))
    return content.replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))


BAD: dict[str, tuple[bytes, type[UploadRefusedError]]] = {
    "zip": (b"PK\x03\x04\x14\x00workbook", UnreadableWorkbookError),
    "cut": (GOOD[:-100], UnreadableWorkbookError),
    "no workbook": (
        repacked(GOOD, lambda name, part: None if name == "xl/workbook.xml" else part),
        ForeignFormatError,
    ),
    "no sheet": (
        repacked(GOOD, lambda name, part: None if name == SHEET else part),
        UnreadableWorkbookError,
    ),
    "bad xml": (
        repacked(GOOD, lambda name, part: part[:50] if name == SHEET else part),
        UnreadableWorkbookError,
    ),
    "bomb": (
        repacked(GOOD, lambda name, part: part + b" " * 3_000_000 if name == SHEET else part),
        WorkbookTooLargeError,
    ),
    "lying bomb": (
        lying(repacked(GOOD, lambda n, part: part + b" " * 1_000_000 if n == SHEET else part)),
        UnreadableWorkbookError,
    ),
    "wide": (book(("Data", [HEADER, ROW, *[[]] * 3000, ["x"]])), WorkbookTooLargeError),
    "far": (
        repacked(
            GOOD,
            lambda name, part: (
                part.replace(b'r="C2"', b'r="XFD1048576"').replace(
                    b'<row r="2"', b'<row r="1048576"'
                )
                if name == SHEET
                else part
            ),
        ),
        WorkbookTooLargeError,
    ),
    "empty": (book(("Data", [])), EmptyFileError),
    "no header": (book(("Data", [["LS-1", "a@b.example", 5], ["LS-2", 7, 4]])), NoHeaderError),
}


@pytest.mark.parametrize("name", BAD)
def test_a_spoilt_workbook_is_refused_by_its_name_in_time(name: str) -> None:
    content, refusal = BAD[name]
    started = time.monotonic()

    with pytest.raises(refusal):
        read(content, known=KNOWN)

    assert time.monotonic() - started < 10


def test_a_sheet_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnreadableWorkbookError):
        read(GOOD, "Elsewhere")


@given(st.integers(0, len(GOOD)), st.binary(max_size=4))
@settings(max_examples=15, deadline=None)
def test_a_damaged_workbook_is_refused_by_name_or_read(place: int, noise: bytes) -> None:
    content = GOOD[:place] + noise + GOOD[place + len(noise) :]
    try:
        read(content)
    except UploadRefusedError:
        return
