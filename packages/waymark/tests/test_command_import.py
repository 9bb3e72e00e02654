"""`waymark import --confirm` against the real service: a complete proposal is taken at once."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from waymark.testing.databases import MigratedDatabase
from waymark.testing.processes import ServiceStarter

GERMAN = "Nummer der Sitzung;Teilnehmer E-Mail;Freiwillige E-Mail;Beginn;Bewertung\n" + "".join(
    f"LS-{n};ann{n}@learn.example;tom@acme.example;{n + 12}.04.2026 10:00;{n % 5 + 1}\n"
    for n in range(1, 6)
)
INCOMPLETE = GERMAN.replace("Beginn", "X7").replace(".04.2026 10:00", "")
Import = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_import(start_service: ServiceStarter, token: Callable[..., str], tmp_path: Path) -> Import:
    """Run `waymark import` with a file of the given text, signed in as a coordinator."""
    url = start_service("connectors").url
    told = {"WAYMARK_GATEWAY_URL": url, "WAYMARK_TOKEN": token("coordinator")}

    def run(text: str, *options: str) -> Any:
        file = tmp_path / "sitzungen.csv"
        file.write_text(text)
        command = [sys.executable, "-m", "waymark", "import", str(file)]
        return subprocess.run(
            [*command, "--dataset", "kintell-sessions", "--program", "language", *options],
            env=os.environ | told,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def stored(database: MigratedDatabase) -> int:
    with psycopg.connect(database.owner_url) as connection:
        row = connection.execute("SELECT count(*) FROM program.kintell_sessions").fetchone()
    return int(row[0]) if row else 0


def test_confirm_takes_a_proposed_mapping_at_once(
    run_import: Import, database: MigratedDatabase
) -> None:
    refused = run_import(GERMAN)
    assert (refused.returncode, stored(database)) == (1, 0), refused.stderr

    done = run_import(GERMAN, "--confirm")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 created" in done.stdout
    assert stored(database) == 5


def test_confirm_loads_nothing_by_an_incomplete_proposal(
    run_import: Import, database: MigratedDatabase
) -> None:
    done = run_import(INCOMPLETE, "--confirm")

    assert (done.returncode, stored(database)) == (1, 0), done.stdout + done.stderr
    assert "the proposed mapping is incomplete" in done.stderr
    assert "missing scheduled_at" in done.stderr
