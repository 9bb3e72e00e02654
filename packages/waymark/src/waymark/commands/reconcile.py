"""`waymark reconcile`."""

import json

import typer

from waymark.reconciling import reconcile as reconciled
from waymark.target import postgres_url

app = typer.Typer()


@app.command("reconcile")
def reconcile() -> None:
    """Compare facts, outbox, inboxes, projection, attributions; JSON; status 1 if any differ."""
    checks = reconciled(postgres_url())
    listed = [
        {"check": each.name, "ok": each.ok, "differences": each.differences, **each.detail}
        for each in checks
    ]
    ok = all(each.ok for each in checks)
    typer.echo(json.dumps({"ok": ok, "checks": listed}, indent=1))
    raise typer.Exit(0 if ok else 1)
