"""Fetches one page and shows how it would be read; nothing is stored."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import httpx
import zstandard

from connectors_service.errors import UploadRefusedError
from connectors_service.loading.survey import Survey
from connectors_service.mapping.plan import Plan
from connectors_service.mapping.rows import Accepted, RowReader
from connectors_service.pulling.asking import Asker, Reach
from connectors_service.pulling.columns import Columns, Rows
from connectors_service.pulling.errors import SourceProblemError
from connectors_service.pulling.fetching import Answer, Pace
from connectors_service.pulling.finishing import plan_of
from connectors_service.pulling.hosts import shown
from connectors_service.pulling.pages import since_for, step
from connectors_service.pulling.paging import first_place
from connectors_service.pulling.problems import problem_of
from connectors_service.pulling.schemas import Trial
from connectors_service.pulling.state import Pull, cursor_of
from connectors_service.reading.limits import Limits
from connectors_service.reading.rows import rows_reader
from connectors_service.reading.structure import Block
from connectors_service.schemas import PreviewColumn, RowError
from shared_schema.tables.imports import Source

PATIENCE = Pace(attempts=2, first_wait=0.2, longest_wait=2.0)
"""Someone waits for the answer."""

SECONDS = 10.0
MOST_ROWS = 500
MOST_ERRORS = 50
SAMPLES, SAMPLE_CHARS = 3, 80
_NOWHERE = UUID(int=0)


async def trial(source: Source, reach: Reach) -> Trial:
    """Ask for the first page; what goes wrong is part of the answer."""
    tried = Trial(url=shown(httpx.URL(source.definition["base_url"]), None))
    try:
        async with Asker(replace(reach, pace=PATIENCE), source, SECONDS) as asker:
            since = since_for(asker.definition, cursor_of(source).since, datetime.now(UTC))
            pull = Pull(_NOWHERE, first_place(asker.definition), since, None)
            answer = await asker.ask(pull)
        if answer is None:
            return tried
        return await asyncio.to_thread(_read, source, asker, pull, answer, reach.limits)
    except (SourceProblemError, UploadRefusedError) as problem:
        return tried.model_copy(update={"problem": problem_of(problem)})


def _read(source: Source, asker: Asker, pull: Pull, answer: Answer, limits: Limits) -> Trial:
    taken = step(asker.definition, pull, answer, datetime.now(UTC), limits.max_bytes)
    unpack = zstandard.ZstdDecompressor()
    lines = b"".join(unpack.decompress(piece) for piece in taken.pieces)
    tried = Trial(
        url=asker.shown(str(answer.url)),
        records=taken.pull.records,
        has_next=taken.pull.place is not None,
        since=pull.since,
    )
    if not lines:
        return tried
    columns = Columns(limits)
    columns.add(lines)
    structure = columns.structure(first_piece=0)
    text = Rows(structure.dialect.headers).add(lines)
    reader = rows_reader(structure, limits)
    block = [*reader.feed(text), *reader.finish()][:MOST_ROWS]
    try:
        return _judged(tried, plan_of(source, asker.definition, structure), block)
    except UploadRefusedError as problem:
        return tried.model_copy(update={"problem": problem_of(problem)})


def _judged(tried: Trial, plan: Plan, block: Block) -> Trial:
    survey = Survey(plan)
    survey.add(block)
    scales, _ = survey.scales()
    reader = RowReader(plan, scales)
    judged = [reader.judge(row, cells) for row, cells in block]
    refused = [each for each in judged if not isinstance(each, Accepted)]
    errors = [
        RowError(row=each.row, code=reason.code, column=reason.column, message=reason.message)
        for each in refused
        for reason in each.reasons
    ]
    return tried.model_copy(
        update={
            "accepted": len(judged) - len(refused),
            "refused": len(refused),
            "errors": errors[:MOST_ERRORS],
            "columns": [_column(plan, block, place) for place in range(len(plan.headers))],
        }
    )


def _column(plan: Plan, block: Block, place: int) -> PreviewColumn:
    fed = next((feed.field for feed in plan.feeds if feed.index == place), None)
    known = f"the mapping {plan.mapping.name} knows this name"
    cells = dict.fromkeys(cells[place][:SAMPLE_CHARS] for _, cells in block if cells[place])
    return PreviewColumn(
        header=plan.headers[place],
        field=fed,
        reason=known if fed else "no field has this name: its cells are kept as extra",
        samples=list(cells)[:SAMPLES],
    )
