"""What the processes of a running platform cost: CPU seconds and peak memory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from waymark.testing.platform import Platform

SERVICES = ("connectors", "relay", "profile", "safety", "q2q_ai")
MEASURED = (*SERVICES, "gateway", "nats", "postgres")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """CPU seconds by process; `postgres` is the server with all its backends."""

    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


@contextmanager
def measured_cost(platform: Platform) -> Iterator[Cost]:
    """The CPU that the platform spends within the block."""
    cost = Cost()
    before = _all_seconds(platform)
    yield cost
    after = _all_seconds(platform)
    cost.seconds = {name: round(after[name] - before[name], 2) for name in MEASURED}


@contextmanager
def postgres_cost(platform: Platform) -> Iterator[Cost]:
    """The CPU that the database alone spends within the block."""
    cost = Cost()
    before = seconds_of(platform.pid("postgres"))
    yield cost
    cost.seconds = {"postgres": round(seconds_of(platform.pid("postgres")) - before, 2)}


def peak_mib(platform: Platform, name: str) -> float:
    """The most memory that a process of the platform has held, in MiB."""
    line = _line(f"/proc/{platform.pid(name)}/status", "VmHWM")
    return round(int(line.split()[1]) / 1024, 1)


def peaks(platform: Platform) -> dict[str, float]:
    """Peak MiB by service."""
    return {name: peak_mib(platform, name) for name in SERVICES}


def shares(platform: Platform) -> dict[str, float]:
    """MiB by service now, pages that processes share counted in equal parts (PSS)."""
    found = {name: _line(f"/proc/{platform.pid(name)}/smaps_rollup", "Pss:") for name in SERVICES}
    return {name: round(int(line.split()[1]) / 1024, 1) for name, line in found.items()}


def _all_seconds(platform: Platform) -> dict[str, float]:
    return {name: seconds_of(platform.pid(name)) for name in MEASURED}


def seconds_of(pid: int | None) -> float:
    """CPU of a process, of its children that ended, and of those that live."""
    return sum(_ticks(each) for each in _family(pid)) / _TICKS if pid else 0.0


def _family(pid: int) -> Iterator[int]:
    """The process with its descendants; one that ends meanwhile is counted by its parent."""
    yield pid
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def _ticks(pid: int) -> int:
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(map(int, words[11:15]))


def _line(path: str, name: str) -> str:
    return next(line for line in Path(path).read_text().splitlines() if line.startswith(name))
