"""How fast a file becomes profiles, beside `\\copy` and dlt on the same PostgreSQL.

    uv run --group bench python -m bench.import_speed --rows 100000 1000000 --rounds 3
    uv run python -m bench.import_speed --rows 100000 --chunks 1000 5000 20000 --kills 3

Each round has a platform of its own, and loads the same file in every way, in an order that turns.
Our seconds are from the begin of the upload through the gateway to the last profile that can be
read; the invariants are checked in each round, and one that does not hold ends the run. Seconds
depend on the machine and on who else uses it: compare ratios, and CPU seconds a row.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.digests import table_digests
from bench.effects import Projected, wrong
from bench.files import SessionsFile, sessions_file
from bench.processes import measured_cost, peaks, shares
from bench.rivals import copied, copied_rows, loaded_by_dlt, rivals_database, rows_of_dlt

from shared_utils import log
from waymark.testing.platform import Platform, running_platform

DATASET = "kintell-sessions"

_REACHED = "SELECT coalesce(sum(rows_read), 0) FROM ops.imports WHERE status = 'running'"
_HAS_ENDED = "SELECT count(*) FROM ops.imports WHERE status = 'completed'"
_POLL_SECONDS = 0.02


@dataclass
class Round:
    """Seconds of each way in one round, and what ours cost; `imported` is the import alone."""

    rows: int
    seconds: dict[str, float] = field(default_factory=dict)
    imported: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    peak_mib: dict[str, float] = field(default_factory=dict)
    share_mib: dict[str, float] = field(default_factory=dict)


class WrongResultError(Exception):
    """An invariant does not hold: a figure of such a run would mean nothing."""


def ours(platform: Platform, file: SessionsFile, result: Round) -> float:
    """Import the file and check what came of it; seconds until profiles have all of it."""
    platform.client("coordinator")
    with Projected(platform).open() as profiles, measured_cost(platform) as cost:
        started = time.monotonic()
        report = platform.imported(DATASET, file.path)
        result.imported = round(time.monotonic() - started, 2)
        profiles.wait()
        seconds = time.monotonic() - started
    result.cpu, result.peak_mib, result.share_mib = cost.seconds, peaks(platform), shares(platform)
    if faults := wrong(platform, file, report):
        raise WrongResultError("; ".join(faults))
    return seconds


def one_round(file: SessionsFile, folder: Path, turn: int, *, with_dlt: bool) -> Round:
    """Load the file in every way on a fresh platform."""
    result = Round(file.rows)
    with running_platform(folder / "home") as platform:
        url = rivals_database(platform.urls["postgres"])
        ways: dict[str, Callable[[], float]] = {
            "copy": lambda: copied(url, file.path),
            "waymark": lambda: ours(platform, file, result),
        }
        if with_dlt:
            ways["dlt"] = lambda: loaded_by_dlt(url, file.path, folder / "dlt")
        names = sorted(ways)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            result.seconds[name] = round(ways[name](), 3)
            platform.settled(seconds=3600)
        _check_rivals(url, file, with_dlt=with_dlt)
    return result


def _check_rivals(url: str, file: SessionsFile, *, with_dlt: bool) -> None:
    found = [copied_rows(url), *([rows_of_dlt(url)] if with_dlt else [])]
    if set(found) != {file.rows}:
        raise WrongResultError(f"{file.rows} rows were to be loaded, but were {found}")


def digests_of(file: SessionsFile, folder: Path, chunk: int, kills: int) -> dict[str, str]:
    """What an import leaves with chunks of so many rows, killed so often on its way."""
    with running_platform(folder / "home", WAYMARK_IMPORT_CHUNK_ROWS=str(chunk)) as platform:
        with ThreadPoolExecutor(1) as killing:
            killed = killing.submit(_kill, platform, kills, file.rows)
            report = platform.imported(DATASET, file.path)
        platform.settled(seconds=3600)
        faults = wrong(platform, file, report)
        if killed.result() < kills:
            faults.append(f"only {killed.result()} of {kills} kills came before the end")
        if faults:
            raise WrongResultError("; ".join(faults))
        return table_digests(platform)


def _kill(platform: Platform, times: int, rows: int) -> int:
    """Kill connectors -9 once the running import has come to some random row, and further on."""
    killed = reached = 0
    while killed < times:
        wanted = reached + random.randrange(1, rows // (times + 1))
        while (reached := platform.value(_REACHED)) < wanted:
            if platform.value(_HAS_ENDED):
                return killed
            time.sleep(_POLL_SECONDS)
        platform.kill("connectors")
        killed += 1
    return killed


def summary(rounds: list[Round]) -> list[dict[str, Any]]:
    """Medians and ratios by size."""
    return [_summary([one for one in rounds if one.rows == rows]) for rows in _sizes(rounds)]


def _sizes(rounds: list[Round]) -> list[int]:
    return sorted({one.rows for one in rounds})


def _summary(rounds: list[Round]) -> dict[str, Any]:
    rows = rounds[0].rows
    ways = rounds[0].seconds
    times = {name: median(one.seconds[name] for one in rounds) for name in ways}
    spent = {name: median(one.cpu[name] for one in rounds) for name in rounds[0].cpu}
    return {
        "rows": rows,
        "rounds": len(rounds),
        "seconds": times,
        "imported_seconds": median(one.imported for one in rounds),
        "ratios": {
            f"to_{name}": round(
                median(one.seconds["waymark"] / one.seconds[name] for one in rounds), 2
            )
            for name in ways
            if name != "waymark"
        },
        "cpu_microseconds_a_row": {name: round(s / rows * 1e6, 1) for name, s in spent.items()},
        "peak_mib": _largest([one.peak_mib for one in rounds]),
        "share_mib": _largest([one.share_mib for one in rounds]),
    }


def _largest(found: list[dict[str, float]]) -> dict[str, float]:
    return {name: max(one[name] for one in found) for name in found[0]}


def told(found: dict[str, Any]) -> str:
    """A summary as a few lines."""
    rows = [f"{found['rows']} rows, median of {found['rounds']} rounds"]
    rows += [f"  {name:<12}{seconds:9.2f} s" for name, seconds in found["seconds"].items()]
    rows += [f"  ratio {name:<9}{ratio:6.2f} x" for name, ratio in found["ratios"].items()]
    spent = found["cpu_microseconds_a_row"]
    rows += [f"  CPU {name:<11}{each:7.1f} us a row" for name, each in spent.items()]
    own = found["share_mib"]
    rows += [
        f"  memory {name:<8}{mib:7.1f} MiB at most, {own[name]:.1f} in the end by share"
        for name, mib in found["peak_mib"].items()
    ]
    return "\n".join(rows)


def _compared(file: SessionsFile, options: argparse.Namespace) -> dict[str, Any]:
    """The digests by way of cutting; they must all be the same."""
    ways = [(chunk, 0) for chunk in options.chunks]
    ways += [(options.chunks[0], options.kills)] if options.kills else []
    found = {}
    for chunk, kills in ways:
        with tempfile.TemporaryDirectory() as folder:
            found[f"{chunk} rows, {kills} kills"] = digests_of(file, Path(folder), chunk, kills)
    return {
        "rows": file.rows,
        "digests": found,
        "equal": len({str(d) for d in found.values()}) == 1,
    }


def _options(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-dlt", action="store_true", help="leave dlt out")
    parser.add_argument("--chunks", type=int, nargs="+", help="compare digests instead of speed")
    parser.add_argument("--kills", type=int, default=0, help="with --chunks: kill -9 so often")
    parser.add_argument("--json", action="store_true", help="one JSON line a result")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Print what was measured; 1 where digests differ."""
    options = _options(words)
    log.configure("bench", "WARNING", sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        files = [sessions_file(Path(folder), rows) for rows in options.rows]
        if options.chunks:
            results = [_compared(file, options) for file in files]
            print(*map(json.dumps, results), sep="\n")
            return 0 if all(result["equal"] for result in results) else 1
        rounds = _rounds(files, options)
    for found in summary(rounds):
        print(json.dumps(found) if options.json else told(found))
    return 0


def _rounds(files: list[SessionsFile], options: argparse.Namespace) -> list[Round]:
    rounds = []
    for turn in range(options.rounds):
        for file in files:
            with tempfile.TemporaryDirectory() as folder:
                done = one_round(file, Path(folder), turn, with_dlt=not options.without_dlt)
            print(json.dumps(asdict(done)), file=sys.stderr)
            rounds.append(done)
    return rounds


if __name__ == "__main__":
    raise SystemExit(main())
