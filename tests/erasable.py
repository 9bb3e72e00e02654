"""A person with words of their own in every place, and how to look for them."""

import json
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import httpx
import psycopg
import xlsxwriter  # type: ignore[import-untyped]
from standardwebhooks import Webhook

from waymark.home import known_home
from waymark.servers.binaries import postgres_programs
from waymark.testing.canaries import in_files, in_tables
from waymark.testing.platform import Platform

MAIL, TWIN = "qanarymail@sponsor.example", "qanarytwin@elsewhere.example"
NAME, PHONE = "Qanaryfirst Qanarylast", "+4791827364"
WORDS = [
    "qanary",
    "91827364",
]
"""Every word that is the person's alone begins so; the phone number is the other."""

AT = {"scheduled_at": "2026-03-02T10:00:00Z", "completed_at": "2026-03-02T11:00:00Z"}
OTHER, THIRD = "olga@other.example", "tor@other.example"
COLUMNS = (
    "session_id,session_type,participant_email,volunteer_email,scheduled_at,completed_at,"
    "duration_minutes,rating,feedback_text,language_level,topics,shoe size\n"
)


def session_row(
    name: str, participant: str, volunteer: str, words: str = "", minutes: str = "60", **more: str
) -> str:
    at = f"{AT['scheduled_at']},{AT['completed_at']}"
    topics, extra = more.get("topics", ""), more.get("extra", "")
    rating, level = more.get("rating", "5"), more.get("level", "B1")
    return (
        f"{name},language,{participant},{volunteer},{at},{minutes},{rating},{words},{level},"
        f"{topics},{extra}\n"
    )


SESSIONS = COLUMNS + "".join(
    [
        session_row("LS-1", MAIL, OTHER, "qanarywords I wrote", topics="qanarytopic"),
        session_row("LS-2", THIRD, OTHER, "a fine hour", extra="42"),
        session_row("LS-3", THIRD, MAIL, f"{NAME} qanarypraise helped me", extra="qanaryextra"),
        session_row("LS-4", MAIL, OTHER, "qanaryrefused", minutes="9999"),
        session_row("LS-5", THIRD, MAIL, "She was kind", rating="4"),
        session_row("LS-6", TWIN, OTHER, "qanarytwinwords"),
        session_row("LS-7", TWIN, OTHER, "qanarytwinwords"),
    ]
)
ACCOUNTS = (
    "email,name,phone,role,hobby\n"
    f"{MAIL},{NAME},{PHONE},learner,qanaryhobby\n{OTHER},Olga Other,,mentor,chess\n"
)


def workbook() -> bytes:
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Sessions")
        header = COLUMNS.strip().split(",")
        rows = [
            session_row("LS-21", MAIL, OTHER, "qanarybook").strip().split(","),
            session_row("LS-22", THIRD, OTHER, "an hour in a book").strip().split(","),
        ]
        for number, cells in enumerate([header, *rows]):
            sheet.write_row(number, 0, cells)
    return content.getvalue()


@dataclass
class Planted:
    """The platform with the person in it, and what was there before the erasure."""

    platform: Platform
    person: str
    twin: str
    imports: dict[str, str] = field(default_factory=dict)
    before: set[str] = field(default_factory=set)
    backup: bytes = b""
    figures: dict[str, Any] = field(default_factory=dict)
    erasure: dict[str, Any] = field(default_factory=dict)


def send(platform: Platform, dataset: str, name: str, content: bytes | str) -> str:
    raw = content.encode() if isinstance(content, str) else content
    client = platform.client("admin")
    answer = client.upload(f"/v1/import/{dataset}", BytesIO(raw), name, {})
    import_id = str(answer["import_id"])
    platform.until(
        lambda: client.get(f"/v1/imports/{import_id}")["status"] in ("completed", "failed"),
        f"{name} is imported",
    )
    found = client.get(f"/v1/imports/{import_id}")
    assert found["status"] == "completed", found
    return import_id


def hooked(platform: Platform, name: str, body: object) -> None:
    secret = platform.command("webhook-secret", "kintell").strip()
    at, text = datetime.now(UTC), json.dumps(body)
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, at, text),
        "content-type": "application/json",
    }
    url = f"{platform.urls['gateway']}/v1/webhooks/kintell/session"
    answer = httpx.post(url, content=text, headers=headers, timeout=30)
    assert answer.status_code == 202, answer.text


def posted(platform: Platform, path: str, body: object) -> httpx.Response:
    token = platform.client("admin").token
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(platform.urls["gateway"] + path, json=body, headers=headers, timeout=60)


def deleted(platform: Platform, path: str, role: str = "admin") -> httpx.Response:
    headers = {"Authorization": f"Bearer {platform.client(role).token}"}
    return httpx.delete(platform.urls["gateway"] + path, headers=headers, timeout=60)


def person_of(platform: Platform, email: str) -> str:
    return str(
        platform.value("SELECT person_id FROM pii.external_ids WHERE external_id = %s", email)
    )


def plant(platform: Platform) -> Planted:
    """Bring the person in by every channel."""
    send(
        platform, "companies", "c.csv", "company_id,name,domain\nsponsor,Sponsor,sponsor.example\n"
    )
    imports = {
        "accounts": send(platform, "kintell-users", "Qanarylast_Qanaryfirst.csv", ACCOUNTS),
        "sessions": send(platform, "kintell-sessions", "sessions.csv", SESSIONS),
        "book": send(platform, "kintell-sessions", "book.xlsx", workbook()),
        "undone": send(
            platform,
            "kintell-sessions",
            "undone.csv",
            COLUMNS + session_row("LS-31", MAIL, OTHER, "qanaryundone"),
        ),
    }
    posted(platform, f"/v1/imports/{imports['undone']}/undo", {})
    again = COLUMNS + session_row("LS-1", MAIL, OTHER, "qanarynewer words")
    imports["newer"] = send(platform, "kintell-sessions", "newer.csv", again)
    matches = [
        {
            "match_id": "M-1",
            "participant_email": MAIL,
            "buddy_email": OTHER,
            "matched_at": "2026-01-15T10:00:00Z",
            "interests": "qanaryjson",
        },
        {
            "match_id": "M-2",
            "participant_email": THIRD,
            "buddy_email": OTHER,
            "matched_at": "2026-01-15T10:00:00Z",
        },
    ]
    answer = posted(platform, "/v1/import/buddy-matches", matches)
    assert answer.status_code == 202, answer.text
    imports["matches"] = answer.json()["import_id"]
    platform.until(
        lambda: platform.value("SELECT count(*) FROM program.buddy_matches") == 2, "two matches"
    )
    feedback = [
        {
            "match_id": "M-1",
            "from_role": "participant",
            "rating": 1,
            "submitted_at": "2026-03-01T12:00:00Z",
            "feedback_text": "qanaryfeedback",
        },
        {
            "match_id": "M-1",
            "from_role": "buddy",
            "rating": 1,
            "submitted_at": "2026-03-01T12:00:00Z",
            "feedback_text": "A quiet person",
        },
    ]
    posted(platform, "/v1/import/buddy-feedback", feedback)
    hooked(
        platform,
        "hook-1",
        {
            "session_id": "LS-41",
            "session_type": "language",
            "participant_email": MAIL,
            "volunteer_email": OTHER,
            "duration_minutes": 60,
            "feedback_text": "qanaryhook",
            **AT,
        },
    )
    hooked(
        platform,
        "hook-2",
        {
            "session_id": "LS-42",
            "session_type": "language",
            "participant_email": THIRD,
            "volunteer_email": OTHER,
            "duration_minutes": 60,
            **AT,
        },
    )
    client = platform.client("admin")
    client.upload(
        "/v1/import/kintell-sessions", BytesIO(SESSIONS.encode()), "try.csv", {"dry_run": "true"}
    )
    platform.until(
        lambda: (
            platform.value("SELECT count(*) FROM pii.webhook_bodies WHERE processed_at IS NULL")
            == 0
        ),
        "webhooks are processed",
    )
    platform.settled()
    person, twin = person_of(platform, MAIL), person_of(platform, TWIN)
    with_login(platform, person)
    return Planted(platform, person, twin, imports)


def with_login(platform: Platform, person: str) -> None:
    answer = posted(
        platform,
        "/v1/users",
        {
            "email": "qanarylogin@home.example",
            "role": "participant",
            "person_id": person,
            "password": "a long enough password",
        },
    )
    assert answer.status_code in (200, 201), answer.text


def merge(platform: Platform, keep: str, merged: str) -> None:
    """Have two count as one, as a merge does."""
    with psycopg.connect(platform.urls["postgres"]) as connection:
        connection.execute(
            "INSERT INTO program.canonical_persons (source_id, canonical_id) VALUES (%s, %s)",
            [merged, keep],
        )


def postgres(program: str, *words: str, given: bytes = b"") -> bytes:
    """What a program of PostgreSQL says."""
    command = [str(postgres_programs(None) / program), *words]
    done = subprocess.run(command, input=given, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def everywhere(platform: Platform) -> set[str]:
    """Every place that holds one of the words: columns of tables, and files but PostgreSQL's."""
    home = known_home(platform.home)
    assert home is not None
    tables = in_tables(platform.urls["postgres"], WORDS)
    files = in_files(platform.home, WORDS, leave_out=("postgres", "pgdata"))
    if home.data != platform.home:
        files |= in_files(home.data, WORDS, leave_out=("postgres", "pgdata"))
    return tables | files


def certified(platform: Platform, erasure_id: str) -> dict[str, Any]:
    client = platform.client("admin")
    path = f"/v1/profile/erasures/{erasure_id}"
    platform.until(
        lambda: client.get(path)["status"] == "completed", "the erasure is certified", 60
    )
    found: dict[str, Any] = client.get(path)
    return found
