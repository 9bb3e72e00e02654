"""`waymark doctor`."""

import typer

from waymark.doctor import Finding, findings

app = typer.Typer()


@app.command("doctor")
def doctor() -> None:
    """One line a dependency; status 1 if one of them needs something done."""
    healthy = True
    for finding in findings():
        healthy = healthy and finding.ok
        typer.echo(_line(finding))
    raise typer.Exit(0 if healthy else 1)


def _line(finding: Finding) -> str:
    if finding.ok:
        return f"ok    {finding.name}: {finding.said}"
    return f"FAIL  {finding.name}: {finding.said} -> {finding.advice}"
