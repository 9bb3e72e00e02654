"""The rows of an import that were not taken, read again from what is kept of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from connectors_service.datasets.catalogue import dataset_named
from connectors_service.loading.judging import Judged
from connectors_service.mapping.model import Mapping as ColumnMapping
from connectors_service.mapping.plan import Plan, plan_for
from connectors_service.mapping.rows import Accepted, Refused, RowReader
from connectors_service.receiving.checkpoint import structure_of
from connectors_service.repository.imports import SCALES
from connectors_service.rules.codes import Code, Reason
from connectors_service.rules.ratings import Scale
from connectors_service.webhooks.reading import plan_of
from shared_schema.tables.imports import Import


@dataclass(frozen=True, slots=True)
class Kept:
    """A row that was not taken: its cells, why, and the how many-th of its key it is."""

    row: int
    cells: list[str]
    state: str
    reasons: tuple[Reason, ...]
    nth: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that are read by one plan, judged anew."""

    plan: Plan
    rows: tuple[Kept, ...]
    judged: Judged
    was: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Again:
    """How the rows of an import are read again."""

    found: Import
    mapping: ColumnMapping
    filename: str

    def batches(self, rows: Sequence[Kept], chunk_no: int) -> Iterator[Batch]:
        """Judge rows, in runs that one plan reads; each run has a chunk number of its own."""
        for place, (_, run) in enumerate(groupby(rows, self._present)):
            together = tuple(run)
            plan = self._plan(together[0])
            yield _judged(plan, self._reader(plan), together, chunk_no + place, self.is_webhook)

    @property
    def is_webhook(self) -> bool:
        return self.found.channel == "webhook"

    @property
    def _headers(self) -> tuple[str, ...]:
        return structure_of(self.found.checkpoint).dialect.headers

    def _present(self, row: Kept) -> frozenset[str]:
        """The columns that a row has: all of a file's, those of a webhook that are filled."""
        if not self.is_webhook:
            return frozenset()
        filled = zip(self._headers, row.cells, strict=False)
        return frozenset(name for name, cell in filled if cell)

    def _plan(self, row: Kept) -> Plan:
        if self.is_webhook:
            return plan_of(self.mapping, self._present(row))
        return self.file_plan()

    def file_plan(self) -> Plan:
        """Return how the import's file is read; raises UploadRefusedError where it can't be."""
        dataset = dataset_named(self.found.dataset)
        return plan_for(dataset, self.mapping, self._headers, self.filename, self.found.program)

    def _reader(self, plan: Plan) -> RowReader:
        kept: dict[str, str] = self.found.checkpoint.get(SCALES, {})
        fed = {feed.field for feed in plan.feeds}
        scales = {name: Scale(scale) for name, scale in kept.items() if name in fed}
        return RowReader(plan, scales)


def _judged(
    plan: Plan, reader: RowReader, rows: tuple[Kept, ...], chunk_no: int, is_webhook: bool
) -> Batch:
    accepted: list[Accepted] = []
    refused: list[Refused] = []
    for row in rows:
        judged = _one(reader, row)
        if isinstance(judged, Refused):
            refused.append(judged)
        else:
            accepted.append(_with_extras(judged) if is_webhook else judged)
    nth = {row.row: row.nth for row in rows if row.nth is not None}
    whole = Judged(chunk_no, chunk_no + 1, tuple(accepted), tuple(refused), nth=nth)
    was = {state: sum(row.state == state for row in rows) for state in ("refused", "held")}
    return Batch(plan, rows, whole, was)


def _one(reader: RowReader, row: Kept) -> Accepted | Refused:
    """Judge a row; one that contradicts another row of its file does so still."""
    judged = reader.judge(row.row, row.cells)
    repeated = tuple(reason for reason in row.reasons if reason.code is Code.REPEATED_KEY)
    if not repeated:
        return judged
    others = judged.reasons if isinstance(judged, Refused) else ()
    return Refused(row.row, row.cells, (*repeated, *others))


def _with_extras(judged: Accepted) -> Accepted:
    return replace(judged, extra=json.loads(judged.cells[-1]) if judged.cells[-1] else {})


def kept_row(row: int, original: dict[str, Any], state: str, reasons: list[Any]) -> Kept:
    """Read a stored row."""
    said = tuple(Reason(Code(one["code"]), one["column"], one["message"]) for one in reasons)
    return Kept(row, original["cells"], state, said, original.get("nth"))
