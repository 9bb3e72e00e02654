"""`waymark import`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from waymark.errors import CommandError
from waymark.gateway import Gateway
from waymark.imports import DATASETS, Report, import_file
from waymark.reporting import lacking, report_lines, show_preview
from waymark.target import gateway_url
from waymark.tokens import bearer_token

app = typer.Typer()
MAPPING_FILES = {".yaml", ".yml"}


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    dataset: Annotated[str, typer.Option(help=f"One of {', '.join(DATASETS)}.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how it is read and what would change.")
    ] = False,
    atomic: Annotated[bool, typer.Option("--atomic", help="All rows, or none.")] = False,
    program: Annotated[str | None, typer.Option(help="If the file does not say it.")] = None,
    mapping: Annotated[
        str | None, typer.Option(help="A mapping's name, name@version, or a YAML file of yours.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--set", help="How to read it: encoding=…, delimiter=…, header_row=…"),
    ] = None,
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="Take a mapping that is proposed, if it is complete."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the import as JSON.")] = False,
) -> None:
    """Send a file through the gateway and follow the import; status 1 unless it completed."""
    fields = {**_settings(option or []), **_fields(dry_run, atomic, program, mapping)}
    gateway = Gateway(gateway_url(), bearer_token("coordinator"))
    if confirm and not dry_run:
        fields |= _confirmed(gateway, file, dataset, fields)
    report = _with_progress(gateway, file, dataset, fields)
    gateway.close()
    if as_json:
        typer.echo(json.dumps(report.answer))
    else:
        show_preview(Console(), report.answer)
        typer.echo("\n".join(report_lines(report, gateway.url)))
    raise typer.Exit(0 if report.status == "completed" else 1)


def _fields(
    dry_run: bool, atomic: bool, program: str | None, mapping: str | None
) -> dict[str, str]:
    named = {
        "dry_run": "true" if dry_run else None,
        "atomic": "all" if atomic else None,
        "program": program,
        "mapping": _mapping(mapping),
    }
    return {name: value for name, value in named.items() if value is not None}


def _confirmed(
    gateway: Gateway, file: Path, dataset: str, fields: Mapping[str, str]
) -> dict[str, str]:
    """Rehearse the file; take the mapping that is proposed for it, and say what it takes."""
    tried = _with_progress(gateway, file, dataset, {**fields, "dry_run": "true"})
    proposal = (tried.answer.get("preview") or {}).get("proposal")
    if not proposal:
        return {}
    show_preview(Console(stderr=True), tried.answer)
    if not proposal["complete"]:
        raise CommandError("\n".join(["the proposed mapping is incomplete:", *lacking(proposal)]))
    for note in proposal.get("notes", ()):
        typer.echo(f"note: {note}", err=True)
    return {"mapping": proposal["yaml"]}


def _mapping(named: str | None) -> str | None:
    """The name as it is, or the text of a YAML file."""
    if named is None or Path(named).suffix not in MAPPING_FILES:
        return named
    try:
        return Path(named).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"the mapping {named} cannot be read: {error}") from error


def _settings(options: list[str]) -> dict[str, str]:
    pairs = [option.partition("=") for option in options]
    for name, sign, _ in pairs:
        if not sign or not name:
            raise CommandError("--set takes name=value, such as delimiter=;")
    return {name: value for name, _, value in pairs}


def _with_progress(gateway: Gateway, file: Path, dataset: str, fields: Mapping[str, str]) -> Report:
    """A bar for the bytes that go out, then the rows as they are counted, both on stderr."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"sending {file.name}", total=file.stat().st_size)

        def show(rows: Mapping[str, int]) -> None:
            progress.update(task, description=f"{rows['read']} rows read")

        with progress.open(file, "rb", task_id=task) as opened:
            return import_file(gateway, file, dataset, fields, opened=opened, on_progress=show)
