"""`waymark events tail|replay`."""

import json
from typing import Annotated

import typer

from waymark.eventlog import following, newest
from waymark.target import postgres_url

app = typer.Typer(name="events", help="Follow the events, or replay them.", no_args_is_help=True)

Type = Annotated[str, typer.Option("--type", help="An event type; * stands for any text.")]


@app.command()
def tail(
    event_type: Type = "*",
    last: Annotated[int, typer.Option(min=0, help="Messages to show first.")] = 10,
    follow: Annotated[bool, typer.Option(help="Go on with what comes.")] = True,
) -> None:
    """Print events as JSON, one a line, oldest first."""
    url = postgres_url()
    for event in newest(url, event_type, last):
        typer.echo(json.dumps(event))
    if not follow:
        return
    for event in following(url, event_type):
        typer.echo(json.dumps(event))
