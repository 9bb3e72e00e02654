"""Whatever bytes and cells arrive: a refusal with a name or a result, never anything else."""

import csv
import io
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors_service.datasets.catalogue import DATASETS
from connectors_service.errors import UploadRefusedError
from connectors_service.mapping.catalogue import known_headers, mapping_for
from connectors_service.mapping.plan import Plan, plan_for
from connectors_service.mapping.rows import Accepted, Refused, RowReader
from connectors_service.reading.inspection import Inspector
from connectors_service.reading.limits import Limits
from connectors_service.reading.rows import rows_reader
from connectors_service.reading.structure import Structure

LIMITS = Limits(10**6, 500, 50)
HEADER = b"session_id,participant_email,volunteer_email,scheduled_at,rating\n"
SAVAGE = (
    "tab\there, back\\slash, \\N, \\., quote ' and \", new\nline, \\x41, \u202eright to left, "
    "\U0001f600, \u0301combining, =cmd|' /C calc'!A0, %s, {0}, $1"
)


def inspected(content: bytes, size: int) -> Structure | None:
    with closing(Inspector(known_headers("kintell-sessions"), LIMITS)) as inspector:
        try:
            for start in range(0, len(content), size):
                inspector.feed(content[start : start + size])
            return inspector.finish()
        except UploadRefusedError:
            return None


def read_again(content: bytes, structure: Structure, size: int) -> list[Any]:
    reader = rows_reader(structure, LIMITS)
    pieces = [content[i : i + size] for i in range(0, len(content), size)]
    found = [row for piece in pieces for row in reader.feed(piece)]
    return found + reader.finish()


@given(st.binary(max_size=300), st.booleans(), st.integers(1, 100))
@settings(max_examples=300)
def test_any_bytes_are_refused_by_name_or_read_the_same_twice(
    content: bytes, with_header: bool, size: int
) -> None:
    whole = HEADER + content if with_header else content

    structure = inspected(whole, size)

    assert inspected(whole, 7) == structure
    if structure is not None:
        assert read_again(whole, structure, size) == read_again(whole, structure, 10**6)


@given(st.text(alphabet='",;\n\r\t| aé=\\', max_size=200), st.integers(1, 50))
@settings(max_examples=300)
def test_any_text_behind_a_header_is_read_the_same_twice(text: str, size: int) -> None:
    whole = HEADER + text.encode()

    structure = inspected(whole, size)

    if structure is not None:
        assert read_again(whole, structure, size) == read_again(whole, structure, 10**6)


def full_plan(name: str) -> Plan:
    dataset, mapping = DATASETS[name], mapping_for(name, None)
    headers = tuple(mapping.columns[field.name].headers[0] for field in dataset.fields)
    return plan_for(dataset, mapping, headers)


READERS = {name: RowReader(full_plan(name)) for name in DATASETS}
cell = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["a@b.example", "2026-01-01", "60", "5", "B1", "language", "{}", "manager"]),
    st.datetimes().map(str),
    st.floats().map(str),
    st.emails(),
)


@pytest.mark.parametrize("name", DATASETS)
@given(data=st.data())
@settings(max_examples=150)
def test_any_cells_make_a_record_or_reasons(name: str, data: st.DataObject) -> None:
    reader = READERS[name]
    width = len(reader.plan.headers)
    cells = data.draw(st.lists(cell, min_size=width - 1, max_size=width + 1))

    judged = reader.judge(7, cells)

    assert judged.row == 7
    assert isinstance(judged, Accepted) or (isinstance(judged, Refused) and judged.reasons)
    reader.key(cells)


async def test_savage_words_are_stored_as_they_came(connectors: Any) -> None:
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(
        ["session_id", "participant_email", "volunteer_email", "scheduled_at", "feedback_text",
         "topics", "Odd \\ column"]
    )  # fmt: skip
    rows.writerow(
        ["LS-\\1\t2", "a@b.example", "c@d.example", "2026-01-01", SAVAGE, 'a\\b,"c"', SAVAGE]
    )

    done = await connectors.imported("kintell-sessions", written.getvalue())

    assert done["rows"]["created"] == 1
    assert await connectors.value("SELECT body FROM pii.texts") == SAVAGE
    assert await connectors.value("SELECT external_id FROM program.kintell_sessions") == "LS-\\1 2"
    assert await connectors.value("SELECT details FROM pii.fact_details") == {
        "topics": ["a\\b", '"c"'],
        "extra": {"Odd \\ column": SAVAGE},
    }
    again = await connectors.imported("kintell-sessions", written.getvalue())
    assert again["rows"]["unchanged"] == 1
