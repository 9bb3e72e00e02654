"""The environment of Python children: bytecode is compiled once, wherever it may be written."""

import os
from importlib.util import cache_from_source, find_spec
from pathlib import Path

_OWNERS = ("WAYMARK_POSTGRES_URL", "WAYMARK_JWT_PRIVATE_KEYS", "WAYMARK_TOKEN")
"""What a person at the terminal may have set, and no service has a use for."""


def python_environment(bytecode: Path, probe: str = "fastapi") -> dict[str, str]:
    """This process's environment, with bytecode in `bytecode` if the packages' own is missing.

    `probe` is the package whose bytecode is looked for.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _OWNERS}
    if _has_bytecode(probe) or (_may_write(probe) and not _forbidden(environment)):
        return environment
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment.setdefault("PYTHONPYCACHEPREFIX", str(bytecode))
    return environment


def _forbidden(environment: dict[str, str]) -> bool:
    return bool(environment.get("PYTHONDONTWRITEBYTECODE"))


def _has_bytecode(package: str) -> bool:
    return Path(cache_from_source(str(_source(package)))).exists()


def _may_write(package: str) -> bool:
    return os.access(_source(package).parent, os.W_OK)


def _source(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(package)
    return Path(spec.origin)
