"""`waymark webhook-secret`."""

from typing import Annotated

import typer

from waymark.gateway import Gateway
from waymark.target import gateway_url
from waymark.tokens import bearer_token

app = typer.Typer()
DAY = 86_400


@app.command("webhook-secret")
def webhook_secret(
    source: Annotated[str, typer.Argument(help="kintell, buddy, upskilling, …")],
    overlap: Annotated[
        int, typer.Option(min=0, help="Seconds that the secrets before still verify.")
    ] = DAY,
) -> None:
    """Print a new secret that webhooks of a source are signed with, nothing else."""
    gateway = Gateway(gateway_url(), bearer_token("admin"))
    try:
        made = gateway.post("/v1/webhook-secrets", {"source": source, "overlap_seconds": overlap})
    finally:
        gateway.close()
    typer.echo(made["secret"])
