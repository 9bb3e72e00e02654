"""Run as a script in a new child: tie it to its parent, drop privileges, become the program.

python trampoline.py PARENT SIGNAL UID:GID|- PROGRAM [ARGUMENT…]

A script of its own, since code between fork and exec is unsafe in a parent that has threads. The
kernel forgets the parent-death signal when the user changes, so that comes first.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def drop_to(account: str) -> None:
    """Become `UID:GID` with no further groups."""
    uid, gid = (int(part) for part in account.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with_parent(parent: int, death_signal: int) -> None:
    """Have the kernel send `death_signal` to this process once `parent` is gone (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:
            os.kill(os.getpid(), death_signal)


if __name__ == "__main__":
    parent, death_signal, account, *command = sys.argv[1:]
    if account != "-":
        drop_to(account)
    die_with_parent(int(parent), int(death_signal))
    os.execv(command[0], command)  # noqa: S606  it becomes the program that it was given
