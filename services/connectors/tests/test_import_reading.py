"""Any delimited text is read into the records a spreadsheet would show, or refused by name."""

import csv
import io
from contextlib import closing

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_service.errors import (
    EmptyFileError,
    FieldTooLongError,
    ForeignFormatError,
    NoHeaderError,
    NullBytesError,
    OpenQuoteError,
    RowTooLongError,
    TooManyColumnsError,
    UploadRefusedError,
)
from connectors_service.reading.dialect import dialect_of, normalised
from connectors_service.reading.inspection import Inspector
from connectors_service.reading.limits import Limits
from connectors_service.reading.records import RecordReader
from connectors_service.reading.refusals import UnreadableWorkbookError
from connectors_service.reading.structure import Dialect, Format, Structure
from connectors_service.receiving.checkpoint import checkpoint_of, structure_of

LIMITS = Limits(max_bytes=10**9, max_field_chars=1000, max_columns=20)
KNOWN = frozenset({"sessionid", "email", "rating", "feedbacktext"})
HEADER = "session_id,email,rating,feedback_text\n"


def read(text: str, size: int | None = None, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    reader = RecordReader(Dialect(delimiter, 0, ()), LIMITS)
    pieces = [text[i : i + size] for i in range(0, len(text), size)] if size else [text]
    found = [(reader.row, record) for piece in pieces for record in reader.feed(piece)]
    return found + [(reader.row, record) for record in reader.feed("", final=True)]


def inspect(content: bytes, size: int = 50, limits: Limits = LIMITS) -> Structure:
    with closing(Inspector(KNOWN, limits)) as inspector:
        for start in range(0, len(content), size):
            inspector.feed(content[start : start + size])
        return inspector.finish()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a,b\r\n1,2", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a,b\r1,2\r", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a\n\n\nb\n", [(1, ["a"]), (2, []), (3, []), (4, ["b"])]),
        ('a,"b\nc"\nd,e\n', [(1, ["a", "b\nc"]), (2, ["d", "e"])]),
        ('"x ""y"" z",1\n', [(1, ['x "y" z', "1"])]),
        ('a,"b\r\nc\rd"\r\n', [(1, ["a", "b\r\nc\rd"])]),
        ("a,b\x85c\u2028d\n", [(1, ["a", "b\x85c\u2028d"])]),
        ("", []),
    ],
)
def test_records_carry_the_row_that_a_spreadsheet_shows(
    text: str, expected: list[tuple[int, list[str]]]
) -> None:
    assert read(text) == expected
    assert read(text, size=1) == expected


cells = st.text(alphabet='ab",;\n\r |é\u2028', max_size=8)


@given(st.lists(st.lists(cells, min_size=2, max_size=4), max_size=6), st.integers(1, 9))
def test_how_the_bytes_were_cut_never_shows(rows: list[list[str]], size: int) -> None:
    written = io.StringIO()
    csv.writer(written).writerows(rows)

    found = [record for _, record in read(written.getvalue(), size)]

    assert found == rows


@pytest.mark.parametrize("size", [1, 7, None])
def test_a_file_cut_inside_quotes_is_noticed(size: int | None) -> None:
    with pytest.raises(OpenQuoteError) as refused:
        read('a,b\n1,"two\nthree\n', size)

    assert refused.value.extra["row"] == 2


def test_a_field_over_the_limit_is_refused_before_its_end_is_seen() -> None:
    reader = RecordReader(Dialect(",", 0, ()), LIMITS)
    list(reader.feed("a,b\n1,"))

    def endless() -> None:
        for _ in range(100):
            list(reader.feed("x" * 100))

    with pytest.raises(FieldTooLongError) as refused:
        endless()

    assert refused.value.extra == {
        "limit": "WAYMARK_IMPORT_MAX_FIELD_CHARS",
        "maximum": 1000,
        "row": 2,
    }


@pytest.mark.parametrize("text", ['a,b\n1,"' + "x\n" * 600, "a,b\n1," + "x" * 1001 + "\n"])
def test_a_long_field_is_refused_quoted_or_not(text: str) -> None:
    with pytest.raises(FieldTooLongError):
        read(text)


def test_many_long_fields_make_a_row_too_long() -> None:
    with pytest.raises(RowTooLongError):
        read(",".join(["x" * 900] * 5) + "\n")


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_the_header_readable(sign: str) -> None:
    sample = "session_id,email,feedback_text\nLS-1,a@b.c,one; two | three\n".replace(",", sign)

    found = dialect_of(sample, KNOWN, LIMITS)

    assert (found.delimiter, found.header_row) == (sign, 1)
    assert found.headers == ("session_id", "email", "feedback_text")


def test_the_header_may_stand_under_a_preamble() -> None:
    sample = f"Export of the programme\n\nmade by,someone\n{HEADER}LS-1,a@b.c,5,x\n"

    assert dialect_of(sample, KNOWN, LIMITS).header_row == 4


@pytest.mark.parametrize(
    "header", ["Session ID", "session-id", "SESSION_ID", " sessionId ", "\ufeffsession_id"]
)
def test_headers_are_compared_without_case_spaces_hyphens_underscores(header: str) -> None:
    assert normalised(header) == "sessionid"


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", EmptyFileError),
        (b"\xef\xbb\xbf\r\n \n", EmptyFileError),
        (b"LS-1,a@b.c,5,x\nLS-2,a@b.c,4,y\n", NoHeaderError),
        (b"%PDF-1.7\n1 0 obj", ForeignFormatError),
        (b"PK\x03\x04\x14\x00workbook", UnreadableWorkbookError),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ForeignFormatError),
        (b"\x1f\x8b\x08", ForeignFormatError),
        (b"<!DOCTYPE html><html>", ForeignFormatError),
        (HEADER.encode() + b"LS-1,a@b.c,5,nul\x00byte\n", NullBytesError),
        (HEADER.encode() + b'LS-1,a@b.c,5,"never closed\n', OpenQuoteError),
        (HEADER.encode() + b"x," * 30 + b"\n", TooManyColumnsError),
        (b",".join(b"column%d" % i for i in range(10_000)), TooManyColumnsError),
        (HEADER.encode() + b"y" * 5000, FieldTooLongError),
    ],
)
@pytest.mark.parametrize("size", [50, 100_000])
def test_a_spoilt_file_is_refused_by_its_name(
    content: bytes, refusal: type[UploadRefusedError], size: int
) -> None:
    with pytest.raises(refusal):
        inspect(content, size)


def test_zero_bytes_are_named_by_their_row() -> None:
    content = (HEADER + "LS-1,a,5,x\n" * 5000).encode() + b"LS-2,a,5,nul\x00\n"

    with pytest.raises(NullBytesError) as refused:
        inspect(content, 1000)

    assert refused.value.extra["row"] == 5002


def test_the_structure_says_how_to_read_the_file_again() -> None:
    content = f"\n{HEADER}LS-1,a@b.c,5,x\n".encode("utf-8-sig")

    assert inspect(content) == Structure(
        "utf-8-sig", Dialect(",", 2, ("session_id", "email", "rating", "feedback_text"), width=4), 3
    )


def test_a_long_header_is_not_cut_by_the_sample() -> None:
    names = ["session_id", "email", *(f"c{i}{'x' * 5000}" for i in range(18))]
    limits = Limits(10**9, 100_000, 20)

    found = inspect((",".join(names) + "\n" + "," * 19 + "\n").encode(), 1000, limits)

    assert list(found.dialect.headers) == names


def test_accents_behind_any_sample_are_read_as_windows_1252() -> None:
    content = (
        HEADER + "LS-1,a@b.c,5,plain\n" * 6000
    ).encode() + "LS-2,a@b.c,5,tr\xe8s bien\n".encode("cp1252")

    assert inspect(content, 4096).encoding == "windows-1252"


@pytest.mark.parametrize(
    ("rows", "plain"),
    [
        ("LS-1,a,5,x\n", True),
        ("LS-1,a,5,x", True),
        ('LS-1,a,5,"x, ""y"""\n"LS-2",a,5,"two\nlines"\n', True),
        ("LS-1,a,5,x\r\nLS-2,a,5,y\r\n", True),
        ("LS-1,a,5,x\n\n\n", True),
        ("LS-1,a,5,x\n\nLS-2,a,5,y\n", False),
        ("LS-1,a,5,x\n,,,\n", False),
        ("LS-1,a,5\n", False),
        ("LS-1,a,5,x,\n", False),
        ("LS-1,a,5,x\rLS-2,a,5,y\n", False),
        ('LS-1,a,5,5" disk\n', False),
        ('LS-1,a,5,"x" y\n', False),
        ("LS-1,a,5,\xe9\n", False),
    ],
)
@pytest.mark.parametrize("size", [7, 10_000])
def test_a_file_is_plain_if_every_reader_reads_it_the_same(
    rows: str, plain: bool, size: int
) -> None:
    assert inspect((HEADER + rows).encode("latin-1"), size).plain is plain


def test_a_file_under_a_preamble_is_not_plain() -> None:
    assert not inspect(f"note\n{HEADER}LS-1,a,5,x\n".encode()).plain


@pytest.mark.parametrize(("cell", "multiline"), [('"x\ny"', True), ('"x"', False), ("x", False)])
def test_cells_of_several_lines_are_noticed(cell: str, multiline: bool) -> None:
    assert inspect(f"{HEADER}LS-1,a,5,{cell}\n".encode(), 9).multiline is multiline


def test_the_checkpoint_keeps_all_that_later_passes_need() -> None:
    dialect = Dialect("\t", 3, ("a", "b"), "'", "\\", doubled=False, skip_space=True, header_rows=2)
    structure = Structure(
        "cp1250",
        dialect,
        9,
        Format.XLSX,
        "Tab 2",
        8,
        4,
        plain=False,
        multiline=True,
        warnings=("w",),
    )

    assert structure_of(orjson.loads(orjson.dumps(checkpoint_of(structure)))) == structure


def test_a_checkpoint_of_an_earlier_release_is_still_read() -> None:
    kept = {"encoding": "utf-8", "delimiter": ";", "header_row": 2, "headers": ["a"], "last_row": 5}

    assert structure_of(kept) == Structure("utf-8", Dialect(";", 2, ("a",)), 5)
