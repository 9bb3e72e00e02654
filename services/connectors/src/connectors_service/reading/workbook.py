"""A program of its own: reads one sheet of the workbook on its input and writes it as CSV.

A workbook may unpack to more than any machine holds, so it is read where memory and time are
limited and nothing else is lost: `python -m connectors_service.reading.workbook < book.xlsx`.
"""

import argparse
import csv
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator, Set
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from connectors_service.reading.names import normalised

MOST_PARTS = 10_000
MARK = "xl/workbook.xml"
"""What a zip archive holds that is a workbook."""
FIRST_ROWS = 30
"""So many rows of a sheet may stand before its table."""
PIECE = 1024 * 1024
REFUSED = 3
"""The exit code of a refusal, which stands on the error output as JSON."""
WHOLE = 2**53
"""Up to here a number that is whole is written without a point."""


class RefusedError(Exception):
    """The workbook is not read: `why` is one of WorkbookError's reasons."""

    def __init__(self, why: str, **details: Any) -> None:
        super().__init__(why)
        self.told = {"why": why, **details}


def main() -> None:
    """Read the workbook; the first line of the output says which sheet it was, as JSON."""
    asked = _arguments()
    _limit(asked.memory, asked.seconds)
    try:
        _write(sys.stdin.buffer, sys.stdout, asked)
    except RefusedError as refused:
        told = refused.told
    except MemoryError:
        told = {"why": "memory"}
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, OverflowError):
        told = {"why": "damaged"}
    else:
        return
    sys.stderr.write(json.dumps(told))
    sys.exit(REFUSED)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheet", help="its name; else the one that names most known columns")
    parser.add_argument("--known", default="", help="normalised names of columns, one a line")
    parser.add_argument("--bytes", type=int, default=2**29, help="most bytes, unpacked")
    parser.add_argument("--cells", type=int, default=5_000_000)
    parser.add_argument("--memory", type=int, default=2**30, help="most bytes of address space")
    parser.add_argument("--seconds", type=int, default=60, help="of the processor")
    return parser.parse_args()


def _limit(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write(source: BinaryIO, output: Any, asked: argparse.Namespace) -> None:
    check_archive(source, asked.bytes)
    source.seek(0)
    known = frozenset(filter(None, asked.known.split("\n")))
    sheet, names, found = _sheet(CalamineWorkbook.from_filelike(source), asked.sheet, known)
    if sheet.total_height * sheet.total_width > asked.cells:
        raise RefusedError("cells", maximum=asked.cells)
    output.reconfigure(encoding="utf-8", newline="")
    output.write(json.dumps({"sheet": sheet.name, "sheets": names, "known": found}) + "\n")
    output.writelines(lines_of(sheet.iter_rows()))


def check_archive(source: BinaryIO, most: int) -> None:
    """Check that an archive is a workbook and what it unpacks to, by unpacking it."""
    with zipfile.ZipFile(source) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > most:
            raise RefusedError("bytes", maximum=most)
        if MARK not in (part.filename for part in parts):
            raise RefusedError("foreign")
        for part in parts:
            _unpack(archive, part)


def _unpack(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    try:
        with archive.open(part) as unpacked:
            while unpacked.read(PIECE):
                pass
    except (NotImplementedError, RuntimeError) as error:  # a method of packing, or a password
        raise RefusedError("damaged") from error


def _sheet(
    book: CalamineWorkbook, asked: str | None, known: Set[str]
) -> tuple[CalamineSheet, list[str], int]:
    """Return the sheet to read, the names of all, and how many known columns it names."""
    names = list(book.sheet_names)
    if asked is not None:
        wanted = [name for name in names if name.casefold() == asked.strip().casefold()]
        if not wanted:
            raise RefusedError("sheet", sheets=names)
        return book.get_sheet_by_name(wanted[0]), names, 0
    hidden = {
        sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible
    }
    shown = [name for name in names if name not in hidden]
    for group in (shown, sorted(hidden, key=names.index)):
        sheets = [sheet for name in group if (sheet := book.get_sheet_by_name(name)).height]
        if sheets:
            best = max(sheets, key=lambda sheet: known_names(sheet, known))
            return best, names, known_names(best, known)
    raise RefusedError("empty")


def known_names(sheet: CalamineSheet, known: Set[str]) -> int:
    """Count the known columns that the best of a sheet's first rows names."""
    rows = islice(sheet.iter_rows(), FIRST_ROWS)
    return max((len({normalised(str(cell)) for cell in row} & known) for row in rows), default=0)


def lines_of(rows: Iterable[list[Any]]) -> Iterator[str]:
    """Yield each row as a line of CSV; a blank row is a blank line, so that numbers hold."""
    for row in rows:
        cells = [text_of(value) for value in row]
        if any(cells):
            line = io.StringIO()
            csv.writer(line, lineterminator="\n").writerow(cells)
            yield line.getvalue()
        else:
            yield "\n"


def text_of(value: Any) -> str:
    """Return a cell as a CSV export of the sheet would hold it, times in ISO 8601."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < WHOLE else repr(value)
        case datetime():
            return _to_second(value).isoformat()
        case date() | time():
            return value.isoformat()
        case timedelta():
            return _duration(value)
    return str(value)


def _to_second(moment: datetime) -> datetime:
    """Round what a spreadsheet's arithmetic puts next to a whole second."""
    rounded = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return rounded if abs(rounded - moment) < timedelta(milliseconds=2) else moment


def _duration(span: timedelta) -> str:
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


if __name__ == "__main__":
    main()
