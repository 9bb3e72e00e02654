"""`waymark down`."""

import typer

from waymark.home import home_path
from waymark.starting import stop_running
from waymark.telling import say

app = typer.Typer()


@app.command("down")
def down() -> None:
    """Stop what `up` started in this folder."""
    root = home_path()
    say("stopped" if stop_running(root) else f"nothing runs in {root}")
