"""`waymark deadletters`."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from shared_utils import deadletters as letters
from shared_utils import log
from shared_utils.db import Database
from shared_utils.deadletters import DeadLetter
from shared_utils.errors import WaymarkError
from waymark.errors import CommandError
from waymark.target import postgres_url
from waymark.telling import say

T = TypeVar("T")
Number = Annotated[UUID, typer.Argument(metavar="ID", help="The dead letter's id.")]

app = typer.Typer(name="deadletters", help="Events that could not be handled.")


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """Events that could not be handled: look at them, repair, replay or resolve them."""
    if context.invoked_subcommand is None:
        show_list(consumer=None, everything=False, as_json=False)


@app.command("list")
def show_list(
    consumer: Annotated[str | None, typer.Option(help="Of one consumer.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List them, the oldest first."""
    found = _run(
        lambda session: letters.dead_letters(
            session, consumer=consumer, with_resolved=everything, limit=1000
        )
    )
    if as_json:
        typer.echo(json.dumps({"items": [_as_json(each) for each in found]}))
    else:
        Console().print(_table(list(found)) if found else "no dead letters")


@app.command("show")
def show(number: Number) -> None:
    """Print one with its event, as JSON."""
    found = _run(lambda session: letters.dead_letter(session, number))
    typer.echo(json.dumps(_as_json(found), indent=1))


@app.command("repair")
def repair(
    number: Number,
    event: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The event as JSON.")],
) -> None:
    """Put a corrected event in its place."""
    body = event.read_bytes()
    _run(lambda session: letters.repair(session, number, body))
    say(f"{number} is repaired; `waymark deadletters replay {number}` tries it again")


@app.command("replay")
def replay(number: Number) -> None:
    """Ask its consumer to try once more."""
    _run(lambda session: letters.replay(session, number))
    say(f"{number} is tried again within seconds")


@app.command("resolve")
def resolve(number: Number) -> None:
    """Close it without its effects."""
    _run(lambda session: letters.resolve(session, number))
    say(f"{number} is resolved")


def _run(action: Callable[[AsyncSession], Awaitable[T]]) -> T:
    log.configure("waymark", "WARNING", sys.stderr)
    return asyncio.run(_in_transaction(action))


async def _in_transaction(action: Callable[[AsyncSession], Awaitable[T]]) -> T:
    database = Database(postgres_url(), application_name="waymark-command")
    try:
        async with database.work() as work:
            return await action(work.session)
    except WaymarkError as error:
        raise CommandError(str(error)) from error
    finally:
        await database.close()


def _as_json(letter: DeadLetter) -> dict[str, object]:
    body = letter.body.decode(errors="replace")
    times = ("created_at", "replayed_at", "resolved_at")
    moments = {name: _moment(getattr(letter, name)) for name in times}
    return {
        **vars(letter),
        **moments,
        "dead_letter_id": str(letter.dead_letter_id),
        "body": body,
    }


def _moment(value: object) -> str | None:
    return None if value is None else str(value)


def _table(found: list[DeadLetter]) -> Table:
    table = Table("id", "consumer", "type", "attempts", "reason", "since")
    for letter in found:
        table.add_row(
            str(letter.dead_letter_id),
            letter.consumer,
            letter.type,
            str(letter.attempts),
            letter.reason,
            f"{letter.created_at:%Y-%m-%d %H:%M}",
        )
    return table
