"""The main job on the real stack: a coordinator's CSV, and what an admin and a company read."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from waymark.gateway import Gateway, GatewayError
from waymark.sample import Manifest, generate
from waymark.testing.platform import Platform

PERIODS = ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")


@pytest.fixture(scope="module")
def year(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The sample's year, imported through the gateway and followed to the last event."""
    manifest = generate(tmp_path_factory.mktemp("year"))
    for file in manifest.files:
        report = platform.imported(file.dataset, file.path)
        assert report.status == "completed"
        assert report.rows["created"] == file.created, file.path.name
        assert report.errors == file.refused, file.path.name
    platform.settled()
    return manifest


def company_id(platform: Platform, key: str) -> str:
    return str(platform.value("SELECT company_id FROM program.companies WHERE key = %s", key))


def metrics(client: Gateway, company: str, period: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/v1/companies/{company}/metrics", period=period)
    return answer["metrics"]  # type: ignore[no-any-return]


def quarter_of(moment: Any) -> str:
    return f"{moment.year}-Q{(moment.month + 2) // 3}"


def test_every_row_became_one_session(platform: Platform, year: Manifest) -> None:
    stored = Counter(
        row["status"]
        for row in platform.rows(
            "SELECT status FROM program.kintell_sessions WHERE external_id LIKE '%%-2026-%%'"
        )
    )

    assert stored == Counter(session.status for session in year.sessions)


def test_profiles_built_from_events_count_what_the_files_hold(
    platform: Platform, year: Manifest
) -> None:
    admin = platform.client("admin")
    held = Counter(s.participant.email for s in year.sessions if s.status == "completed")

    for email, sessions in held.most_common(15):
        profile = admin.get("/v1/profile", provider="email", external_id=email)
        completed = sum(part["completed"] for part in profile["sessions"].values())
        assert completed == sessions


def test_a_flag_names_the_event_that_set_it(platform: Platform, year: Manifest) -> None:
    email = next(
        s.participant.email
        for s in year.sessions
        if s.program == "language" and s.status == "completed"
    )

    profile = platform.client("admin").get("/v1/profile", provider="email", external_id=email)

    flag = profile["flags"]["has_completed_language"]
    assert flag["value"] is True
    assert flag["because"]["type"] == "kintell.session.completed.v1"
    assert flag["because"]["event_id"]


@pytest.mark.parametrize("key", ["acme", "nordlicht"])
def test_company_figures_match_the_year_as_its_author_knows_it(
    platform: Platform, year: Manifest, key: str
) -> None:
    company, admin = company_id(platform, key), platform.client("admin")

    for period in PERIODS:
        counted = [
            s
            for s in year.sessions
            if s.completed_at is not None
            and quarter_of(s.completed_at) == period
            and key in {c.key for c in s.companies}
        ]
        own = [s for s in counted if s.volunteer.company and s.volunteer.company.key == key]
        with_buddies = [
            deed
            for match in year.matches
            if match.volunteer.company and match.volunteer.company.key == key
            for deed in match.deeds
            if quarter_of(deed.at) == period
        ]
        minutes = sum(s.minutes for s in own) + sum(deed.minutes or 0 for deed in with_buddies)
        found = metrics(admin, company, period)

        assert found["sessions_completed"]["value"] == len(counted), period
        assert found["volunteer_hours"]["value"] == pytest.approx(minutes / 60, abs=1e-6)


def test_a_figure_leads_to_file_and_row(platform: Platform, year: Manifest) -> None:
    company, admin = company_id(platform, "acme"), platform.client("admin")
    figure = metrics(admin, company, "2026-Q1")["sessions_completed"]

    items: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        cursor = {"cursor": page["next"]} if page["next"] else {}
        page = admin.get(figure["trace"].split("?")[0], period="2026-Q1", limit=200, **cursor)
        items += page["items"]

    assert len(items) == figure["value"]
    assert all(item["import_id"] and item["row"] for item in items)


def test_a_company_user_reads_its_own_figures_only(platform: Platform, year: Manifest) -> None:
    acme, nordlicht = company_id(platform, "acme"), company_id(platform, "nordlicht")
    user = platform.client("company_user", "--company", "acme")

    assert metrics(user, acme, "2026-Q1")["participants"]["value"] is not None
    with pytest.raises(GatewayError) as foreign:
        user.get(f"/v1/companies/{nordlicht}/metrics", period="2026-Q1")
    with pytest.raises(GatewayError) as absent:
        user.get("/v1/companies/00000000-0000-7000-8000-000000000000/metrics", period="2026-Q1")

    assert foreign.value.status == absent.value.status == 404
    assert str(foreign.value) == str(absent.value)


def test_every_concern_waits_in_the_review_queue(platform: Platform, year: Manifest) -> None:
    flagged = {
        row["external_id"]
        for row in platform.rows(
            "SELECT s.external_id FROM ops.review_items r"
            " JOIN program.kintell_sessions s ON s.text_id = r.text_id"
        )
    }

    assert {s.session_id for s in year.sessions if s.concern} <= flagged


def test_cleared_texts_end_as_scores_or_reasons(platform: Platform, year: Manifest) -> None:
    screened, cleared = (
        platform.value("SELECT count(*) FROM ops.screenings"),
        platform.value("SELECT count(*) FROM ops.screenings WHERE outcome = 'cleared'"),
    )
    scored = platform.value("SELECT count(DISTINCT text_id) FROM insight.outcome_scores")
    unexplained = platform.value(
        "SELECT count(*) FROM insight.outcome_scores"
        " WHERE score IS NULL AND abstention_reason IS NULL"
    )

    assert screened == platform.value("SELECT count(*) FROM pii.texts") > 1000
    assert scored == cleared
    assert unexplained == 0


def test_the_same_files_again_change_nothing(platform: Platform, year: Manifest) -> None:
    before = platform.value("SELECT count(*) FROM ops.outbox")

    for file in year.files:
        report = platform.imported(file.dataset, file.path)
        assert (report.rows["created"], report.rows["updated"]) == (0, 0), file.path.name
        assert report.rows["unchanged"] == file.created

    platform.settled()
    told = platform.value(
        "SELECT count(*) FROM ops.outbox WHERE type <> 'imports.import.completed.v1'"
    )
    assert told <= before


def test_a_changed_row_is_updated_and_told_once(platform: Platform, tmp_path: Path) -> None:
    header = (
        "session_id,participant_email,volunteer_email,scheduled_at,completed_at,"
        "duration_minutes,rating,feedback_text,language_level,topics,metadata"
    )
    row = (
        "LS-CHANGE-{n},change{n}@mail.example,tutor@helpers.example,"
        "2026-03-02T10:00:00Z,{done},{min},,,B1,,"
    )
    first, second = tmp_path / "language-first.csv", tmp_path / "language-second.csv"
    lines = [row.format(n=n, min=60, done="2026-03-02T11:00:00Z") for n in range(3)]
    first.write_text("\n".join([header, *lines]))
    second.write_text("\n".join([header, *lines[:2], lines[2].replace(",60,", ",45,")]))

    created = platform.imported("kintell-sessions", first)
    changed = platform.imported("kintell-sessions", second)
    platform.settled()

    assert created.rows["created"] == 3
    assert (changed.rows["updated"], changed.rows["unchanged"]) == (1, 2)
    profile = platform.client("admin").get(
        "/v1/profile", provider="email", external_id="change2@mail.example"
    )
    assert profile["sessions"]["language"] == {"completed": 1, "scheduled": 0, "minutes": 45}


def test_the_shared_shapes_are_kept(platform: Platform, year: Manifest) -> None:
    admin = platform.client("admin")
    listed = admin.get("/v1/imports", limit=5)

    assert set(listed) == {"items", "next"}
    assert {
        "import_id",
        "dataset",
        "status",
        "dry_run",
        "rows",
        "mapping",
        "mapping_version",
        "sha256",
        "started_at",
        "finished_at",
    } <= set(listed["items"][0])
    rows = listed["items"][0]["rows"]
    assert rows["read"] == sum(count for name, count in rows.items() if name != "read")
    assert {"subject", "role"} <= set(admin.get("/v1/me"))
