"""Sees which source files changed and says which services have to start anew."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from waymark.services import Service

SHARED = ("shared_utils", "shared_schema", "event_contracts")
"""Packages that every service imports."""
_SUFFIXES = frozenset({".py", ".sql", ".yaml", ".json", ".txt"})
_POLL_SECONDS = 1.0

Stamps = Mapping[Path, tuple[int, int]]


@dataclass
class Watching:
    """Source files of services; `on_change` is told what changed and who is concerned."""

    services: Sequence[Service]
    shared: Sequence[str]
    on_change: Callable[[Collection[Path], Collection[str]], None]
    due_at: float = 0.0
    sources: Mapping[str, Path] = field(init=False)

    def __post_init__(self) -> None:
        packages = {_package(each) for each in self.services} | {*self.shared}
        self.sources = {package: source_of(package) for package in packages}
        self.seen = self._look()

    def look(self) -> None:
        """Look once a second; cheap to call more often."""
        if time.monotonic() < self.due_at:
            return
        now = self._look()
        changed = changes(self.seen, now)
        self.seen, self.due_at = now, time.monotonic() + _POLL_SECONDS
        concerned = self._concerned(changed)
        if concerned:
            self.on_change(changed, concerned)

    def _look(self) -> Stamps:
        files = [path for source in self.sources.values() for path in _files(source)]
        return {path: stamp for path in files if (stamp := _stamp(path)) is not None}

    def _concerned(self, changed: Collection[Path]) -> list[str]:
        packages = {
            package
            for package, source in self.sources.items()
            if any(path.is_relative_to(source) for path in changed)
        }
        everyone = not packages.isdisjoint(self.shared)
        return [each.name for each in self.services if everyone or _package(each) in packages]


def changes(before: Stamps, now: Stamps) -> list[Path]:
    """The files that are new, gone, or have another time or size, in order."""
    return sorted(path for path in {*before, *now} if before.get(path) != now.get(path))


def source_of(package: str) -> Path:
    """The folder of a package, or the file of a module; ModuleNotFoundError if there is none."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(package)
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin


def _files(source: Path) -> Iterator[Path]:
    """What an editor leaves beside the files (swap files, backups) is none of the source."""
    if source.is_file():
        yield source
    yield from (path for path in source.rglob("*") if path.suffix in _SUFFIXES)


def _stamp(path: Path) -> tuple[int, int] | None:
    """Time and size; None for a file that was just removed or replaced."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size


def _package(service: Service) -> str:
    return service.module.partition(".")[0]
