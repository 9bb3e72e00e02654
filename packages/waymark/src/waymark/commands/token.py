"""`waymark token`."""

from typing import Annotated
from uuid import UUID

import typer

from waymark.tokens import caller, signed_token

app = typer.Typer()


@app.command("token")
def token(
    role: Annotated[str, typer.Option(help="admin, coordinator, reviewer, company_user, …")],
    company: Annotated[str | None, typer.Option(help="The company's key or id.")] = None,
    person: Annotated[UUID | None, typer.Option(help="The person's id.")] = None,
    position: Annotated[str | None, typer.Option(help="manager (default) or member.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="A partner's scope; repeatable.")] = None,
    ttl: Annotated[int, typer.Option(help="Minutes that it is valid, at most a day.")] = 12 * 60,
) -> None:
    """Print an access token, nothing else."""
    speaker = caller(
        role, company=company, person=person, position=position, scopes=frozenset(scope or ())
    )
    typer.echo(signed_token(speaker, ttl))
