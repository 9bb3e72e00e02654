"""`doctor` looks at everything and says what to do, also where nothing runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from waymark.home import held, open_home
from waymark.servers import NatsServer
from waymark.servers.account import shared_folder
from waymark.testing.databases import MigratedDatabase


def _doctor(home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if "WAYMARK_" not in name}
    return subprocess.run(
        [sys.executable, "-m", "waymark", "doctor"],
        env={**inherited, "WAYMARK_HOME": str(home), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def _line(said: str, name: str) -> str:
    return next(line for line in said.splitlines() if f" {name}: " in line)


def test_where_nothing_runs_each_line_says_what_to_do(tmp_path: Path) -> None:
    doctor = _doctor(tmp_path / "none")

    assert doctor.returncode == 1
    assert not doctor.stderr
    for name in ("gateway", "postgres", "nats"):
        line = _line(doctor.stdout, name)
        assert line.startswith("FAIL")
        assert "-> start it with `waymark up`, or name yours with WAYMARK_" in line
    assert _line(doctor.stdout, "postgres program").startswith("ok")


def test_a_deployment_that_is_named_is_the_one_that_is_looked_at(
    tmp_path: Path, database: MigratedDatabase, nats_server: NatsServer
) -> None:
    doctor = _doctor(
        tmp_path / "none",
        WAYMARK_POSTGRES_URL=database.owner_url,
        WAYMARK_NATS_URL=nats_server.url,
        WAYMARK_GATEWAY_URL="http://127.0.0.1:9",
    )

    assert _line(doctor.stdout, "postgres").startswith("ok")
    assert _line(doctor.stdout, "schema").startswith("ok")
    assert _line(doctor.stdout, "nats").startswith("ok")
    assert _line(doctor.stdout, "gateway").startswith("FAIL")
    assert doctor.returncode == 1


def test_an_unmigrated_database_is_told_with_its_remedy(
    tmp_path: Path, database: MigratedDatabase
) -> None:
    empty = database.server.url("template1")

    doctor = _doctor(tmp_path / "none", WAYMARK_POSTGRES_URL=empty)

    assert "-> run `waymark db migrate`" in _line(doctor.stdout, "schema")


@pytest.mark.parametrize("secret", ["postgres_password", "nats_password"])
def test_doctor_never_shows_a_password(
    tmp_path: Path, database: MigratedDatabase, nats_server: NatsServer, secret: str
) -> None:
    passwords = {
        "postgres_password": database.server.password,
        "nats_password": nats_server.password,
    }
    nats_server.stop()

    doctor = _doctor(
        tmp_path / "none",
        WAYMARK_POSTGRES_URL=database.owner_url.replace(database.name, "absent"),
        WAYMARK_NATS_URL=nats_server.url,
    )

    assert passwords[secret] not in doctor.stdout + doctor.stderr


def test_a_check_that_breaks_is_one_line_and_hides_no_other(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with held(home):
        data = open_home(home).data
        (home / "state.json").write_text("[]")

        doctor = _doctor(home)
    shutil.rmtree(data)

    assert doctor.returncode == 1
    assert not doctor.stderr
    assert _line(doctor.stdout, "gateway").startswith("FAIL")
    assert _line(doctor.stdout, "nats").startswith("FAIL")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps data outside of the data folder")
def test_data_left_behind_are_a_note_and_no_failure(tmp_path: Path) -> None:
    outlying = shared_folder(f"test-{uuid4().hex}")
    (outlying / "home.txt").write_text(f"{tmp_path / 'gone'}\n")

    doctor = _doctor(tmp_path / "none")

    shutil.rmtree(outlying)
    line = _line(doctor.stdout, "outlying data")
    assert line.startswith("ok")
    assert str(outlying) in line
