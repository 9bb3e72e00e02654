"""Write the versions that uv resolved into the root's constraint-dependencies.

uv.lock itself stays out of the repository because it names registry hosts; the constraints carry
the same versions without them.
"""

import argparse
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^constraint-dependencies = \[.*?\]$", re.MULTILINE | re.DOTALL)


def resolved_pins(lock: str) -> list[str]:
    """Return `name==version` of each third-party package, sorted; forks keep every version out."""
    versions: dict[str, set[str]] = {}
    for package in tomllib.loads(lock)["package"]:
        if "registry" in package["source"]:
            versions.setdefault(package["name"], set()).add(package["version"])
    return [f"{name}=={min(seen)}" for name, seen in sorted(versions.items()) if len(seen) == 1]


def with_constraints(pyproject: str, pins: list[str]) -> str:
    """Return the pyproject text with its constraint block replaced by `pins`."""
    block = "".join(f'    "{pin}",\n' for pin in pins)
    replacement = (
        f"constraint-dependencies = [\n{block}]" if pins else "constraint-dependencies = []"
    )
    return BLOCK.sub(lambda _: replacement, pyproject, count=1)


def main() -> None:
    """Rewrite the root pyproject; `--clear` empties the block so that a new resolution is free."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clear", action="store_true", help="remove the pins instead")
    pins = [] if parser.parse_args().clear else resolved_pins((ROOT / "uv.lock").read_text())
    path = ROOT / "pyproject.toml"
    path.write_text(with_constraints(path.read_text(), pins))


if __name__ == "__main__":
    main()
