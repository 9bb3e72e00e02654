"""Words for the person at the terminal; stdout stays for what was asked for."""

import sys
import time
from contextlib import suppress

import typer


def say(sentence: str) -> None:
    """One line with the time on stderr; nobody listening any more is no reason to fail."""
    with suppress(OSError):
        typer.echo(f"{time.strftime('%H:%M:%S')} {sentence}", file=sys.stderr)
