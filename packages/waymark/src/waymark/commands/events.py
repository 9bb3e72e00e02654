"""`waymark events tail|replay`."""

import json
import time
from typing import Annotated

import typer

from waymark.eventlog import following, newest
from waymark.gateway import Gateway
from waymark.target import gateway_url, postgres_url
from waymark.tokens import bearer_token

app = typer.Typer(name="events", help="Follow the events, or replay them.", no_args_is_help=True)

_POLL_SECONDS = 0.2

Type = Annotated[str, typer.Option("--type", help="An event type; * stands for any text.")]


@app.command()
def tail(
    event_type: Type = "*",
    last: Annotated[int, typer.Option(min=0, help="Events to show first.")] = 10,
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


@app.command()
def replay() -> None:
    """Build the profiles anew from the events beside the old ones, then swap; status 1 if not."""
    gateway = Gateway(gateway_url(), bearer_token("admin"))
    gateway.post("/v1/profile/replay")
    answer = gateway.get_patiently("/v1/profile/replay")
    while answer["status"] in ("filling", "comparing"):
        time.sleep(_POLL_SECONDS)
        answer = gateway.get_patiently("/v1/profile/replay")
    gateway.close()
    typer.echo(json.dumps(answer, indent=1))
    raise typer.Exit(0 if answer["status"] == "completed" else 1)
