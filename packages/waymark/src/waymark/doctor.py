"""Each dependency looked at on its own, with what to do where it fails."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg

from shared_schema import migrate
from waymark.errors import CommandError
from waymark.home import home_of, home_path, outlying_folders, running_supervisor
from waymark.servers.account import server_account
from waymark.servers.binaries import nats_program, postgres_programs
from waymark.target import gateway_url, nats_url, postgres_url, signing_keys

_NEEDED_BYTES = 1024**3


@dataclass(frozen=True)
class Finding:
    """What was found about one dependency; `advice` says what to do where it is not ok."""

    name: str
    ok: bool
    said: str
    advice: str = ""


Look = Callable[[], str]


def findings() -> Iterator[Finding]:
    """Look at everything, one finding each; a failure never hides the next."""
    for name, look, advice in _LOOKS:
        yield _found(name, look, advice)


def _found(name: str, look: Look, advice: str) -> Finding:
    try:
        return Finding(name, True, look())
    except PermissionError as error:
        said = f"{error.filename or 'something'} may not be read or written by this account"
        return Finding(name, False, said, "run it as the owner, or set WAYMARK_HOME")
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return Finding(name, False, lines[0], advice)


def _python() -> str:
    return sys.version.split()[0]


def _postgres_program() -> str:
    return _version(postgres_programs(server_account()) / "postgres")


def _nats_program() -> str:
    return _version(nats_program(server_account()))


def _version(program: Path) -> str:
    found = subprocess.run(  # noqa: S603  the wheels' own programs
        [str(program), "--version"], capture_output=True, text=True, timeout=10, check=True
    )
    return found.stdout.strip()


def _folder() -> str:
    root = home_path()
    nearest = next(each for each in (root, *root.parents) if each.exists())
    if not nearest.is_dir():
        raise CommandError(f"{nearest} is no folder")
    free = shutil.disk_usage(nearest).free
    if free < _NEEDED_BYTES:
        raise CommandError(f"{root} has only {free // 1024**2} MiB free")
    if not os.access(nearest, os.W_OK):
        raise CommandError(f"{nearest} can't be written")
    return f"{root}, {free // 1024**3} GiB free"


def _outlying_data() -> str:
    """Data of ours below /var/lib/waymark for a folder that is gone: worth a note, no failure."""
    left = [str(folder) for folder in outlying_folders() if _is_left_behind(folder)]
    if left:
        return (
            f"the folders they belonged to are gone, remove what you don't miss: {', '.join(left)}"
        )
    return "none left behind"


def _is_left_behind(outlying: Path) -> bool:
    """Others' data, and folders that may not be looked into, are nobody's business here."""
    try:
        return outlying.stat().st_uid == os.geteuid() and not home_of(outlying).exists()
    except OSError:
        return False


def _supervisor() -> str:
    pid = running_supervisor(home_path())
    return "nothing runs here" if pid is None else f"process {pid} runs here"


def _keys() -> str:
    path = signing_keys()
    if path.stat().st_mode & 0o077:
        raise CommandError(f"{path} can be read by others")
    return str(path)


def _gateway() -> str:
    url = gateway_url()
    answer = httpx.get(f"{url}/health/ready", timeout=5, trust_env=False)
    if answer.is_error:
        raise CommandError(f"{url} is not ready ({answer.status_code})")
    return f"{url} is ready"


def _postgres() -> str:
    with psycopg.connect(postgres_url(), connect_timeout=5) as connection:
        version = connection.info.server_version // 10000
        return f"PostgreSQL {version} at {connection.info.host}:{connection.info.port}"


def _schema() -> str:
    has, wants = migrate.current(postgres_url()), migrate.head()
    if has != wants:
        raise CommandError(f"the schema is at {has}, this version needs {wants}")
    return f"at {wants}"


def _nats() -> str:
    address = urlsplit(nats_url().split(",")[0])
    where = (address.hostname or "", address.port or 4222)
    with socket.create_connection(where, timeout=5) as connection:
        greeting = connection.makefile("rb").readline()
    told = json.loads(greeting.removeprefix(b"INFO ") or b"{}")
    if not told.get("jetstream"):
        raise CommandError(f"{where[0]}:{where[1]} offers no JetStream")
    return f"NATS {told['version']} with JetStream at {where[0]}:{where[1]}"


_START = "start it with `waymark up`, or name yours with WAYMARK_{}_URL"
_LOOKS: tuple[tuple[str, Look, str], ...] = (
    ("python", _python, ""),
    ("postgres program", _postgres_program, "install again: uv sync"),
    ("nats program", _nats_program, "install again: uv sync"),
    ("data folder", _folder, "free space there, or name another with WAYMARK_HOME"),
    ("outlying data", _outlying_data, ""),
    ("supervisor", _supervisor, "look at its logs"),
    ("signing keys", _keys, "run `waymark up` once, or chmod 600 them"),
    ("gateway", _gateway, _START.format("GATEWAY")),
    ("postgres", _postgres, _START.format("POSTGRES")),
    ("schema", _schema, "run `waymark db migrate`"),
    ("nats", _nats, _START.format("NATS")),
)
