"""`waymark import`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from waymark.gateway import Gateway
from waymark.imports import DATASETS, Report, import_file
from waymark.target import gateway_url
from waymark.tokens import bearer_token

app = typer.Typer()


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    dataset: Annotated[str, typer.Option(help=f"One of {', '.join(DATASETS)}.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check it, write nothing.")] = False,
    program: Annotated[str | None, typer.Option(help="If the file does not say it.")] = None,
    mapping: Annotated[str | None, typer.Option(help="Name of a mapping.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the import as JSON.")] = False,
) -> None:
    """Send a file through the gateway and follow the import; status 1 unless it completed."""
    fields = _fields(dry_run=dry_run, program=program, mapping=mapping)
    gateway = Gateway(gateway_url(), bearer_token("coordinator"))
    report = _with_progress(gateway, file, dataset, fields)
    gateway.close()
    if as_json:
        typer.echo(json.dumps(report.answer))
    else:
        typer.echo("\n".join(_lines(report, gateway.url)))
    raise typer.Exit(0 if report.status == "completed" else 1)


def _fields(*, dry_run: bool, program: str | None, mapping: str | None) -> dict[str, str]:
    named = {"dry_run": "true" if dry_run else None, "program": program, "mapping": mapping}
    return {name: value for name, value in named.items() if value is not None}


def _with_progress(gateway: Gateway, file: Path, dataset: str, fields: Mapping[str, str]) -> Report:
    """A bar for the bytes that go out, then the rows as they are counted, both on stderr."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"sending {file.name}", total=file.stat().st_size)

        def show(rows: Mapping[str, int]) -> None:
            progress.update(task, description=f"{rows['read']} rows read")

        with progress.open(file, "rb", task_id=task) as opened:
            return import_file(gateway, file, dataset, fields, opened=opened, on_progress=show)


def _lines(report: Report, url: str) -> Iterator[str]:
    yield f"import {report.answer['import_id']}: {report.status}"
    yield ", ".join(f"{count} {name}" for name, count in report.rows.items())
    for code, count in sorted(report.errors.items()):
        yield f"  {code}: {count}, such as: {report.words[code]}"
    problem = report.answer.get("problem")
    if problem:
        yield f"{problem.get('title', '')}: {problem.get('detail', '')}"
    if report.errors:
        yield f"each row with its reason: {url}/v1/imports/{report.answer['import_id']}/errors.csv"
