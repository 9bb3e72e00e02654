"""How long people wait for a small file: from the end of the upload to profiles that show it.

    uv run python -m bench.small_import --rows 500 --rounds 5

The platform has taken a few other rows before, as it will have where people work.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from bench.effects import Projected, shown
from bench.files import SessionsFile, sessions_file

from shared_utils import log
from waymark.imports import FINISHED
from waymark.testing.platform import Platform, running_platform

_POLL_SECONDS = 0.01
_OTHERS = 30
_FAR_OFF = 10_000_000


def one_import(platform: Platform, file: SessionsFile) -> dict[str, float]:
    """Seconds since the upload was answered: until the import said so, until profiles show it."""
    gateway = platform.client("coordinator")
    last = list(file.people)[-1]
    with Projected(platform).open() as profiles, file.path.open("rb") as opened:
        accepted = gateway.upload("/v1/import/kintell-sessions", opened, file.path.name, {})
        uploaded = time.monotonic()
        path = f"/v1/imports/{accepted['import_id']}"
        while (answer := gateway.get(path))["status"] not in FINISHED:
            time.sleep(_POLL_SECONDS)
        completed = time.monotonic()
        profiles.wait()
        seen = shown(platform, last)
        readable = time.monotonic()
    _check(file, answer, seen)
    return {"completed": completed - uploaded, "readable": readable - uploaded}


def _check(file: SessionsFile, answer: dict[str, Any], seen: tuple[int, int]) -> None:
    sums = list(file.people.values())[-1]
    expected = (file.good, file.errors.total(), sums.sessions, sums.minutes)
    found = (answer["rows"]["created"], answer["rows"]["refused"], *seen)
    if found != expected:
        raise SystemExit(f"created, refused, sessions and minutes are {found}, not {expected}")


def rounds_of(rows: int, count: int) -> list[dict[str, float]]:
    """Each on a platform of its own."""
    found = []
    for _ in range(count):
        with tempfile.TemporaryDirectory() as folder:
            file = sessions_file(Path(folder), rows)
            with running_platform(Path(folder) / "home") as platform:
                _warm_up(platform, Path(folder))
                found.append(one_import(platform, file))
    return found


def _warm_up(platform: Platform, folder: Path) -> None:
    """Let every process have done all of it once, with other people's sessions."""
    file = sessions_file(folder, _OTHERS, first=_FAR_OFF)
    platform.imported("kintell-sessions", file.path)
    platform.settled()


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    log.configure("bench", "WARNING", sys.stderr)
    found = rounds_of(options.rows, options.rounds)
    medians = {name: round(median(one[name] for one in found), 3) for name in found[0]}
    worst = {name: round(max(one[name] for one in found), 3) for name in found[0]}
    print(json.dumps({"rows": options.rows, "seconds": medians, "worst": worst}))


if __name__ == "__main__":
    main()
