"""Kill -9 of each part amid an import: nothing lost, nothing doubled, and the check can fail."""

import csv
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from waymark.imports import Report
from waymark.testing.platform import Platform, running_platform

PARTS = ("connectors", "relay", "profile", "safety", "q2q_ai", "nats", "postgres")
ROWS = 9000
PEOPLE = 150
HEADER = (
    "session_id",
    "participant_email",
    "volunteer_email",
    "scheduled_at",
    "completed_at",
    "duration_minutes",
    "rating",
    "feedback_text",
    "language_level",
)


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform that these tests break, part by part, and that must mend itself."""
    folder = tmp_path_factory.mktemp("fragile") / "home"
    with running_platform(folder, WAYMARK_IMPORT_CHUNK_ROWS="500") as running:
        yield running


def written(path: Path, name: str) -> Counter[str]:
    """Write a file of `ROWS` completed sessions; return how many each participant has."""
    held: Counter[str] = Counter()
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for number in range(ROWS):
            email = f"{name}.{number % PEOPLE}@mail.example"
            held[email] += 1
            day = f"2026-{number % 9 + 1:02}-{number % 28 + 1:02}"
            text = f"We talked about {name} {number}." if number % 3 == 0 else ""
            out.writerow(
                (
                    f"LS-{name}-{number}",
                    email,
                    f"tutor{number % 40}@helpers.example",
                    f"{day}T10:00:00Z",
                    f"{day}T11:00:00Z",
                    60,
                    5,
                    text,
                    "B1",
                )
            )
    return held


def completed_in_profiles(platform: Platform, name: str) -> Counter[str]:
    """How many completed sessions the projection holds for each participant of a file."""
    found = platform.rows(
        "SELECT x.external_id, f.state ->> 'status' AS status FROM insight.profile_facts f"
        " JOIN pii.external_ids x ON x.person_id = f.participant_id AND x.provider = 'email'"
        " JOIN insight.projection_state p ON p.active_generation = f.generation"
        " WHERE f.fact_type = 'kintell_session' AND NOT f.retracted AND x.external_id LIKE %s",
        f"{name}.%",
    )
    return Counter(each["external_id"] for each in found)


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_loses_nothing_and_doubles_nothing(
    fragile: Platform, tmp_path: Path, part: str
) -> None:
    name = part.replace("_", "")
    path = tmp_path / f"language-{name}.csv"
    held = written(path, name)
    reports: list[Report] = []
    upload = threading.Thread(
        target=lambda: reports.append(fragile.imported("kintell-sessions", path))
    )
    upload.start()
    fragile.until(lambda: written_so_far(fragile, name) > 0, "the import has written some rows")

    fragile.kill(part)

    if part == "connectors":
        assert written_so_far(fragile, name) < ROWS, "it was killed too late to show anything"

    upload.join(timeout=120)
    fragile.settled()
    assert [r.rows["created"] for r in reports] == [ROWS]
    assert completed_in_profiles(fragile, name) == held
    texts = "SELECT count(*) FROM pii.texts t JOIN program.kintell_sessions s USING (text_id)"
    assert fragile.value(f"{texts} WHERE s.external_id LIKE %s", f"LS-{name}-%") == ROWS // 3
    screened = f"{texts} JOIN ops.screenings USING (text_id) WHERE s.external_id LIKE %s"
    assert fragile.value(screened, f"LS-{name}-%") == ROWS // 3


def written_so_far(platform: Platform, name: str) -> int:
    query = "SELECT count(*) FROM program.kintell_sessions WHERE external_id LIKE %s"
    count: int = platform.value(query, f"LS-{name}-%")
    return count


DAMAGES = {
    "a lost effect": (
        "insight.profile_facts",
        "DELETE FROM {table} WHERE fact_id IN (SELECT fact_id FROM {table} LIMIT 1)",
    ),
    "a phantom effect": (
        "insight.profile_facts",
        "UPDATE {table} SET fact_id = uuidv7()"
        " WHERE fact_id IN (SELECT fact_id FROM {table} LIMIT 1)",
    ),
    "a change that was not told": (
        "program.kintell_sessions",
        "UPDATE {table} SET revision = revision + 1"
        " WHERE session_id IN (SELECT session_id FROM {table} LIMIT 1)",
    ),
    "a lost attribution": (
        "program.attributions",
        "DELETE FROM {table} WHERE fact_id IN (SELECT fact_id FROM {table} LIMIT 1)",
    ),
}


@contextmanager
def damaged(platform: Platform, table: str, damage: str) -> Iterator[None]:
    """Damage a table and put it back as it was."""
    with psycopg.connect(platform.urls["postgres"], autocommit=True) as owner:
        owner.execute(f"CREATE TEMP TABLE kept AS TABLE {table}".encode())
        owner.execute(damage.format(table=table).encode())
        yield
        with owner.transaction():
            owner.execute(f"DELETE FROM {table}".encode())
            owner.execute(f"INSERT INTO {table} TABLE kept".encode())


@pytest.mark.parametrize("kind", DAMAGES)
def test_the_check_can_fail(fragile: Platform, tmp_path: Path, kind: str) -> None:
    acme = tmp_path / "companies.csv"
    acme.write_text("company_id,name,domain\nhelpers,Helpers,helpers.example\n")
    fragile.imported("companies", acme)
    fragile.settled()

    with damaged(fragile, *DAMAGES[kind]):
        answer = fragile.run("reconcile")

    assert answer.returncode == 1, answer.stdout
    assert json.loads(answer.stdout)["ok"] is False
    assert fragile.run("reconcile").returncode == 0
