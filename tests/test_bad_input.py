"""Bad files through the gateway: refused in clear words, nothing half imported, nobody named."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from waymark.imports import FINISHED
from waymark.testing.platform import Platform

HEADER = (
    "session_id,participant_email,volunteer_email,scheduled_at,completed_at,"
    "duration_minutes,rating,feedback_text,language_level,topics,metadata"
)
CANARY = "canary.person@hidden.example"


def row(number: int, **changed: str) -> str:
    values = {
        "session_id": f"LS-BAD-{number}",
        "participant_email": CANARY,
        "volunteer_email": "tutor@helpers.example",
        "scheduled_at": "2026-03-02T10:00:00Z",
        "completed_at": "2026-03-02T11:00:00Z",
        "duration_minutes": "60",
        "rating": "",
        "feedback_text": "",
        "language_level": "B1",
        "topics": "",
        "metadata": "",
    } | changed
    return ",".join(values.values())


def lines(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def huge_field() -> Iterator[bytes]:
    yield lines(row(1)) + b"LS-BAD-2," + CANARY.encode() + b',tutor@helpers.example,,,60,,"'
    for _ in range(300):
        yield b"x" * (1 << 20)
    yield b'",B1,,\n'


NOISE = random.Random(3).randbytes(4096)

FILES: dict[str, Callable[[], bytes | Iterator[bytes]]] = {
    "empty": lambda: b"",
    "only blank lines": lambda: b"\n\n\n",
    "no header": lambda: (row(1) + "\n" + row(2) + "\n").encode(),
    "a PDF named csv": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n" + NOISE,
    "a zip": lambda: b"PK\x03\x04" + NOISE,
    "noise": lambda: NOISE,
    "NUL bytes": lambda: lines(row(1)).replace(b"B1", b"B\x001"),
    "10 000 columns": lambda: (",".join(f"c{n}" for n in range(10_000)) + "\n").encode(),
    "cut inside a quoted field": lambda: lines(row(1), row(2))[:-1] + b'\nLS-BAD-3,"cut here',
    "a field of 300 MB": huge_field,
    "unreadable bytes": lambda: lines(row(1)).replace(b"B1", b"\xff\xfe\xfd\x81\x8d"),
    "UTF-16 cut in half": lambda: lines(row(1)).decode().encode("utf-16")[:-1],
    "required columns missing": lambda: b"session_id,rating\nLS-BAD-9,5\n",
}
MENDABLE: dict[str, Callable[[], bytes]] = {
    "UTF-8 with BOM": lambda: b"\xef\xbb\xbf" + lines(row(11)),
    "UTF-16": lambda: lines(row(12)).decode().encode("utf-16"),
    "semicolons": lambda: lines(row(13)).replace(b",", b";"),
    "tabs": lambda: lines(row(14)).replace(b",", b"\t"),
    "CR line ends": lambda: lines(row(15)).replace(b"\n", b"\r"),
    "CRLF line ends": lambda: lines(row(16)).replace(b"\n", b"\r\n"),
    "unknown columns": lambda: lines(row(17)).replace(b"topics", b"favourite_colour"),
    "blank lines between": lambda: lines("", row(18), "", ""),
}


def upload(platform: Platform, content: bytes | Iterator[bytes]) -> httpx.Response:
    boundary = "waymark-test-boundary"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file";'
        f' filename="language-for-ukraine.csv"\r\nContent-Type: text/csv\r\n\r\n'
    ).encode()

    def body() -> Iterator[bytes]:
        yield head
        yield from ([content] if isinstance(content, bytes) else content)
        yield f"\r\n--{boundary}--\r\n".encode()

    return httpx.post(
        f"{platform.urls['gateway']}/v1/import/kintell-sessions",
        content=body(),
        headers={
            "Authorization": f"Bearer {platform.client('coordinator').token}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        },
        timeout=120,
        trust_env=False,
    )


def ended(platform: Platform, import_id: str) -> dict[str, object]:
    admin = platform.client("admin")
    found: dict[str, object] = {}

    def is_finished() -> bool:
        found.update(admin.get(f"/v1/imports/{import_id}"))
        return found["status"] in FINISHED

    platform.until(is_finished, "the import has ended")
    return found


def facts(platform: Platform) -> int:
    count: int = platform.value(
        "SELECT count(*) FROM program.kintell_sessions WHERE external_id LIKE 'LS-BAD-%%'"
    )
    return count


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_is_refused_in_clear_words_and_leaves_nothing(
    platform: Platform, name: str
) -> None:
    before = facts(platform)

    response = upload(platform, FILES[name]())

    if response.status_code == 202:
        report = ended(platform, response.json()["import_id"])
        assert report["status"] == "failed", report
        problem = report["problem"]
    else:
        assert 400 <= response.status_code < 500, response.text
        assert response.headers["content-type"] == "application/problem+json"
        problem = response.json()
    assert isinstance(problem, dict)
    assert problem["title"]
    assert CANARY not in str(problem)
    assert facts(platform) == before


@pytest.mark.parametrize("name", MENDABLE)
def test_an_unusual_file_is_read(platform: Platform, name: str) -> None:
    response = upload(platform, MENDABLE[name]())

    assert response.status_code == 202, response.text
    report = ended(platform, response.json()["import_id"])
    assert report["status"] == "completed", report
    assert report["rows"] == {
        "read": 1,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "refused": 0,
        "held": 0,
    }


def test_a_ragged_row_is_refused_alone(platform: Platform) -> None:
    response = upload(platform, lines(row(21), row(22) + ",one,too,many", "LS-BAD-23,x", row(24)))

    report = ended(platform, response.json()["import_id"])
    errors = platform.client("admin").get(f"/v1/imports/{report['import_id']}/errors")

    assert report["status"] == "completed"
    assert [item["row"] for item in errors["items"]] == [3, 4]
    rows = report["rows"]
    assert isinstance(rows, dict)
    assert (rows["created"], rows["refused"]) == (2, 2)


def test_every_log_line_is_json_and_names_nobody(platform: Platform, tmp_path: Path) -> None:
    upload(platform, lines(row(31, participant_email="canary.person(at)hidden.example")))
    upload(platform, FILES["cut inside a quoted field"]())

    logs = list((platform.home / "logs").glob("*.log"))

    assert {"gateway.log", "connectors.log", "profile.log", "relay.log"} <= {p.name for p in logs}
    for path in logs:
        text = path.read_text(errors="replace")
        assert "canary" not in text, path.name
        assert "@" not in text.replace("@127.0.0.1", ""), path.name
