"""`waymark events tail|replay`."""

import json
import time
from collections.abc import Mapping
from typing import Annotated, Any

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
    """Build the profiles anew from the events beside the old ones, swap, and prove all figures.

    Every kept figure of companies is computed anew from the facts. Status 1 if the swap was
    refused, or a profile or figure came out other than it stood.
    """
    gateway = Gateway(gateway_url(), bearer_token("admin"))
    gateway.post("/v1/profile/replay")
    answer = gateway.get_patiently("/v1/profile/replay")
    while answer["status"] in ("filling", "comparing", "recomputing"):
        time.sleep(_POLL_SECONDS)
        answer = gateway.get_patiently("/v1/profile/replay")
    gateway.close()
    typer.echo(json.dumps(answer, indent=1))
    raise typer.Exit(0 if is_proved(answer) else 1)


def is_proved(answer: Mapping[str, Any]) -> bool:
    """Whether a replay ended, and ended where everything stood."""
    metrics = answer.get("metrics") or {}
    figures_hold = "equal" in metrics and metrics["equal"] == metrics["recomputed"]
    return answer["status"] == "completed" and answer["equal"] is True and figures_hold
