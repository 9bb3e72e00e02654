"""Payloads as rows: the cells of a fixed header, read by the plan of the members that are there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from connectors_service.datasets.base import Dataset
from connectors_service.loading.judging import Judged
from connectors_service.mapping.catalogue import shipped
from connectors_service.mapping.model import Mapping as ColumnMapping
from connectors_service.mapping.plan import Feed, Plan, plan_for
from connectors_service.mapping.rows import Accepted, Refused, RowReader
from connectors_service.reading.structure import Dialect, Format, Structure
from connectors_service.receiving.checkpoint import checkpoint_of
from connectors_service.rules.codes import Code
from connectors_service.webhooks.datasets import dataset_of
from connectors_service.webhooks.payload import Payload, text_of

EXTRA = "extra"
"""The last cell of a webhook's row: its unknown members as JSON."""


@dataclass(frozen=True, slots=True)
class Item:
    """An object of a webhook and the row that it is; `nth` of its key where keys are weak."""

    row_no: int
    payload: Payload
    correlation_id: str | None
    nth: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    """Rows in a row that speak about the same fields, each about another fact."""

    plan: Plan
    items: tuple[Item, ...]
    rows: tuple[Accepted | Refused, ...]

    @property
    def judged(self) -> Judged:
        """The rows as a chunk."""
        return Judged(
            self.items[0].row_no,
            self.items[-1].row_no + 1,
            tuple(row for row in self.rows if isinstance(row, Accepted)),
            tuple(row for row in self.rows if isinstance(row, Refused)),
            nth={item.row_no: item.nth for item in self.items if item.nth > 1},
        )

    def alone(self) -> Iterator["Group"]:
        """Yield each row as a group of its own."""
        for item, row in zip(self.items, self.rows, strict=True):
            yield Group(self.plan, (item,), (row,))


def headers_of(mapping: ColumnMapping) -> tuple[str, ...]:
    """Return the header of a mapping's rows; it does not depend on what a payload holds."""
    names = (header for column in mapping.columns.values() for header in column.headers)
    return (*dict.fromkeys(names), EXTRA)


def checkpoint(mapping: ColumnMapping) -> dict[str, Any]:
    """Return how an import of such rows is read again."""
    dialect = Dialect(",", 0, headers_of(mapping))
    return checkpoint_of(Structure("utf-8", dialect, 0, format=Format.JSON))


@lru_cache(maxsize=1024)
def _reader(name: str, version: str, present: frozenset[str]) -> RowReader:
    return RowReader(plan_of(shipped()[name, version], present))


def plan_of(mapping: ColumnMapping, present: frozenset[str]) -> Plan:
    """Return the plan of payloads with these members.

    What a payload is silent about stays as it is stored; a required field that it lacks is empty.
    """
    headers = headers_of(mapping)
    dataset = dataset_of(mapping)
    whole = plan_for(dataset, mapping, headers)
    feeds = tuple(
        Feed(field, headers.index(header), header)
        for field in mapping.columns
        if (header := _header(dataset, mapping, field, present)) is not None
    )
    return replace(whole, feeds=feeds, extra=())


def _header(
    dataset: Dataset[Any], mapping: ColumnMapping, field: str, present: frozenset[str]
) -> str | None:
    column = mapping.columns[field]
    found = next((header for header in column.headers if header in present), None)
    if found is not None or column.value is not None or not dataset.by_name[field].required:
        return found
    return column.headers[0]


def groups(mapping: ColumnMapping, items: Sequence[Item]) -> Iterator[Group]:
    """Part rows, in their order, into chunks."""
    waiting: list[tuple[Item, Accepted | Refused]] = []
    reader: RowReader | None = None
    keys: set[Any] = set()
    for item in items:
        its_reader = _reader(mapping.name, mapping.version, _present(mapping, item.payload))
        cells = cells_of(its_reader.plan, item.payload)
        key = its_reader.key(cells)
        if waiting and reader and (its_reader is not reader or key in keys):
            yield _group(reader, waiting)
            waiting, keys = [], set()
        reader = its_reader
        keys.add(key)
        waiting.append((item, judged(reader, item, cells)))
    if waiting and reader:
        yield _group(reader, waiting)


def key_of(mapping: ColumnMapping, payload: Payload) -> tuple[Any, ...] | None:
    """Return the natural key that a payload states; None where it can't be read."""
    reader = _reader(mapping.name, mapping.version, _present(mapping, payload))
    return reader.key(cells_of(reader.plan, payload))


def _group(reader: RowReader, waiting: Sequence[tuple[Item, Accepted | Refused]]) -> Group:
    items, rows = zip(*waiting, strict=True)
    return Group(reader.plan, tuple(items), tuple(rows))


def _present(mapping: ColumnMapping, payload: Payload) -> frozenset[str]:
    return frozenset(payload.known).intersection(headers_of(mapping))


def cells_of(plan: Plan, payload: Payload) -> list[str]:
    """Return a payload's cells under the mapping's header."""
    as_json = {
        feed.header
        for feed in plan.feeds
        if plan.dataset.by_name[feed.field].rule.code is Code.JSON
    }
    values = payload.known
    cells = [text_of(values.get(name), as_json=name in as_json) for name in plan.headers[:-1]]
    extra = extra_of(plan, payload)
    return [*cells, text_of(extra) if extra else ""]


def extra_of(plan: Plan, payload: Payload) -> Mapping[str, str]:
    """Return as text what no field takes: unknown members, and known ones that are not read."""
    read = frozenset(plan.headers)
    kept = {path: value for path, value in payload.known.items() if path not in read}
    texts = {path: text_of(value) for path, value in (kept | dict(payload.unknown)).items()}
    return {path: text for path, text in texts.items() if text}


def judged(reader: RowReader, item: Item, cells: list[str]) -> Accepted | Refused:
    """Judge a row; what its payload has beyond the fields is kept with it."""
    found = reader.judge(item.row_no, cells)
    if isinstance(found, Refused):
        return found
    return replace(found, extra=dict(extra_of(reader.plan, item.payload)))
