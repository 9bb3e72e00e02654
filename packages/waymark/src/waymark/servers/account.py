"""Which account the servers run under, and what that account can reach."""

import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

SHARED_ROOT = Path("/var/lib/waymark")
_CANDIDATES = ("waymark", "postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An unprivileged account: numeric ids and name."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """The account to drop to; None where the caller is unprivileged already."""
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        entry = _account(name)
        if entry is not None:
            return entry
    raise LookupError(f"root needs one of the accounts {', '.join(_CANDIDATES)} to run PostgreSQL")


def _account(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid) if entry.pw_uid != 0 else None


def may_enter(folder: Path, account: Account | None) -> bool:
    """Whether the account may pass through every folder down to and including `folder`."""
    if account is None:
        return True
    resolved = folder.resolve()
    return all(_may_pass(path.stat(), account) for path in (resolved, *resolved.parents))


def _may_pass(entry: os.stat_result, account: Account) -> bool:
    if entry.st_uid == account.uid:
        return bool(entry.st_mode & stat.S_IXUSR)
    if entry.st_gid == account.gid:
        return bool(entry.st_mode & stat.S_IXGRP)
    return bool(entry.st_mode & stat.S_IXOTH)


def give_to(folder: Path, account: Account | None) -> Path:
    """Create `folder` for the account alone (mode 0700); its parents exist already."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    return folder


def shared_folder(name: str) -> Path:
    """A folder below /var/lib/waymark that root made and every account may pass through."""
    for folder in (SHARED_ROOT, SHARED_ROOT / name):
        folder.mkdir(mode=0o755, exist_ok=True, parents=True)
        folder.chmod(0o755)
    return SHARED_ROOT / name


def temporary_folder(prefix: str, account: Account | None) -> Path:
    """A new temporary folder that the account owns and can reach."""
    base = Path(tempfile.gettempdir())
    parent = base if may_enter(base, account) else shared_folder("tmp")
    return give_to(Path(tempfile.mkdtemp(prefix=prefix, dir=parent)), account)


def write_private(path: Path, text: str, account: Account | None) -> Path:
    """Write a file that nobody but the account (and root) can read at any time."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
    if account is not None:
        os.chown(path, account.uid, account.gid)
    return path
