"""Which Waymark a command talks to: the one the environment names, else the one running here."""

import os
from pathlib import Path

from waymark.errors import NotRunningError
from waymark.home import home_path, open_home, running_supervisor


def gateway_url() -> str:
    """WAYMARK_GATEWAY_URL, else the gateway running in this data folder."""
    return _address("WAYMARK_GATEWAY_URL", "gateway").rstrip("/")


def postgres_url() -> str:
    """WAYMARK_POSTGRES_URL, else the PostgreSQL running in this data folder."""
    return _address("WAYMARK_POSTGRES_URL", "postgres")


def nats_url() -> str:
    """WAYMARK_NATS_URL, else the NATS running in this data folder."""
    return _address("WAYMARK_NATS_URL", "nats")


def signing_keys() -> Path:
    """WAYMARK_JWT_PRIVATE_KEYS, else the keys of this data folder."""
    named = os.environ.get("WAYMARK_JWT_PRIVATE_KEYS")
    path = Path(named) if named else home_path() / "keys.json"
    if not path.exists():
        raise NotRunningError(
            f"no signing keys at {path}: run `waymark up` here first,"
            " or name them with WAYMARK_JWT_PRIVATE_KEYS"
        )
    return path


def _address(variable: str, name: str) -> str:
    named = os.environ.get(variable)
    if named:
        return named
    root = home_path()
    if running_supervisor(root) is None:
        raise NotRunningError(f"nothing runs in {root}: run `waymark up`, or set {variable}")
    address = open_home(root).read_state().get(name)
    if address is None:
        raise NotRunningError(f"`waymark up` in {root} is still starting")
    return str(address)
