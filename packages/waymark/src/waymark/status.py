"""What runs in a data folder, and whether it is ready."""

import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from waymark.children import answers_ready
from waymark.home import open_home, running_supervisor


@dataclass
class ServiceStatus:
    """One process: `pid` is None while it waits for its restart."""

    name: str
    pid: int | None
    url: str
    ready: bool


def services_status(root: Path) -> list[ServiceStatus]:
    """Every process of the running stack, asked now; empty if none runs."""
    if running_supervisor(root) is None:
        return []
    listed = open_home(root).read_state().get("services", [])
    return [_status(each) for each in listed]


def _status(listed: dict[str, str | int | None]) -> ServiceStatus:
    pid = listed["pid"]
    url = str(listed["url"])
    ready = answers_ready(url) if url.startswith("http") else _accepts(url)
    return ServiceStatus(str(listed["name"]), None if pid is None else int(pid), url, ready)


def _accepts(url: str) -> bool:
    """Whether something takes TCP connections there."""
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname, address.port), timeout=2).close()
    except OSError:
        return False
    return True
