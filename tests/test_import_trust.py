"""An import that people trust, through the gateway: seen before, mended, taken back."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from waymark.gateway import GatewayError
from waymark.testing.platform import Platform

COMPANIES = "company_id,name,domain\ntrust,Trust Ltd,trust.example\n"
MESSY = (
    "Language Connect export;;;;;\n"
    ";;;;;\n"
    "Session ID;Participant E-Mail;Volunteer-Email;Scheduled At;Completed At;"
    "Duration Minutes;Rating\n"
    "LS-T-1;lena@learn.example;vera@trust.example;2026-03-02 10:00;2026-03-02 11:00;60;5\n"
    "LS-T-2;mario@learn.example;vera@trust.example;2026-03-03 10:00;2026-03-03 11:00;45;4\n"
    "LS-T-3;lena@learn.example;vera@trust.example;2026-03-04 10:00;2026-03-04 11:00;999;3\n"
)


@pytest.fixture(scope="module")
def sessions(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A messy file, sent after its dry run; the answers of both."""
    folder = tmp_path_factory.mktemp("trust")
    companies, file = folder / "companies.csv", folder / "language-export.csv"
    companies.write_text(COMPANIES)
    file.write_bytes(MESSY.encode("cp1252"))
    platform.imported("companies", companies)
    rehearsed = run_import(platform, file, "--dry-run")
    return {"rehearsed": rehearsed, "sent": run_import(platform, file), "folder": folder}


def run_import(platform: Platform, file: Path, *options: str) -> dict[str, Any]:
    words = ("import", str(file), "--dataset", "kintell-sessions", "--json", *options)
    answer: dict[str, Any] = json.loads(platform.run(*words).stdout)
    return answer


def completed(platform: Platform, email: str) -> int:
    platform.settled()
    profile = platform.client("admin").get("/v1/profile", provider="email", external_id=email)
    return sum(int(part["completed"]) for part in profile["sessions"].values())


def test_a_dry_run_says_what_the_import_then_does(sessions: dict[str, Any]) -> None:
    rehearsed, sent = sessions["rehearsed"], sessions["sent"]

    assert rehearsed["preview"]["header_row"] == 3
    assert rehearsed["preview"]["dialect"]["delimiter"] == ";"
    assert rehearsed["rows"] == sent["rows"]
    assert sent["rows"] == {
        "read": 3, "created": 2, "updated": 0, "unchanged": 0, "refused": 1, "held": 0,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_refused_rows_come_back_mended(
    platform: Platform, sessions: dict[str, Any], kind: str
) -> None:
    refused = sessions["folder"] / f"mend.{kind}"

    platform.command("imports", "errors", sessions["sent"]["import_id"], "--out", str(refused))

    again = run_import(platform, refused, "--dry-run")
    assert (again["rows"]["read"], again["rows"]["refused"]) == (1, 1)
    assert again["preview"]["unknown_columns"] == []
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(refused.read_text("utf-8-sig"))))
        assert "Duration Minutes" in rows[0]
        assert "480" in rows[1][-1]


def test_taken_back_nothing_of_it_counts_and_sent_again_it_does(
    platform: Platform, sessions: dict[str, Any]
) -> None:
    file = sessions["folder"] / "language-export.csv"
    assert completed(platform, "lena@learn.example") == 1

    said = platform.command("imports", "undo", sessions["sent"]["import_id"], "--preview")
    assert "figures of trust" in said
    assert completed(platform, "lena@learn.example") == 1
    platform.command("imports", "undo", sessions["sent"]["import_id"])
    assert completed(platform, "lena@learn.example") == 0

    assert run_import(platform, file)["rows"]["created"] == 2
    assert completed(platform, "lena@learn.example") == 1


def test_a_rating_before_its_session_waits_for_it(platform: Platform, tmp_path: Path) -> None:
    ratings, session = tmp_path / "ratings.csv", tmp_path / "language.csv"
    ratings.write_text(
        "rating_id,session_id,from_role,rating,created_at\n"
        "R-T-9,LS-T-9,volunteer,5,2026-03-09T12:00:00Z\n"
        "R-T-8,LS-T-8,participant,2,2026-03-09T12:00:00Z\n"
    )
    session.write_text(
        "session_id,participant_email,volunteer_email,scheduled_at,completed_at,language_level\n"
        "LS-T-9,nina@learn.example,vera@trust.example,2026-03-09T10:00Z,2026-03-09T11:00Z,A2\n"
    )

    early = platform.imported("kintell-ratings", ratings)
    assert (early.rows["held"], early.rows["refused"]) == (2, 0), early.answer
    platform.imported("kintell-sessions", session)

    admin, path = platform.client("admin"), f"/v1/imports/{early.answer['import_id']}"
    platform.until(lambda: admin.get(path)["rows"]["held"] == 1, "the rating found its session")
    assert admin.get(path)["rows"]["created"] == 1


def test_nobody_takes_back_what_they_may_not_see(
    platform: Platform, sessions: dict[str, Any]
) -> None:
    manager = platform.client("company_user", "--company", "trust", "--position", "manager")

    with pytest.raises(GatewayError) as refused:
        manager.post(f"/v1/imports/{sessions['sent']['import_id']}/undo?preview=true")

    assert refused.value.status == 404
