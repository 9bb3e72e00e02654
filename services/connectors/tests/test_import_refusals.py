"""Spoilt files and rows: a clear word for each, nothing half imported, nothing personal said."""

import json
from typing import Any

import httpx
import pytest

from shared_utils.hashing import KeyedHash
from waymark.testing.processes import wait_for

HEADER = (
    "session_id,participant_email,volunteer_email,scheduled_at,completed_at,duration_minutes,"
    "rating,feedback_text,language_level,metadata,status\n"
)
GOOD = (
    "LS-1,anna@learn.example,tom@acme.example,2024-11-01T10:00:00Z,2024-11-01T11:00:00Z,60,5,"
    "Good,B2,,completed\n"
)


def row(**changes: str) -> str:
    """Return the good row with some cells changed."""
    cells = dict(zip(HEADER.strip().split(","), GOOD.strip().split(","), strict=True)) | changes
    return ",".join(cells.values()) + "\n"


async def kept(connectors: Any) -> int:
    tables = ("ops.imports", "pii.raw_uploads", "pii.raw_upload_chunks", "pii.persons")
    return sum([await connectors.value(f"SELECT count(*) FROM {name}") for name in tables])


SPOILT_FILES = [
    (b"", 422, "empty-file"),
    (b"LS-1,anna@learn.example,tom@acme.example,2024-11-01\n", 422, "no-header"),
    (b"session_id,rating\nLS-1,5\n", 422, "missing-columns"),
    ((HEADER[:-1] + ",rating\n" + GOOD).encode(), 422, "duplicate-column"),
    (b"%PDF-1.4 something", 415, "not-csv"),
    (b"PK\x03\x04xl/workbook.xml", 422, "unreadable-workbook"),
    (b'{"session_id": "LS-1"}\n', 422, "missing-columns"),
    ((HEADER + GOOD + "Дуже").encode() + "Дуже".encode("cp1251"), 422, "unreadable-encoding"),
    ((HEADER + GOOD.replace("Good", "Go\0od")).encode(), 422, "null-bytes"),
    ((HEADER + GOOD.replace("Good", '"Good')).encode(), 422, "open-quote"),
    ((HEADER + ",".join(["x"] * 10_000)).encode(), 422, "too-many-columns"),
    ((HEADER + row(feedback_text="x" * 1_000_001)).encode(), 422, "field-too-long"),
    ((HEADER + ",".join(["x" * 900_000] * 11)).encode(), 422, "row-too-long"),
]


async def test_a_spoilt_file_is_refused_as_it_arrives_and_leaves_nothing(connectors: Any) -> None:
    for content, status, problem in SPOILT_FILES:
        answer = await connectors.send("kintell-sessions", content, "anna@learn.example.csv")

        assert answer.status_code == status, (problem, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == f"urn:waymark:problem:{problem}"
        assert "@" not in answer.text
        assert await kept(connectors) == 0


async def test_a_file_over_the_limit_is_refused_naming_the_limit(build_connectors: Any) -> None:
    connectors = await build_connectors(import_max_bytes=10_000)

    answer = await connectors.send("kintell-sessions", HEADER + GOOD * 200)

    assert answer.status_code == 413
    assert answer.json()["limit"] == "WAYMARK_IMPORT_MAX_BYTES"
    assert answer.json()["maximum"] == 10_000
    assert await kept(connectors) == 0


BROKEN_FORMS = [
    (b"session_id\n", "text/csv", 415),
    (b"", "multipart/form-data", 415),
    (b"", "", 415),
    (b"no form at all", "multipart/form-data; boundary=x", 422),
    (b"--x\r\n\r\n", "multipart/form-data; boundary=x", 422),
    (
        b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\nv\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
        422,
    ),
    (
        b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nv\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
        422,
    ),
    (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        + (HEADER + GOOD).encode(),
        "multipart/form-data; boundary=x",
        422,
    ),
]


async def test_a_broken_form_is_refused(connectors: Any) -> None:
    for body, content_type, status in BROKEN_FORMS:
        answer = await connectors.http.post(
            "/v1/import/kintell-sessions",
            content=body,
            headers=connectors.headers | {"Content-Type": content_type},
        )

        assert answer.status_code == status, answer.text
        assert await kept(connectors) == 0


BAD_OPTIONS = [
    ({"dry_run": "perhaps"}, "unsupported-option"),
    ({"program": "cooking"}, "unsupported-option"),
    ({"program": "buddy"}, "unsupported-option"),
    ({"mapping": "nobody-s"}, "unknown-mapping"),
    ({"surprise": "1"}, "unsupported-option"),
]


async def test_an_option_that_cannot_be_kept_is_refused(connectors: Any) -> None:
    for options, problem in BAD_OPTIONS:
        by_form = await connectors.send("kintell-sessions", HEADER + GOOD, **options)
        by_query = await connectors.http.post(
            "/v1/import/kintell-sessions",
            params=options,
            files={"file": ("a.csv", HEADER + GOOD)},
            headers=connectors.headers,
        )

        for answer in (by_form, by_query):
            assert answer.status_code == 422
            assert answer.json()["type"].endswith(problem)
        assert await kept(connectors) == 0


SPOILT_ROWS: list[tuple[str, list[tuple[str, str | None]]]] = [
    (row(participant_email="anna(at)mail.example"), [("E001", "participant_email")]),
    (row(volunteer_email=""), [("E002", "volunteer_email")]),
    (row(scheduled_at="2026-02-30T10:00:00Z"), [("E003", "scheduled_at")]),
    (row(scheduled_at="03/04/2026"), [("E003", "scheduled_at")]),
    (row(duration_minutes="900"), [("E004", "duration_minutes")]),
    (row(language_level="D4"), [("E005", "language_level")]),
    (row(rating="9"), [("E006", "rating")]),
    (row(completed_at="2020-01-01T10:00:00Z"), [("E007", "completed_at")]),
    (row(feedback_text="word " * 1200), [("E009", "feedback_text")]),
    (row(metadata='"{""focus"": ""past te"'), [("E010", "metadata")]),
    (row(status="held"), [("E015", "status")]),
    (row(status="cancelled"), [("E016", "status")]),
    (row(volunteer_email="Anna@learn.example"), [("E016", "volunteer_email")]),
    (row(completed_at=""), [("E002", "completed_at")]),
    ("LS-1,anna@learn.example\n", [("E014", None)]),
    (GOOD.strip() + ",one more\n", [("E014", None)]),
    (
        row(participant_email="x", duration_minutes="0"),
        [("E001", "participant_email"), ("E004", "duration_minutes")],
    ),
]


async def test_each_spoilt_row_is_refused_with_its_codes_and_its_neighbours_are_taken(
    connectors: Any,
) -> None:
    rows = [
        spoilt.replace("LS-1", f"LS-1{number}") + row(session_id=f"LS-2{number}")
        for number, (spoilt, _) in enumerate(SPOILT_ROWS)
    ]

    done = await connectors.imported("kintell-sessions", HEADER + "\n" + "".join(rows))

    total = len(SPOILT_ROWS)
    assert done["status"] == "completed"
    assert (done["rows"]["created"], done["rows"]["refused"]) == (total, total)
    errors = await connectors.errors(done["import_id"])
    found = [(error["row"], error["code"], error["column"]) for error in errors]
    assert found == [
        (3 + 2 * number, code, column)
        for number, (_, expected) in enumerate(SPOILT_ROWS)
        for code, column in expected
    ]
    assert not any("@" in error["message"] for error in errors)


async def test_e008_an_unknown_session_type(connectors: Any) -> None:
    content = (
        "session_id,session_type,participant_email,volunteer_email,date\n"
        "K-1,Cooking,a@b.example,c@d.example,2025-11-01\n"
    )

    done = await connectors.imported("kintell-sessions", content)

    assert await connectors.codes(done["import_id"]) == [(2, "E008")]


async def test_e011_a_key_with_two_contents_refuses_both_and_twins_collapse(
    connectors: Any,
) -> None:
    content = (
        HEADER
        + row(session_id="LS-1")
        + row(session_id="LS-2")
        + row(session_id="LS-1", duration_minutes="30")
        + row(session_id="LS-2")
        + row(session_id="LS-2", duration_minutes="60.0")
        + row(session_id="LS-3")
    )

    done = await connectors.imported("kintell-sessions", content)

    assert await connectors.codes(done["import_id"]) == [(2, "E011"), (4, "E011")]
    assert done["rows"] == {
        "read": 6,
        "created": 2,
        "updated": 0,
        "unchanged": 2,
        "refused": 2,
        "held": 0,
    }


@pytest.mark.parametrize("chunk_rows", [1, 2, 100])
async def test_e011_sees_the_whole_file_whatever_the_chunks(
    build_connectors: Any, chunk_rows: int
) -> None:
    connectors = await build_connectors(import_chunk_rows=chunk_rows)
    middle = "".join(row(session_id=f"LS-{number}") for number in range(10, 20))
    content = HEADER + row() + middle + row(duration_minutes="30")

    done = await connectors.imported("kintell-sessions", content)

    assert await connectors.codes(done["import_id"]) == [(2, "E011"), (13, "E011")]
    assert done["rows"]["created"] == 10


async def test_e013_a_person_who_was_erased_is_not_taken_again(connectors: Any) -> None:
    digest = KeyedHash(connectors.hmac_key).identifier("email", "anna@learn.example")
    await connectors.change(
        "INSERT INTO pii.erased_identifiers (identifier_hmac, erasure_id) VALUES (%s, uuidv7())",
        [digest],
    )
    content = HEADER + row() + row(session_id="LS-2", participant_email="olga@learn.example")

    done = await connectors.imported("kintell-sessions", content)

    assert await connectors.codes(done["import_id"]) == [(2, "E013")]
    assert await connectors.value("SELECT count(*) FROM pii.persons") == 2
    await connectors.change("UPDATE pii.erased_identifiers SET lifted_at = now()")
    again = await connectors.imported("kintell-sessions", content)
    assert again["rows"]["created"] == 1


async def test_the_refused_row_is_kept_as_it_came(connectors: Any) -> None:
    spoilt = row(rating="9", feedback_text='"Line one\nline; two"')

    done = await connectors.imported("kintell-sessions", HEADER + spoilt)

    (kept_row,) = await connectors.rows("SELECT * FROM pii.refused_rows")
    assert str(kept_row["import_id"]) == done["import_id"]
    assert kept_row["original"]["cells"][7] == "Line one\nline; two"
    assert kept_row["row_no"] == 2


async def test_windows_1252_and_utf16_files_read_as_they_were_written(connectors: Any) -> None:
    words = "Très bien — “merci”"
    for number, encoding in enumerate(("cp1252", "utf-16", "utf-8-sig")):
        content = HEADER + row(session_id=f"LS-{number}", feedback_text=words)
        done = await connectors.imported("kintell-sessions", content.encode(encoding))
        assert done["rows"]["created"] == 1

    bodies = await connectors.rows("SELECT body FROM pii.texts")
    assert {text["body"] for text in bodies} == {words}


def test_no_line_of_the_log_holds_an_address_or_a_word(start_service: Any, keyset: Any) -> None:
    service = start_service("connectors")
    content = HEADER + GOOD + row(session_id="LS-2", participant_email="anna(at)learn.example")

    for body in (content, content + '"'):
        httpx.post(
            f"{service.url}/v1/import/kintell-sessions",
            files={"file": ("anna@learn.example.csv", body.encode())},
            headers={"Authorization": f"Bearer {keyset.token('admin')}"},
            timeout=60,
        )
    wait_for(lambda: "import completed" in service.log.read_text(), "the import to end")

    said = service.log.read_text()
    assert "learn.example" not in said
    assert "Good" not in said


async def test_an_internal_failure_leaves_a_failed_import_that_says_so(connectors: Any) -> None:
    await connectors.change("ALTER TABLE program.kintell_sessions DROP COLUMN focus_area")

    done = await connectors.imported("kintell-sessions", HEADER + GOOD)

    assert done["status"] == "failed"
    assert done["problem"]["type"] == "urn:waymark:problem:internal-error"
    assert "@" not in json.dumps(done["problem"])
    assert await connectors.value("SELECT count(*) FROM program.kintell_sessions") == 0
