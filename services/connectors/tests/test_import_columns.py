"""A file judged by columns has the effects that it has judged by rows."""

import pytest
from services.connectors.tests.conftest import HMAC_KEY, Build

from connectors_service.columns import importing
from shared_utils.hashing import KeyedHash

HEADER = (
    "session_id,participant_email,volunteer_email,scheduled_at,completed_at,duration_minutes,"
    "rating,feedback_text,language_level,topics,metadata,Room\n"
)
DAY = "2026-03-0{}T10:00:00Z,2026-03-0{}T11:00:00Z"
TWO, THREE, FOUR, FIVE, SIX, SEVEN = (DAY.format(n, n) for n in range(2, 8))
ROWS = [
    f'LS-1,anna@x.example,tom@y.example,{TWO},60,5,So good,b1,"a, b","{{""n"": 1}}",R\\1\n',
    f"LS-2,Anna@x.example,tom@y.example,{THREE},30,4,,,,,\n",
    f"LS-3,berta@x.example,tom@y.example,{FOUR},481,4,,,,,\n",
    f'LS-4,berta@x.example,tom@y.example,{FIVE},45,,"\u0407\ne\u0301",C2,,"{{""n"": 1.50}}",x\n',
    f"LS-5,carl@x.example,tom@y.example,{FIVE},45,1,,C2,,,x\n",
    f"LS-5,carl@x.example,tom@y.example,{FIVE},46,1,,C2,,,x\n",
    f"LS-2,anna@x.example,tom@y.example,{THREE},30,4,,,,,\n",
    f"LS-6,gone@x.example,tom@y.example,{SIX},45,2,,,,,\n",
    f'LS-7,dora@x.example,tom@y.example,{SEVEN},45,3,"line\nline",A2,daily life,,y\n',
]
FILE = HEADER + "".join(ROWS)


@pytest.mark.parametrize("chunk", [2, 100])
async def test_what_columns_wrote_is_unchanged_for_rows(
    build_connectors: Build, chunk: int
) -> None:
    by_columns = await build_connectors(import_columns_from_rows=1, import_chunk_rows=chunk)
    gone = KeyedHash(HMAC_KEY).identifier("email", "gone@x.example")
    await by_columns.change(
        "INSERT INTO pii.erased_identifiers (identifier_hmac, erasure_id) VALUES (%s, uuidv7())",
        [gone],
    )

    first = await by_columns.imported("kintell-sessions", FILE)
    ledger = "SELECT row_nos, revisions_after FROM ops.import_rows ORDER BY fact_type, first_row"
    kept = await by_columns.rows(ledger)
    by_rows = await build_connectors(import_columns_from_rows=10**6, import_chunk_rows=chunk)
    again = await by_rows.imported("kintell-sessions", FILE)

    refused = [(4, "E004"), (6, "E011"), (7, "E011"), (9, "E013")]
    assert await by_columns.codes(first["import_id"]) == refused
    assert await by_rows.codes(again["import_id"]) == refused
    assert first["rows"] == {
        "read": 9, "created": 4, "updated": 0, "unchanged": 1, "refused": 4, "held": 0
    }  # fmt: skip
    assert again["rows"] == {
        "read": 9, "created": 0, "updated": 0, "unchanged": 5, "refused": 4, "held": 0
    }  # fmt: skip
    assert sorted(row for chunk in kept for row in chunk["row_nos"]) == [2, 2, 3, 3, 5, 10, 10]


async def test_a_large_plain_file_is_judged_by_columns(
    build_connectors: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    survey = importing.Columns.survey

    async def noted(columns: importing.Columns) -> object:
        asked.append(1)
        return await survey(columns)

    monkeypatch.setattr(importing.Columns, "survey", noted)
    connectors = await build_connectors(import_columns_from_rows=10)

    await connectors.imported("kintell-sessions", FILE)
    await connectors.imported("kintell-sessions", HEADER + ROWS[0])
    await connectors.imported("kintell-sessions", FILE, dry_run="true")

    assert asked == [1]


async def test_rows_wait_no_longer_when_columns_bring_what_they_wait_for(
    build_connectors: Build,
) -> None:
    connectors = await build_connectors(import_columns_from_rows=1)
    await connectors.imported(
        "kintell-ratings",
        "rating_id,session_id,from_role,rating,created_at\n"
        "R-1,LS-7,volunteer,5,2026-03-08\nR-2,LS-99,volunteer,2,2026-03-08\n",
    )

    await connectors.imported("kintell-sessions", FILE)

    waiting = "SELECT row_no FROM pii.refused_rows WHERE state = 'held' AND waits_for IS NOT NULL"
    assert [row["row_no"] for row in await connectors.rows(waiting)] == [3]
