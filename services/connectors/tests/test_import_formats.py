"""One path for all formats: a file of any of them ends as the same facts."""

import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
import xlsxwriter  # type: ignore[import-untyped]

NAMES = ["session_id", "participant_email", "volunteer_email", "scheduled_at", "rating", "topics"]
ROWS: list[list[Any]] = [
    ["LS-1", "ana@learn.example", "vera@acme.example", "2026-01-05T10:00:00Z", 5, "work, home"],
    ["LS-2", "bo@learn.example", "vera@acme.example", "2026-01-06", 4, ""],
    ["LS-3", "no address", "vera@acme.example", "2026-01-07", 4, ""],
]
OBJECTS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]


def as_csv() -> bytes:
    lines = [",".join(f'"{cell}"' for cell in row) for row in [NAMES, *ROWS]]
    return "\n".join(lines).encode()


def as_xlsx() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Sessions")
        for number, row in enumerate([NAMES, *ROWS]):
            sheet.write_row(number, 0, row)
    return content.getvalue()


FILES = {
    "csv": (as_csv(), [3]),
    "utf-16": (as_csv().decode().encode("utf-16"), [3]),
    "semicolons": (as_csv().replace(b'","', b'";"'), [3]),
    "xlsx": (as_xlsx(), [3]),
    "ndjson": (b"\n".join(map(orjson.dumps, OBJECTS)), [2]),
    "json": (orjson.dumps(OBJECTS), [2]),
}


@pytest.mark.parametrize("name", FILES)
async def test_a_file_of_any_format_becomes_the_same_facts(name: str, connectors: Any) -> None:
    content, offsets = FILES[name]

    done = await connectors.imported("kintell-sessions", content, f"language.{name}")

    assert done["status"] == "completed"
    assert (done["rows"]["created"], done["rows"]["refused"]) == (2, 1)
    assert await connectors.codes(done["import_id"]) == [(1 + offsets[0], "E001")]
    facts = await connectors.rows(
        "SELECT external_id, scheduled_at::text, duration_minutes FROM program.kintell_sessions"
        " ORDER BY external_id"
    )
    assert [fact["external_id"] for fact in facts] == ["LS-1", "LS-2"]
    details = await connectors.rows("SELECT details FROM pii.fact_details")
    assert {"topics": ["work", "home"]} in [row["details"] for row in details]


async def sent(connectors: Any, body: Any, kind: str = "application/json") -> httpx.Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    answer: httpx.Response = await connectors.http.post(
        "/v1/import/kintell-sessions?program=language",
        content=content,
        headers={**connectors.headers, "content-type": kind},
    )
    return answer


@pytest.mark.parametrize(
    ("body", "created"),
    [(OBJECTS[0], 1), (OBJECTS, 2), (b"\n".join(map(orjson.dumps, OBJECTS)), 2)],
    ids=["object", "list", "lines"],
)
async def test_a_body_of_json_is_imported_like_a_file(
    body: Any, created: int, connectors: Any
) -> None:
    kind = "application/x-ndjson" if isinstance(body, bytes) else "application/json; charset=utf-8"

    answer = await sent(connectors, body, kind)

    assert answer.status_code == 202
    done = await connectors.ended(answer.json()["import_id"])
    assert done["rows"]["created"] == created


async def test_a_body_of_json_holds_up_to_a_thousand_objects(connectors: Any) -> None:
    answer = await sent(connectors, [OBJECTS[0] | {"session_id": f"LS-{n}"} for n in range(1001)])

    assert answer.status_code == 413
    assert answer.json()["type"].endswith("too-many-rows")
    assert (await connectors.get("/v1/imports")).json()["items"] == []


BAD_BODIES = [
    b"",
    b"[",
    b"null",
    b"[1,2]",
    b'{"a": 1e400}',
    b"[" * 100_000,
    b'{"a": "\\ud800"}',
    b"\xff{}",
]


async def test_a_bad_body_of_json_is_the_senders_problem(connectors: Any) -> None:
    for body in BAD_BODIES:
        answer = await sent(connectors, body)

        assert answer.status_code in (400, 422), (body[:20], answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await connectors.get("/v1/imports")).json()["items"] == []


async def test_bad_rows_of_json_are_refused_one_by_one(connectors: Any) -> None:
    lines = [
        orjson.dumps(OBJECTS[0]),
        b'{"session_id": "LS-7", "rating": 1e400}',
        b"{broken}",
        b'{"session_id": "\\ud800"}',
        orjson.dumps({**OBJECTS[1], "topics": {"a": [1, None]}}),
    ]

    answer = await sent(connectors, b"\n".join(lines), "application/x-ndjson")

    done = await connectors.ended(answer.json()["import_id"])
    assert done["rows"]["created"] == 2
    assert await connectors.codes(done["import_id"]) == [(2, "E010"), (3, "E010"), (4, "E010")]
    errors = await connectors.get(f"/v1/imports/{done['import_id']}/errors.csv")
    assert "{broken}" in errors.text


async def test_how_a_file_is_read_can_be_said(connectors: Any) -> None:
    content = "Header-less notes\n" + as_csv().decode().replace('","', '"~"') + "\n"

    answer = await connectors.send(
        "kintell-sessions", content.encode("cp1250"), dry_run="true",
        delimiter="~", header_row="2", encoding="cp1250", program="language",
    )  # fmt: skip

    assert answer.status_code == 202, answer.text
    preview = (await connectors.ended(answer.json()["import_id"]))["preview"]
    assert (preview["dialect"]["delimiter"], preview["header_row"]) == ("~", 2)
    assert preview["encoding"] == "cp1250"
    assert "1 rows stand before the header and are left out." in preview["warnings"]


async def test_an_option_behind_a_long_file_is_refused(connectors: Any) -> None:
    rows = as_csv() + b"\n" + b'"LS-9","a@b.example","c@d.example","2026-01-01","5",""\n' * 30_000
    parts = [
        b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n',
        rows,
        b'\r\n--cut\r\nContent-Disposition: form-data; name="header_row"\r\n\r\n2\r\n--cut--\r\n',
    ]

    async def in_pieces() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    answer = await connectors.http.post(
        "/v1/import/kintell-sessions",
        content=in_pieces(),
        headers={**connectors.headers, "content-type": "multipart/form-data; boundary=cut"},
    )

    assert (answer.status_code, answer.json()["type"].split(":")[-1]) == (422, "late-option")


async def test_a_chosen_sheet_is_loaded_and_named_in_the_preview(connectors: Any) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as workbook:
        workbook.add_worksheet("Notes").write_row(0, 0, ["made", "by", "hand"])
        sheet = workbook.add_worksheet("Sessions")
        for number, row in enumerate([NAMES, *ROWS]):
            sheet.write_row(number + 2, 0, row)

    done = await connectors.imported(
        "kintell-sessions", content.getvalue(), "a.xlsx", sheet="sessions", dry_run="true"
    )

    assert (done["preview"]["format"], done["preview"]["sheet"]) == ("xlsx", "Sessions")
    assert done["preview"]["header_row"] == 3
    assert done["rows"]["created"] == 2
