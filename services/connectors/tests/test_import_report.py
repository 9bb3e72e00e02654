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

    assert done["report"]["would"]["people"] == {"new": 2, "rows": [3, 4]}
    assert done["rows"]["updated"] == 1
    assert await connectors.value("SELECT count(*) FROM pii.persons") == 2


FULL = "session_id,participant_email,volunteer_email,scheduled_at,duration_minutes,feedback_text\n"
STORED = (
    "LS-1,anna@learn.example,tom@acme.example,2026-03-02T10:00:00Z,60,Good\n"
    "LS-2,anna@learn.example,tom@acme.example,2026-03-03T10:00:00Z,60,Good\n"
    "LS-3,anna@learn.example,tom@acme.example,2026-03-04T10:00:00Z,60,Good\n"
)
CHANGED = (
    "LS-1,anna@learn.example,tom@acme.example,2026-03-02T11:00:00Z,45,Good\n"
    "LS-2,anna@learn.example,uma@acme.example,2026-03-03T10:00:00Z,90,Better\n"
    "LS-3,anna@learn.example,tom@acme.example,2026-03-04T10:00:00Z,60,Good\n"
)


async def rehearsed(connectors: Connectors) -> dict[str, Any]:
    await connectors.imported("kintell-sessions", FULL + STORED, program="language")
    done = await connectors.imported(
        "kintell-sessions", FULL + CHANGED, program="language", dry_run="true"
    )
    return dict(done)


async def test_a_dry_run_says_what_would_change_and_repeats_nobodys_words(
    connectors: Connectors,
) -> None:
    done = await rehearsed(connectors)

    changes = done["report"]["would"]["changes"]
    counts = changes["fields"]["kintell_session"]
    first = {(one["row"], one["field"]): (one["old"], one["new"]) for one in changes["first"]}
    assert counts["duration_minutes"] == 2
    assert counts["scheduled_at"] == counts["volunteer_id"] == 1
    assert first[2, "duration_minutes"] == (60, 45)
    assert first[3, "duration_minutes"] == (60, 90)
    assert first[3, "volunteer_id"] == (None, None)
    assert not [row for row, _ in first if row == 4]
    assert "Better" not in str(done["report"])


async def test_an_import_then_changes_what_its_dry_run_said(connectors: Connectors) -> None:
    told = (await rehearsed(connectors))["report"]["would"]["changes"]
    query = "SELECT to_jsonb(t) AS fact FROM program.kintell_sessions t ORDER BY external_id"
    before = [row["fact"] for row in await connectors.rows(query)]

    await connectors.imported("kintell-sessions", FULL + CHANGED, program="language")

    after = [row["fact"] for row in await connectors.rows(query)]
    trace = {"revision", "updated_at", "import_id", "row_no", "mapping_version"}
    differing = [
        name
        for old, new in zip(before, after, strict=True)
        for name in old.keys() - trace
        if old[name] != new[name]
    ]
    assert told["fields"]["kintell_session"] == {
        name: differing.count(name) for name in sorted(set(differing))
    }


async def test_others_who_see_a_dry_run_get_its_counts_alone(connectors: Connectors) -> None:
    done = await rehearsed(connectors)

    answer = await connectors.get(
        f"/v1/imports/{done['import_id']}", headers=connectors.signed("coordinator")
    )

    changes = answer.json()["report"]["would"]["changes"]
    assert changes["fields"] == done["report"]["would"]["changes"]["fields"]
    assert changes["first"] is None


async def test_the_shown_changes_are_bounded_their_counts_are_not(connectors: Connectors) -> None:
    row = "LS-{n},anna@learn.example,tom@acme.example,2026-03-02T10:{n:02}:00Z,{minutes}\n"
    stored = [row.format(n=n, minutes=60) for n in range(25)]
    changed = [row.format(n=n, minutes=61) for n in range(25)]
    await connectors.imported("kintell-sessions", HEADER + "".join(stored), program="language")

    done = await connectors.imported(
        "kintell-sessions", HEADER + "".join(changed), program="language", dry_run="true"
    )

    changes = done["report"]["would"]["changes"]
    assert changes["fields"] == {"kintell_session": {"duration_minutes": 25}}
    assert [one["row"] for one in changes["first"]] == list(range(2, 22))
