"""`waymark up`."""

import json
from typing import Annotated

import typer

from waymark.stack import Stack
from waymark.starting import running_stack
from waymark.telling import say

app = typer.Typer()


@app.command("up")
def up(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON on stdout once ready.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="The gateway's port (8080 unless named; 0: any free one)."
        ),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the folder's old data.")] = False,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start a service anew when its code changes.")
    ] = False,
) -> None:
    """Start everything on this machine and stay."""
    with running_stack(port=port, fresh=fresh, say=say, reload=reload) as stack:
        typer.echo(_line(stack) if as_json else _summary(stack))
        stack.watch()
        say("stopping")


def _line(stack: Stack) -> str:
    return json.dumps({"ready": True, **stack.addresses})


def _summary(stack: Stack) -> str:
    gateway = stack.addresses["gateway"]
    return (
        f"Waymark is ready at {gateway} (its API: {gateway}/docs).\n"
        f"Data and logs are in {stack.home.root}. Ctrl-C stops it and keeps the data.\n"
        "Next, in another terminal: uv run waymark token --role admin"
    )
