"""How a file was understood: what a dry run shows, without anything that the rows hold."""

from collections.abc import Iterator
from typing import Any

from connectors_service.loading.source import StoredReader
from connectors_service.mapping.plan import Plan
from connectors_service.reading.limits import UNLIMITED
from connectors_service.reading.structure import Structure
from connectors_service.receiving.checkpoint import structure_of
from connectors_service.repository import uploads
from shared_schema.tables.imports import Import
from shared_utils.db import Database

SAMPLES = 3
SAMPLE_ROWS = 100
SAMPLE_CHARS = 80
Samples = dict[int, list[str]]


def preview_of(structure: Structure, plan: Plan) -> dict[str, Any]:
    """Return dialect, encoding, header row, and what each column was taken for and why."""
    return {
        "dialect": {"delimiter": structure.dialect.delimiter},
        "encoding": structure.encoding,
        "header_row": structure.dialect.header_row,
        "columns": list(_columns(plan)),
        "unknown_columns": [name for name, _ in plan.extra],
        "scales": {},
    }


def _columns(plan: Plan) -> Iterator[dict[str, Any]]:
    for index, header in enumerate(plan.headers):
        fed = [feed.field for feed in plan.feeds if feed.index == index]
        for field in fed:
            reason = f"the mapping {plan.mapping.name} knows this name"
            yield {"header": header, "index": index, "field": field, "reason": reason}
        if not fed:
            reason = "no field has this name: its cells are kept as extra"
            yield {"header": header, "index": index, "field": None, "reason": reason}


async def samples_of(database: Database, found: Import) -> Samples:
    """Return some cells of each column by its place, read from the upload: nothing is copied."""
    structure = structure_of(found.checkpoint)
    async with database.read() as session:
        body = await uploads.raw_chunk(session, found.import_id, structure.first_piece)
    if body is None:
        return {}
    rows = StoredReader(structure, UNLIMITED).feed(body)[:SAMPLE_ROWS]
    samples: Samples = {}
    for _, cells in rows:
        for index, cell in enumerate(cells):
            _add(samples.setdefault(index, []), cell.strip()[:SAMPLE_CHARS])
    return samples


def _add(samples: list[str], cell: str) -> None:
    if cell and len(samples) < SAMPLES and cell not in samples:
        samples.append(cell)
