"""The benches run and check what they measure; how fast anything is, no test says."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def benched(name: str, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{name}", *words],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
    )
    [line] = done.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_an_import_is_measured_beside_a_copy_of_the_same_file() -> None:
    found = benched("import_speed", "--rows", "600", "--rounds", "1", "--without-dlt", "--json")

    assert (found["rows"], found["rounds"]) == (600, 1)
    assert found["seconds"].keys() == {"copy", "waymark"}
    assert found["ratios"].keys() == {"to_copy"}
    assert {"connectors", "profile", "relay", "postgres"} <= found["cpu_microseconds_a_row"].keys()
    assert all(mib > 1 for mib in found["peak_mib"].values())


def test_a_companys_quarter_is_measured_and_held_against_another_count() -> None:
    found = benched("company_metrics", "--sessions", "2000")

    assert found["sessions"] == 2000
    assert found["tenant_seconds"] > 0
