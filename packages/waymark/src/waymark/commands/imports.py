"""`waymark imports`."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from waymark.gateway import Gateway
from waymark.imports import followed
from waymark.reporting import undo_lines
from waymark.target import gateway_url
from waymark.tokens import bearer_token

Number = Annotated[UUID, typer.Argument(metavar="ID", help="The import's id.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(name="imports", help="What was imported; take it back, try refused rows again.")


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """What was imported; take it back, or try its refused rows again."""
    if context.invoked_subcommand is None:
        show_list(limit=20, as_json=False)


@app.command("list")
def show_list(
    limit: Annotated[int, typer.Option(min=1, max=200, help="The newest so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the imports, the newest first."""
    page = _asked(lambda gateway: gateway.get("/v1/imports", limit=limit))
    if as_json:
        typer.echo(json.dumps(page))
        return
    for each in page["items"]:
        counts = ", ".join(f"{count} {name}" for name, count in each["rows"].items() if count)
        kind = "dry run" if each["dry_run"] else each["channel"]
        typer.echo(f"{each['import_id']}  {each['received_at'][:16]}  {each['dataset']}")
        typer.echo(f"    {kind}, {each['status']}: {counts or 'no rows'}")


@app.command("show")
def show(number: Number) -> None:
    """Print one import as JSON."""
    typer.echo(json.dumps(_asked(lambda gateway: gateway.get(f"/v1/imports/{number}")), indent=1))


@app.command("errors")
def errors(
    number: Number,
    out: Annotated[Path, typer.Option(help="A .csv or .xlsx file to write.")],
) -> None:
    """Save the refused rows with their reasons, to be mended and sent again."""
    kind = "xlsx" if out.suffix == ".xlsx" else "csv"
    path = f"/v1/imports/{number}/errors.{kind}"
    out.write_bytes(_asked(lambda gateway: gateway.content(path)))
    typer.echo(f"{out}: mend the rows and import the file again; only its rows are taken.")


@app.command("undo")
def undo(
    number: Number,
    preview: Annotated[bool, typer.Option("--preview", help="Say it, change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take an import back; status 1 where some of it had to stay."""
    asked = "?preview=true" if preview else ""
    answer = _asked(lambda gateway: _undone(gateway, number, asked))
    counts = answer if preview else answer["undo"]
    if as_json:
        typer.echo(json.dumps(answer))
    else:
        typer.echo("\n".join(undo_lines(counts, number, preview=preview)))
    raise typer.Exit(0 if preview or not counts["refused"] else 1)


def _undone(gateway: Gateway, number: UUID, asked: str) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = gateway.post(f"/v1/imports/{number}/undo{asked}")
    return answer if asked else followed(gateway, str(number), _is_undone)


def _is_undone(answer: Mapping[str, Any]) -> bool:
    undone = answer.get("undo")
    return bool(undone and undone["status"] != "running")


@app.command("replay")
def replay(
    number: Number,
    mapping: Annotated[str | None, typer.Option(help="Read by this mapping.")] = None,
) -> None:
    """Try the refused rows again, such as after a mapping was mended."""
    asked = f"?mapping={mapping}" if mapping else ""
    answer = _asked(lambda gateway: gateway.post(f"/v1/imports/{number}/replay{asked}"))
    typer.echo(json.dumps(answer, indent=1))


def _asked(question: Callable[[Gateway], Any]) -> Any:
    gateway = Gateway(gateway_url(), bearer_token("admin"))
    try:
        return question(gateway)
    finally:
        gateway.close()
