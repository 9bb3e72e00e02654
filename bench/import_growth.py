"""How an import grows with its file: memory of connectors and relay, time to the last effect.

    uv run python bench/import_growth.py --rows 100000 1000000

Each size runs on a platform of its own. Figures are absolute for one machine; compare the ratios.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from waymark.testing.platform import Platform, running_platform

HEADER = (
    "session_id,participant_email,volunteer_email,scheduled_at,completed_at,"
    "duration_minutes,rating,feedback_text,language_level\n"
)
MEASURED = ("connectors", "relay", "profile")


def lines(rows: int) -> Iterator[str]:
    """Yield a header and `rows` sessions of rows / 20 participants; every tenth has a text."""
    yield HEADER
    for n in range(rows):
        day = f"2026-{n % 9 + 1:02}-{n % 28 + 1:02}"
        text = f"We talked about the weather and about day {n}." if n % 10 == 0 else ""
        yield (
            f"LS-{n},p{n % (rows // 20)}@learn.example,v{n % 400}@acme.example,"
            f"{day}T10:00:00Z,{day}T11:00:00Z,60,{n % 5 + 1},{text},B1\n"
        )


def peak_mib(platform: Platform, service: str) -> float:
    """Return the most memory that a service has held, in MiB."""
    status = Path(f"/proc/{platform.pid(service)}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)


def measured(rows: int, folder: Path) -> dict[str, object]:
    """Import `rows` rows and return seconds, peaks and whether every sum is right."""
    path = folder / f"language-{rows}.csv"
    with path.open("w") as file:
        file.writelines(lines(rows))
    with running_platform(folder / f"home-{rows}") as platform:
        started = time.monotonic()
        report = platform.imported("kintell-sessions", path)
        imported = time.monotonic() - started
        platform.settled(seconds=3600)
        ended = time.monotonic() - started
        projected = platform.value(
            "SELECT count(*) FROM insight.profile_facts WHERE fact_type = 'kintell_session'"
        )
        return {
            "rows": rows,
            "bytes": path.stat().st_size,
            "import_seconds": round(imported, 1),
            "seconds_to_the_last_effect": round(ended, 1),
            "peak_mib": {service: peak_mib(platform, service) for service in MEASURED},
            "sums_are_right": report.rows["created"] == projected == rows,
        }


def main() -> None:
    """Print one JSON line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    with tempfile.TemporaryDirectory() as folder:
        results = [measured(rows, Path(folder)) for rows in parser.parse_args().rows]
    for result in results:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
