"""The data folder (`.waymark/` or WAYMARK_HOME): its layout, locks, secrets and state."""

import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from waymark.errors import HomeError
from waymark.servers.account import SHARED_ROOT, Account, may_enter, server_account, shared_folder

MARKER = "waymark-home.json"
_DATA = ("postgres", "postgres.new", "postgres.password", "nats")
_HOME_OF = "home.txt"
_LOCKS = ("lock", "children.lock")
_FORGOTTEN = (*_DATA, "logs", "secrets.json", "keys.json", "state.json", "sample")


@dataclass(frozen=True)
class Home:
    """A data folder that carries Waymark's marker; `data` is where the servers keep their files."""

    root: Path
    data: Path

    @property
    def logs(self) -> Path:
        """Folder with one log file a process."""
        return self.root / "logs"

    @property
    def keys(self) -> Path:
        """The JWK set that signs tokens (mode 0600)."""
        return self.root / "keys.json"

    @property
    def state(self) -> Path:
        """What runs now, rewritten at each change by the supervisor."""
        return self.root / "state.json"

    @property
    def bytecode(self) -> Path:
        """Compiled Python for installations whose own folders can't be written."""
        return self.root / "bytecode"

    def read_state(self) -> dict[str, Any]:
        """The last written state; empty where there is none."""
        return _read_json(self.state)

    def write_state(self, state: Mapping[str, Any]) -> None:
        """Replace the state in one step (mode 0600: it carries URLs with passwords)."""
        _write_json(self.state, state)

    def secrets(self, names: Collection[str]) -> dict[str, str]:
        """A secret a name, 32 random bytes in hex, made at first use and kept in secrets.json."""
        path = self.root / "secrets.json"
        kept: dict[str, str] = _read_json(path)
        missing = {name: secrets.token_hex(32) for name in names if name not in kept}
        if missing:
            kept |= missing
            _write_json(path, kept)
        return {name: kept[name] for name in names}

    def log(self, name: str) -> Path:
        """The log file of a process."""
        return self.logs / f"{name}.log"

    def forget(self) -> None:
        """Remove the data, secrets and logs; the folder, its marker and its locks stay."""
        for folder in {self.root, self.data}:
            for name in _FORGOTTEN:
                _remove(folder / name)


def home_path() -> Path:
    """WAYMARK_HOME, or `.waymark` in the working folder."""
    return Path(os.environ.get("WAYMARK_HOME") or ".waymark").absolute()


def open_home(root: Path) -> Home:
    """Create or recognise the data folder; HomeError where it is someone else's.

    Where the account that runs the servers can't pass into it (root with a 0700 folder), the
    servers' files go below /var/lib/waymark and the folder's own mode stays as it is.
    """
    account = server_account()
    _prepare(root)
    home = Home(root, _data_folder(root, _identity(root), account))
    home.logs.mkdir(mode=0o700, exist_ok=True)
    return home


def known_home(root: Path) -> Home | None:
    """The data folder if it exists and is ours; creates nothing."""
    return open_home(root) if (root / MARKER).exists() else None


@contextmanager
def _usable(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HomeError(
            f"{root} can't be the data folder ({error.strerror or error});"
            " name one you may write with WAYMARK_HOME"
        ) from error


def _prepare(root: Path) -> None:
    with _usable(root):
        _prepare_folder(root)


def _prepare_folder(root: Path) -> None:
    if not root.exists():
        root.mkdir(mode=0o700 if server_account() is None else 0o711, parents=True)
    if not root.is_dir():
        raise HomeError(f"{root} is not a folder")
    if not (root / MARKER).exists() and {entry.name for entry in root.iterdir()} - {*_LOCKS}:
        raise HomeError(f"{root} is neither empty nor a Waymark data folder; choose another")


def _identity(root: Path) -> str:
    marker = root / MARKER
    if not marker.exists():
        _write_json(marker, {"home": uuid4().hex, "layout": 1})
    return str(_read_json(marker)["home"])


def _data_folder(root: Path, identity: str, account: Account | None) -> Path:
    if may_enter(root, account):
        return root
    folder = shared_folder(identity)
    (folder / _HOME_OF).write_text(f"{root}\n")
    return folder


def outlying_folders() -> list[Path]:
    """Where servers keep files because they may not enter the data folder itself."""
    return sorted(note.parent for note in SHARED_ROOT.glob(f"*/{_HOME_OF}"))


def home_of(outlying: Path) -> Path:
    """The data folder that an outlying one belongs to."""
    return Path((outlying / _HOME_OF).read_text().strip())


@contextmanager
def held(root: Path) -> Iterator[int]:
    """Hold the folder for one supervisor and yield the lock that its children inherit.

    The kernel frees both locks with the last process that has them, so a left-over file means
    nothing. Children of a supervisor that was just killed may still be ending: wait for them.
    """
    _prepare(root)
    with _opened(root / "lock") as supervisor, _opened(root / "children.lock") as children:
        if not _locks_within(supervisor, 0.5):
            raise HomeError(_who_holds(root))
        if not _locks_within(children, 30):
            raise HomeError(f"processes of an earlier `waymark up` in {root} have not ended yet")
        os.ftruncate(supervisor, 0)
        os.pwrite(supervisor, str(os.getpid()).encode(), 0)
        yield children


def running_supervisor(root: Path) -> int | None:
    """The process id of the supervisor that holds this folder now; None if nobody does."""
    if not (root / "lock").exists():
        return None
    with _opened(root / "lock") as probe:
        return None if _locks(probe) else _holder(root)


def _locks_within(descriptor: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not _locks(descriptor):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    with _usable(path.parent):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _locks(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _who_holds(root: Path) -> str:
    url = _read_json(root / "state.json").get("gateway", "a port it has still to open")
    holder = f"another `waymark up` (process {_holder(root)}) uses {root}"
    return f"{holder}: it is at {url}, and `waymark down` stops it"


def _holder(root: Path) -> int:
    return int((root / "lock").read_text() or 0)


def _read_json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    building = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(building, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    building.rename(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
