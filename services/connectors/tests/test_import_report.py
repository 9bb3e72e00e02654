"""What a coordinator gets back: counts by column, and a file to mend and send again."""

import io
import re
import zipfile
from html import unescape
from typing import Any

Connectors = Any
HEADER = "session_id,participant_email,volunteer_email,scheduled_at,duration_minutes\n"
ROWS = (
    "LS-1,anna@learn.example,tom@acme.example,2026-03-02T10:00:00Z,60\n"
    "LS-2,nobody,tom@acme.example,2026-03-02T10:00:00Z,900\n"
    "=LS-3,anna@learn.example,nobody,2026-03-02T10:00:00Z,901\n"
)


def cells(workbook: bytes) -> list[list[str]]:
    """Return the texts of the first worksheet's cells, row by row; formulas would not be texts."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    rows = re.findall(r"<row .*?</row>", sheet)
    return [
        [unescape(text) for text in re.findall(r"<t[^>]*>(.*?)</t>", row, re.DOTALL)]
        for row in rows
    ]


async def test_the_report_counts_refused_rows_by_code_and_by_column(
    connectors: Connectors,
) -> None:
    done = await connectors.imported("kintell-sessions", HEADER + ROWS, program="language")

    assert done["report"]["codes"] == {"E001": 2, "E004": 2}
    assert done["report"]["columns"] == [
        {"column": "duration_minutes", "code": "E004", "rows": 2},
        {"column": "participant_email", "code": "E001", "rows": 1},
        {"column": "volunteer_email", "code": "E001", "rows": 1},
    ]


async def test_the_workbook_holds_the_rows_with_their_reasons_in_words(
    connectors: Connectors,
) -> None:
    done = await connectors.imported("kintell-sessions", HEADER + ROWS, program="language")

    answer = await connectors.get(f"/v1/imports/{done['import_id']}/errors.xlsx")

    header, first, second = cells(answer.content)
    assert header == [*HEADER.strip().split(","), "row", "reasons"]
    assert first[:6] == ["LS-2", "nobody", "tom@acme.example", "2026-03-02T10:00:00Z", "900", "3"]
    assert "E004" in first[6]
    assert "duration_minutes" in first[6]
    assert second[0].endswith("=LS-3")


async def test_the_mended_error_file_takes_its_rows_alone(connectors: Connectors) -> None:
    done = await connectors.imported("kintell-sessions", HEADER + ROWS, program="language")
    sent = (await connectors.get(f"/v1/imports/{done['import_id']}/errors.csv")).text

    mended = sent.replace("nobody", "boris@learn.example").replace("900", "90").replace("901", "91")
    again = await connectors.imported("kintell-sessions", mended, program="language")

    assert again["rows"]["created"] == again["rows"]["read"] == 2
    extras = await connectors.value("SELECT count(*) FROM pii.fact_details")
    assert extras == 0


async def test_only_the_sender_and_admins_get_the_workbook(connectors: Connectors) -> None:
    done = await connectors.imported("kintell-sessions", HEADER + ROWS, program="language")

    answer = await connectors.get(
        f"/v1/imports/{done['import_id']}/errors.xlsx", headers=connectors.signed("coordinator")
    )

    assert answer.status_code == 403


async def test_a_dry_run_says_who_would_be_new(
    connectors: Connectors,
) -> None:
    await connectors.imported(
        "kintell-sessions",
        HEADER + "LS-1,anna@learn.example,tom@acme.example,2026-03-02T10:00:00Z,60\n",
        program="language",
    )
    rows = (
        "LS-1,anna@learn.example,tom@acme.example,2026-03-02T10:00:00Z,45\n"
        "LS-2,boris@learn.example,tom@acme.example,2026-03-02T10:00:00Z,60\n"
        "LS-3,boris@learn.example,uma@acme.example,2026-03-02T10:00:00Z,60\n"
    )

    done = await connectors.imported(
        "kintell-sessions", HEADER + rows, program="language", dry_run="true"
    )

    assert done["report"]["would"] == {"people": {"new": 2, "rows": [3, 4]}}
    assert done["rows"]["updated"] == 1
    assert await connectors.value("SELECT count(*) FROM pii.persons") == 2
