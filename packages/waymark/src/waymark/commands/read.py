"""`waymark read`."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
READER = "connectors_service.reading"
"""A program of the service that takes files in; it reads this one as it would an upload."""


@app.command()
def read(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    as_json: Annotated[bool, typer.Option("--json", help="Everything as one JSON object.")] = False,
    rows: Annotated[int | None, typer.Option(min=0, help="No more than so many rows.")] = None,
    encoding: Annotated[str | None, typer.Option(help="utf-8, windows-1250, …")] = None,
    delimiter: Annotated[str | None, typer.Option(help="A sign, tab, space or none.")] = None,
    quote: Annotated[str | None, typer.Option(help="A sign, or none.")] = None,
    escape: Annotated[str | None, typer.Option(help="A sign, or none.")] = None,
    header_row: Annotated[int | None, typer.Option(min=0, help="0: no row names columns.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Of a workbook.")] = None,
) -> None:
    """Say how a file is understood and print its rows as CSV; status 2 if it cannot be read."""
    given = {
        "rows": rows,
        "encoding": encoding,
        "delimiter": delimiter,
        "quote": quote,
        "escape": escape,
        "header-row": header_row,
        "sheet": sheet,
    }
    options = [f"--{name}={value}" for name, value in given.items() if value is not None]
    words = [*options, *(["--json"] if as_json else []), "--", str(file)]
    found = subprocess.run(  # noqa: S603, our own program
        [sys.executable, "-m", READER, *words], check=False
    )
    raise typer.Exit(found.returncode)
