"""`waymark db migrate|seed|reset`."""

from typing import Annotated
from urllib.parse import urlsplit

import typer

from shared_schema import migrate as migrations
from shared_schema import seed as seeding
from waymark.target import postgres_url
from waymark.telling import say

app = typer.Typer(name="db", help="Migrate, seed or reset the database.", no_args_is_help=True)


@app.command()
def migrate() -> None:
    """Bring the database to the newest version."""
    migrations.upgrade(postgres_url())
    say(f"the database is at {migrations.head()}")


@app.command()
def seed() -> None:
    """Write the reference rows that every figure needs; safe to run again."""
    seeding.seed(postgres_url())
    say("the reference rows are there")


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Forget every row: migrate down to nothing, up again, and seed."""
    url = postgres_url()
    address = urlsplit(url)
    where = f"{address.hostname}:{address.port}{address.path}"
    if not yes:
        typer.confirm(f"Forget everything in {where}?", abort=True, err=True)
    migrations.downgrade(url, "base")
    migrations.upgrade(url)
    seeding.seed(url)
    say(f"{where} is empty and at {migrations.head()}")
