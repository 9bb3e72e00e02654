"""How an import grows with its file: memory of connectors and relay, time to the last effect.

    uv run python -m bench.import_growth --rows 100000 1000000

Each size runs on a platform of its own. Figures are absolute for one machine; compare the ratios.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from bench.effects import wrong
from bench.files import sessions_file
from bench.processes import peaks

from shared_utils import log
from waymark.testing.platform import running_platform


def measured(rows: int, folder: Path) -> dict[str, object]:
    """Import `rows` rows and return seconds, peaks and whether every sum is right."""
    file = sessions_file(folder, rows)
    with running_platform(folder / f"home-{rows}") as platform:
        started = time.monotonic()
        report = platform.imported("kintell-sessions", file.path)
        imported = time.monotonic() - started
        platform.settled(seconds=3600)
        ended = time.monotonic() - started
        return {
            "rows": rows,
            "bytes": file.path.stat().st_size,
            "import_seconds": round(imported, 1),
            "seconds_to_the_last_effect": round(ended, 1),
            "peak_mib": peaks(platform),
            "sums_are_right": not wrong(platform, file, report),
        }


def main() -> None:
    """Print one JSON line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    log.configure("bench", "WARNING", sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        results = [measured(rows, Path(folder)) for rows in parser.parse_args().rows]
    for result in results:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
