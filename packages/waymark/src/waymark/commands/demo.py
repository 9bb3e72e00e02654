"""`waymark demo`."""

import os
import sys
from typing import Annotated

import typer
from rich.console import Console

from shared_utils import log
from waymark.demo.running import Demonstration
from waymark.demo.telling import tell
from waymark.starting import running_stack
from waymark.telling import say

app = typer.Typer()


@app.command("demo")
def demo(
    leave: Annotated[bool, typer.Option("--exit", help="End after the summary.")] = False,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="The gateway's port (8080 unless named; 0: any free one)."
        ),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the folder's old data.")] = False,
) -> None:
    """Run everything, send a sample through it, and say what it did; status 1 if any is false."""
    log.configure("waymark", "WARNING", sys.stderr)
    with running_stack(port=port, fresh=fresh, say=say) as stack:
        os.environ.update(stack.variables)
        outcome = stack.while_doing(Demonstration(stack, say).run)
        tell(Console(), outcome, None if leave else stack.addresses["gateway"])
        if not leave:
            say("everything stays up; Ctrl-C stops it and keeps the data")
            stack.watch()
    raise typer.Exit(0 if outcome.ok else 1)
