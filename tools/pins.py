"""Write the versions that uv resolved into the root's constraint-dependencies.

uv.lock itself stays out of the repository because it names registry hosts; the constraints carry
the same versions without them.
"""

import argparse
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^constraint-dependencies = \[.*?\]$", re.MULTILINE | re.DOTALL)


def resolved_pins(lock: str) -> list[str]:
    """Return `name==version` a third-party package, sorted, with a marker where it forks."""
    packages = [p for p in tomllib.loads(lock)["package"] if "registry" in p["source"]]
    forked = {name for name, count in Counter(p["name"] for p in packages).items() if count > 1}
    return sorted(
        f"{p['name']}=={p['version']}" + (_marker(p) if p["name"] in forked else "")
        for p in packages
    )


def _marker(package: dict[str, Any]) -> str:
    return " ; " + " or ".join(f"({marker})" for marker in package["resolution-markers"])


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
