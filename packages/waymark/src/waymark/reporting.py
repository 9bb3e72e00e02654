"""An import in words: how its file was read, what became of its rows, what to do next."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from waymark.imports import Report

SAMPLES = 3
Answer = Mapping[str, Any]


def report_lines(report: Report, url: str) -> Iterator[str]:
    """Yield the report of an import that is over."""
    import_id = report.answer["import_id"]
    if report.answer.get("dry_run"):
        yield f"dry run {import_id}: {report.status}; nothing was stored"
    else:
        yield f"import {import_id}: {report.status}"
    yield ", ".join(f"{count} {name}" for name, count in report.rows.items())
    for code, count in sorted(report.errors.items()):
        yield f"  {code}: {count}, such as: {report.words[code]}"
    problem = report.answer.get("problem")
    if problem:
        yield f"{problem.get('title', '')}: {problem.get('detail', '')}"
    if report.errors:
        yield f"each row with its reason: {url}/v1/imports/{import_id}/errors.csv"
    yield from _would(report.answer)
    yield from _proposed(report.answer)
    if report.status == "completed" and not report.answer.get("dry_run"):
        yield f"to take it back: waymark imports undo {import_id} --preview"


def _proposed(answer: Answer) -> Iterator[str]:
    """Yield a proposed mapping, to be saved, mended and sent with the file."""
    proposal = (answer.get("preview") or {}).get("proposal")
    if not proposal:
        return
    yield from lacking(proposal)
    yield from (f"note: {note}" for note in proposal.get("notes", ()))
    if proposal["complete"]:
        yield "the columns are not those of this dataset; to read them as shown above: --confirm"
        yield "or save this as my.yaml, change it, and add --mapping my.yaml:"
    else:
        yield "save this as my.yaml, complete it, and add --mapping my.yaml:"
    yield str(proposal["yaml"])


def lacking(proposal: Answer) -> Iterator[str]:
    """Yield each required column that a proposed mapping lacks, and why."""
    for each in proposal.get("lacking", ()):
        yield f"missing {each['field']}: {each['why']}"


def _would(answer: Answer) -> Iterator[str]:
    """Yield what a dry run would bring beside its counts: people, changes, companies' figures."""
    would = (answer.get("report") or {}).get("would") or {}
    if people := would.get("people"):
        yield f"{people['new']} people would be new"
    for record, fields in ((would.get("changes") or {}).get("fields") or {}).items():
        told = ", ".join(f"{name} of {facts}" for name, facts in fields.items())
        yield f"{record} would change: {told}"
    for moved in would.get("figures") or ():
        records = sum(moved["facts"].values())
        yield (
            f"figures of {moved['company']} for {moved['period']}: {records} records,"
            f" {moved['sessions_completed']:+} completed sessions,"
            f" {moved['volunteer_hours']:+g} volunteer hours"
        )


def show_preview(console: Console, answer: Answer) -> None:
    """Print how a dry run understood its file; nothing for other imports."""
    preview = answer.get("preview")
    if not answer.get("dry_run") or not preview:
        return
    console.print(_understood(preview), highlight=False)
    console.print(_columns(preview))
    for warning in preview.get("warnings") or ():
        console.print(f"warning: {escape(_words(warning))}", highlight=False)


def _understood(preview: Answer) -> str:
    dialect = ", ".join(f"{name} {value!r}" for name, value in preview["dialect"].items())
    row = preview["header_row"]
    return escape(f"read as {preview['encoding']}, {dialect}; the header is row {row}")


def _columns(preview: Answer) -> Table:
    table = Table("column", "field", "why", "samples")
    for column in preview["columns"]:
        samples = " | ".join(map(str, column.get("samples", ())[:SAMPLES]))
        cells = (column["header"], column["field"] or "-", column["reason"], samples)
        table.add_row(*(escape(str(cell)) for cell in cells))
    return table


def _words(warning: Any) -> str:
    return str(warning.get("message", warning)) if isinstance(warning, dict) else str(warning)


def undo_lines(counts: Answer, import_id: object, *, preview: bool) -> Iterator[str]:
    """Yield what an undo did, or would do; `counts` holds rows by their fate."""
    verb = "would be" if preview else "were"
    yield f"import {import_id}: {counts['removed']} rows {verb} removed,"
    yield f"{counts['restored']} {verb} put back, {counts['kept']} {verb} kept,"
    yield f"{counts['refused']} {verb} left, since others changed them"
    for kind, fates in counts["facts"].items():
        yield f"  {kind}: " + ", ".join(f"{count} {fate}" for fate, count in fates.items())
    for moved in counts.get("figures", ()):
        facts = sum(moved["facts"].values())
        yield f"  figures of {moved['company']} for {moved['period']} move by {facts} records"
    if counts["refused"] and not preview:
        yield f"what stayed and why: GET /v1/imports/{import_id}/undo.csv"
    if counts.get("note"):
        yield str(counts["note"])
