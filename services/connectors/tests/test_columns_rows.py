"""Rows that columns take are staged as the rows' own rules stage them, and read the same."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors_service.columns.bulk import ColumnRows
from connectors_service.columns.frames import ROW, FrameReader
from connectors_service.columns.judging import ColumnReader, block_of, column_reader
from connectors_service.datasets.catalogue import dataset_named
from connectors_service.datasets.facts import Linked
from connectors_service.loading.writing import _staged
from connectors_service.mapping.catalogue import mapping_for
from connectors_service.mapping.plan import Plan, plan_for
from connectors_service.mapping.rows import Accepted, RowReader
from connectors_service.reading.inspection import Inspector
from connectors_service.reading.limits import Limits
from connectors_service.reading.overrides import Overrides
from connectors_service.reading.rows import rows_reader
from connectors_service.reading.structure import Block, Structure
from connectors_service.repository.loads import _copied
from connectors_service.repository.statements import Statements
from connectors_service.rules.ratings import Scale
from shared_utils.hashing import KeyedHash

DATASET, KEYED = "kintell-sessions", KeyedHash("5a" * 32)
NAMES = UUID("6f3c1c0e-5d0b-5a54-9d55-7a2f0b9c8e11")
LIMITS = Limits(10**7, 10_000, 50)
CELLS = {
    "session_id": ["LS-1", "MENTOR-2", "x y", "é", "a\\b", "", " 7 "],
    "session_type": ["", "Language Connect", "mentorship", "LANGUAGE", "tennis"],
    "participant_email": ["a@b.example", "A@B.example ", "c@d.example", "no", "ü@b.example"],
    "volunteer_email": ["c@d.example", "a@b.example", "e.f@g.example", ""],
    "scheduled_at": ["2026-03-02T10:00:00Z", "2026-03-02", "3 March 2026", "2026-03-02 10:00"],
    "completed_at": ["", "2026-03-02T11:00:00+01:00", "2026-03-02T09:00:00Z", "2026-03-05"],
    "cancelled_at": ["", "", "2026-03-01T00:00:00Z"],
    "status": ["", "completed", "No Show", "canceled", "scheduled"],
    "duration_minutes": ["60", "0", "", "90.0", "481"],
    "rating": ["5", "", "4,5", "3.25", "9"],
    "feedback_text": ["", "Їжак\tЇ\n\\ok", 'so "good"', "e\u0301", "a" * 30, "\u200b"],
    "language_level": ["b1", "", "C2", "D1"],
    "focus_area": ["", "career \\ x", "œuvre"],
    "topics": ["daily life, work", "", "a,,b", 'x"y'],
    "goals_discussed": ["", "a", "é , b"],
    "metadata": ['{"a": "b", "n": 12}', "", "[1]", '{"a": 1.50}', '{"é": 1}', "{"],
    "Colour": ["", "blue", 'with "quotes"', "Їжак", "tab\there"],
}


def lines(headers: list[str], rows: list[list[str]], end: str = "\n") -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows([headers, *rows])
    return text.getvalue().encode()


def plan_of(headers: list[str], filename: str = "") -> Plan:
    mapping = mapping_for(DATASET, None)
    return plan_for(dataset_named(DATASET), mapping, tuple(headers), filename)


def readers(plan: Plan) -> tuple[ColumnReader, RowReader]:
    scales = {"rating": Scale.ONE_TO_FIVE}
    columns = column_reader(plan, scales)
    assert columns is not None
    return columns, RowReader(plan, scales)


def frame_of(width: int, rows: list[list[str]]) -> pl.DataFrame:
    cells = {str(i): [row[i] for row in rows] for i in range(width)}
    numbers = pl.Series(ROW, range(2, len(rows) + 2), dtype=pl.Int32)
    return pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String)).with_columns(numbers)


def meaning(column: str, cell: str) -> Any:
    """What PostgreSQL makes of a cell of COPY, as far as two forms may mean the same."""
    if cell == r"\N":
        return None
    if column in ("scheduled_at", "completed_at", "cancelled_at", "text_at", "rated_at"):
        return datetime.fromisoformat(cell)
    if column == "details":
        return json.loads(cell.replace("\\\\", "\\"))
    return float(cell) if column == "value" else cell


def meant(statements: Statements, copied: bytes) -> dict[str, dict[str, Any]]:
    rows = [line.split("\t") for line in copied.decode().split("\n")[:-1]]
    named = [dict(zip(statements.staged, row, strict=True)) for row in rows]
    return {
        row["row_no"]: {column: meaning(column, cell) for column, cell in row.items()}
        for row in named
    }


def check_same(plan: Plan, frame: pl.DataFrame) -> int:
    """Hold columns against rows; return how many rows columns took."""
    columns, rows = readers(plan)
    values, sure = columns.part(frame)
    bulk = ColumnRows(values.filter(sure), frame.filter(sure), columns, rows)
    judged = [rows.judge(row, cells) for row, cells in block_of(frame.filter(sure))]
    accepted = [row for row in judged if isinstance(row, Accepted)]
    assert len(accepted) == len(judged) == len(bulk)
    emails = {email for row in accepted for email in plan.dataset.emails(row.record)}
    assert emails == bulk.emails
    names = [name for row in accepted for name in plan.dataset.known_as(row.record)]
    assert list(bulk.known_as()) == names
    linked = Linked({email: uuid5(NAMES, email) for email in emails}, {})
    for target in plan.dataset.targets:
        statements = Statements(target.table, plan.present, bool(plan.extra))
        staged = _copied(statements, _staged(target, accepted, linked), KEYED)
        by_columns = bulk.copied(statements, linked, KEYED)
        assert meant(statements, by_columns) == meant(statements, staged)
    return len(bulk)


@st.composite
def sheets(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    needed = ["session_id", "participant_email", "volunteer_email", "scheduled_at"]
    others = draw(st.lists(st.sampled_from([*CELLS.keys() - set(needed)]), unique=True))
    headers = draw(st.permutations([*needed, *sorted(others)]))
    row = st.tuples(*(st.sampled_from(CELLS[name]) for name in headers)).map(list)
    return list(headers), draw(st.lists(row, min_size=1, max_size=20))


@settings(max_examples=150, deadline=None)
@given(sheets(), st.sampled_from(["", "language-2026.csv", "mentor.csv"]))
def test_rows_that_columns_take_are_staged_as_their_own_rules_stage_them(
    sheet: tuple[list[str], list[list[str]]], filename: str
) -> None:
    headers, rows = sheet

    check_same(plan_of(headers, filename), frame_of(len(headers), rows))


def test_ordinary_rows_are_all_taken_by_columns() -> None:
    plain = {name: cells[0] for name, cells in CELLS.items()}
    completed = plain | {"completed_at": "2026-03-02T11:00:00Z", "Colour": "blue"}
    rows = [[*plain.values()], [*completed.values()]]

    assert check_same(plan_of(list(CELLS)), frame_of(len(CELLS), rows)) == 2


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ("session_id", ""),
        ("session_type", "tennis"),
        ("volunteer_email", "A@b.example"),
        ("completed_at", "2026-03-02T09:59:59Z"),
        ("status", "completed"),
        ("rating", "6"),
        ("feedback_text", "e\u0301"),
        ("Colour", 'with "quotes"'),
    ],
)
def test_a_row_that_columns_are_not_sure_of_is_left_to_the_rules_of_rows(
    field: str, cell: str
) -> None:
    row = {name: cells[0] for name, cells in CELLS.items()} | {field: cell}

    assert check_same(plan_of(list(CELLS)), frame_of(len(CELLS), [[*row.values()]])) == 0


def inspected(content: bytes) -> Structure:
    asked = Overrides(delimiter=",", quote='"', escape="", header_row=1)
    with closing(Inspector(frozenset(), LIMITS, asked)) as inspector:
        inspector.feed(content)
        return inspector.finish()


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def by_rows(content: bytes, structure: Structure) -> Block:
    reader = rows_reader(structure, LIMITS)
    return reader.feed(content) + reader.finish()


def by_frames(content: bytes, structure: Structure, size: int) -> tuple[Block, int]:
    reader = FrameReader(structure)
    frames = [reader.feed(piece) for piece in pieces(content, size)]
    return block_of(pl.concat([*frames, reader.finish()])), reader.row + reader.blanks


CELL = st.text(alphabet="ab1 ,;\"\n\ré'#", max_size=6)


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=12),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    behind=st.sampled_from([b"", b"\n", b"\r\n\r\n"]),
    size=st.integers(1, 60),
)
def test_a_plain_file_is_read_by_frames_as_it_is_by_rows(
    rows: list[list[str]], end: str, mark: bytes, behind: bytes, size: int
) -> None:
    content = mark + lines(["a", "b", "c"], rows, end) + behind
    structure = inspected(content)

    if structure.plain:
        expected = by_rows(content, structure)
        assert by_frames(content, structure, size) == (expected, structure.last_row)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_lines_within_quotes_and_blank_lines_behind_are_no_rows(size: int) -> None:
    content = b'a,b\n1,"x\ny, ""z"""\n2,\n\n\n'
    structure = inspected(content)

    assert structure.plain
    assert by_frames(content, structure, size)[0] == [(2, ["1", 'x\ny, "z"']), (3, ["2", ""])]
