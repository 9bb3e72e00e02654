"""`python -m event_contracts.docs [--check] [--folder docs]`: write or compare the two files."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from event_contracts import registry
from event_contracts.docs import asyncapi, markdown


def pages() -> dict[str, str]:
    """Return the text of each generated file by its name."""
    return {"events.md": markdown.render(registry), "asyncapi.json": asyncapi.render(registry)}


def stale(folder: Path) -> list[str]:
    """Return the names of the files that don't say what the classes say."""
    return [
        name
        for name, text in pages().items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or with --check return 1 and name those that are not current."""
    parser = argparse.ArgumentParser(prog="python -m event_contracts.docs")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--folder", type=Path, default=Path("docs"))
    options = parser.parse_args(arguments)
    if not options.check:
        options.folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages().items():
            (options.folder / name).write_text(text, encoding="utf-8")
        return 0
    wrong = stale(options.folder)
    sys.stderr.writelines(
        f"{options.folder / name} is not current: run `make docs`\n" for name in wrong
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
