"""Files without a person's rows: other rows and all row numbers stay as they were."""

from dataclasses import replace

import pytest

from connectors_service.erasing.mentions import Mentions, mentions_of
from connectors_service.erasing.rewriting import Rewriter
from connectors_service.reading.limits import UNLIMITED
from connectors_service.reading.rows import rows_reader
from connectors_service.reading.structure import Dialect, Format, Structure

CSV = Structure("utf-8", Dialect(",", 1, ("id", "email", "note"), width=3), 0)
NOBODY = Mentions()
MINA = mentions_of([("email", "mina@example.org"), ("name", "Mina Maus"), ("phone", "+4791234567")])


def rewritten(
    raw: bytes,
    structure: Structure = CSV,
    rows: set[int] | None = None,
    mentions: Mentions = NOBODY,
    piece: int = 7,
) -> tuple[bytes, list[int]]:
    """The file, fed in small pieces, and which rows went."""
    rewriter = Rewriter(structure, UNLIMITED, rows or set(), mentions)
    parts = [rewriter.feed(raw[start : start + piece]) for start in range(0, len(raw), piece)]
    return b"".join([*parts, rewriter.finish()]), rewriter.blanked


def numbered(raw: bytes, structure: Structure = CSV) -> dict[int, list[str]]:
    reader = rows_reader(structure, UNLIMITED)
    return dict([*reader.feed(raw), *reader.finish()])


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            b"id,email,note\n1,a@x.no,x\n2,b@x.no,y\n3,c@x.no,z\n",
            b"id,email,note\n1,a@x.no,x\n\n3,c@x.no,z\n",
        ),
        (b"id,email,note\r\n1,a,x\r\n2,b,y\r\n3,c,z", b"id,email,note\r\n1,a,x\r\n\r\n3,c,z"),
        (b"id,email,note\r1,a,x\r2,b,y\r3,c,z\r", b"id,email,note\r1,a,x\r\r3,c,z\r"),
        (b'id,email,note\n1,a,x\n2,b,"y\ny\ny"\n3,c,z\n', b"id,email,note\n1,a,x\n\n3,c,z\n"),
        (b"id,email,note\n1,a,x\n2,b,y", b"id,email,note\n1,a,x\n"),
        (
            b"\xef\xbb\xbfid,email,note\n1,a,x\n2,b,y\n3,c,z\n",
            b"\xef\xbb\xbfid,email,note\n1,a,x\n\n3,c,z\n",
        ),
    ],
)
@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_a_row_becomes_a_blank_line_and_all_else_stays(
    raw: bytes, expected: bytes, piece: int
) -> None:
    structure = replace(CSV, encoding="utf-8-sig") if raw.startswith(b"\xef") else CSV

    assert rewritten(raw, structure, {3}, piece=piece) == (expected, [3])


def test_other_rows_keep_their_numbers() -> None:
    raw = b'id,email,note\n1,a,"two\nlines"\n2,b,"two\nlines"\n3,c,z\n4,d,z\n'

    without, _ = rewritten(raw, rows={3})

    before, after = numbered(raw), numbered(without)
    assert after == {row: cells for row, cells in before.items() if row != 3}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_comes_back_byte_for_byte(encoding: str) -> None:
    text = "id,email,note\n1,a@x.no,blåbær\n2,b@x.no,rødgrød\n3,c@x.no,ål\n"
    structure = replace(CSV, encoding=encoding)

    same, _ = rewritten(text.encode(encoding), structure)
    without, blanked = rewritten(text.encode(encoding), structure, {3})

    assert same == text.encode(encoding)
    assert without == text.replace("2,b@x.no,rødgrød", "").encode(encoding)
    assert blanked == [3]


@pytest.mark.parametrize(
    ("line", "is_hers"),
    [
        ("9,Mina@Example.org,x", True),
        ("9,wilhelmina@example.org,x", False),
        ("9,mina@example.org.uk2,x", True),
        ("9,,Mina  Maus was here", True),
        ("9,,Mina was here", False),
        ("9,,call 0047 91 23 45 67", True),
        ("9,,4791234568", False),
    ],
)
def test_rows_that_name_the_person_go_whoever_they_are_about(line: str, is_hers: bool) -> None:
    raw = f"id,email,note\n1,a@x.no,x\n{line}\n".encode()

    _, blanked = rewritten(raw, mentions=MINA)

    assert blanked == ([3] if is_hers else [])


def test_lines_of_ndjson_go_alone() -> None:
    structure = Structure("utf-8", Dialect("", 0, ("id",)), 0, Format.NDJSON)
    raw = b'{"id": 1}\r\n\r\n{"id": "mina@example.org"}\r\n{"id": 3}\r\n'

    assert rewritten(raw, structure, mentions=MINA) == (
        b'{"id": 1}\r\n\r\n\r\n{"id": 3}\r\n',
        [3],
    )


@pytest.mark.parametrize("piece", [1, 5, 1000])
def test_elements_of_a_list_become_empty_objects(piece: int) -> None:
    structure = Structure("utf-8", Dialect("", 0, ("id",)), 0, Format.JSON)
    raw = b' [ {"id": {"a": "}"}} , {"id": {"x": ["mina@example.org"]}},\n {"id": 3} ] '

    assert rewritten(raw, structure, mentions=MINA, piece=piece) == (
        b' [ {"id": {"a": "}"}} , {},\n {"id": 3} ] ',
        [2],
    )
    assert rewritten(raw, structure, {3}, piece=piece)[0].endswith(b",\n {} ] ")
    assert rewritten(raw, structure, piece=piece) == (raw, [])


def test_an_object_alone_becomes_an_empty_one() -> None:
    structure = Structure("utf-8", Dialect("", 0, ("id",)), 0, Format.JSON)

    assert rewritten(b'{"id": 1}', structure, {1}) == (b"{}", [1])


def test_a_broken_quote_spoils_no_neighbour() -> None:
    raw = b'id,email,note\n1,a,x\n2,b,"y" or not\n3,c,z\n4,d,z\n'
    before = numbered(raw)

    without, blanked = rewritten(raw, rows={4})

    assert blanked == [4]
    assert numbered(without) == {row: cells for row, cells in before.items() if row != 4}


def test_a_quote_that_never_closes_is_read_as_it_was() -> None:
    limits = replace(UNLIMITED, max_field_chars=40_000)
    lines = [f"{number},{number}@x.no,some words\n" for number in range(3, 2000)]
    raw = ('id,email,note\n1,a,x\n2,b,"y\n' + "".join(lines)).encode()
    reader = rows_reader(CSV, limits)
    before = dict([*reader.feed(raw), *reader.finish()])

    rewriter = Rewriter(CSV, limits, {900}, NOBODY)
    without = rewriter.feed(raw) + rewriter.finish()

    reader = rows_reader(CSV, limits)
    after = dict([*reader.feed(without), *reader.finish()])
    assert len(before) == 1999
    assert after == {row: cells for row, cells in before.items() if row != 900}
