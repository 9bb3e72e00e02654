"""`waymark status`."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from waymark.home import home_path
from waymark.status import ServiceStatus, services_status

app = typer.Typer()


@app.command("status")
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what runs, where, and whether it is ready; status 1 unless all of it is."""
    services = services_status(home_path())
    if as_json:
        typer.echo(json.dumps({"services": [vars(each) for each in services]}))
    else:
        Console().print(_table(services) if services else f"nothing runs in {home_path()}")
    raise typer.Exit(0 if services and all(each.ready for each in services) else 1)


def _table(services: list[ServiceStatus]) -> Table:
    table = Table("name", "process", "url", "ready")
    for each in services:
        table.add_row(each.name, str(each.pid or "-"), each.url, "yes" if each.ready else "no")
    return table
