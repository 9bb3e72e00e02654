"""How a file was understood: what a dry run shows, without anything that the rows hold."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import zstandard

from connectors_service.mapping.plan import Feed, Plan
from connectors_service.mapping.proposing.evidence import best_share, parsers_of
from connectors_service.mapping.proposing.proposal import (
    Proposal,
    ProposedColumn,
    cells_of,
    date_order_of,
)
from connectors_service.reading.limits import UNLIMITED
from connectors_service.reading.rows import rows_reader
from connectors_service.reading.structure import Record, Structure
from connectors_service.receiving.checkpoint import structure_of
from connectors_service.repository import uploads
from connectors_service.rules.codes import Code
from shared_schema.tables.imports import Import
from shared_utils.db import Database

SAMPLES = 3
SAMPLE_ROWS = 100
SAMPLE_CHARS = 80
SAMPLE_BYTES = 128 * 1024
"""So much of a file is looked at; its first rows may be fewer where they are long."""
Samples = dict[int, list[str]]


def preview_of(structure: Structure, plan: Plan, rows: Sequence[Record] = ()) -> dict[str, Any]:
    """Return dialect, encoding, header row, and what each column was taken for and why.

    With the file's first rows it counts what of them is empty and what fits.
    """
    dialect = structure.dialect
    return {
        "format": structure.format,
        "dialect": {
            "delimiter": dialect.delimiter,
            "quote": dialect.quote,
            "escape": dialect.escape,
        },
        "encoding": structure.encoding,
        "sheet": structure.sheet,
        "header_row": dialect.header_row,
        "header_rows": dialect.header_rows,
        "footer_row": structure.footer_row,
        "columns": [
            entry for index in range(len(plan.headers)) for entry in _of(plan, index, rows)
        ],
        "unknown_columns": [name for name, _ in plan.extra],
        "warnings": [*structure.warnings, *_warnings(plan, rows)],
        "scales": {},
    }


def _of(plan: Plan, index: int, rows: Sequence[Record]) -> Iterator[dict[str, Any]]:
    """Yield a column's entry for each field that it feeds."""
    column = {"header": plan.headers[index], "index": index}
    fed = [feed for feed in plan.feeds if feed.index == index]
    for feed in fed:
        reason = f"the mapping {plan.mapping.name} knows this name"
        yield {**column, "field": feed.field, "reason": reason, **_counts(plan, feed, rows)}
    if not fed:
        reason = "no field has this name: its cells are kept as extra"
        yield {**column, "field": None, "reason": reason}


def _counts(plan: Plan, feed: Feed, rows: Sequence[Record]) -> dict[str, Any]:
    """Count a column's cells: looked at, empty, and the share of the others that fits."""
    if not rows:
        return {}
    cells = cells_of(feed.index, rows)
    share = _share(plan, feed, cells) if cells else None
    return {"looked_at": len(rows), "empty": len(rows) - len(cells), "fits": share}


def _share(plan: Plan, feed: Feed, cells: Sequence[str]) -> float:
    words = plan.mapping.columns[feed.field].values
    field = plan.dataset.by_name[feed.field]
    parsers = parsers_of(field, plan.mapping)
    if field.rule.code is not Code.RATING:
        parsers = parsers[:1]
    return round(best_share(parsers, [words.get(cell.casefold(), cell) for cell in cells]), 3)


def _warnings(plan: Plan, rows: Sequence[Record]) -> Iterator[str]:
    """Say which order of day and month would read dates that the mapping leaves open."""
    for feed in plan.feeds:
        if rows and plan.dataset.by_name[feed.field].rule.code is Code.DATE:
            order, notes = date_order_of(cells_of(feed.index, rows), plan.mapping)
            if notes and not plan.mapping.columns[feed.field].date_order:
                hint = f": state date_order: {order} in a mapping" if order else ""
                yield f"{feed.header}: {'; '.join(notes)}{hint}"


def columns_proposed(preview: dict[str, Any], proposal: Proposal) -> dict[str, Any]:
    """Return a preview's columns with what is proposed for each, and why."""
    proposed = {column.index: column for column in proposal.columns}
    return {
        "columns": [
            _as_proposed(column, proposed.get(column["index"])) for column in preview["columns"]
        ]
    }


def _as_proposed(column: dict[str, Any], proposed: ProposedColumn | None) -> dict[str, Any]:
    if proposed is None:
        return column
    return {
        **column,
        "field": column["field"] or proposed.field,
        "reason": proposed.reason or column["reason"],
        "confidence": proposed.confidence,
        "doubt": proposed.doubt,
        "alternatives": [
            {"field": other.field, "confidence": other.confidence}
            for other in proposed.alternatives
        ],
    }


async def first_rows(
    database: Database, import_id: UUID, structure: Structure, most: int = SAMPLE_ROWS
) -> list[Record]:
    """Return the first rows of a stored upload, from its first piece."""
    async with database.read() as session:
        body = await uploads.raw_chunk(session, import_id, structure.first_piece)
    if body is None:
        return []
    return await asyncio.to_thread(_rows, structure, body, most)


def _rows(structure: Structure, body: bytes, most: int) -> list[Record]:
    reader = rows_reader(structure, UNLIMITED)
    piece = zstandard.ZstdDecompressor().decompress(body)
    rows = reader.feed(piece[:SAMPLE_BYTES])
    if len(piece) <= SAMPLE_BYTES:
        rows += reader.finish()
    return [cells for _, cells in rows[:most]]


async def samples_of(database: Database, found: Import) -> Samples:
    """Return some cells of each column by its place, read from the upload: nothing is copied."""
    rows = await first_rows(database, found.import_id, structure_of(found.checkpoint))
    samples: Samples = {}
    for cells in rows:
        for index, cell in enumerate(cells):
            _add(samples.setdefault(index, []), cell.strip()[:SAMPLE_CHARS])
    return samples


def _add(samples: list[str], cell: str) -> None:
    if cell and len(samples) < SAMPLES and cell not in samples:
        samples.append(cell)
