"""Rows into typed records, or into reasons why not: the one place where a row is judged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors_service.datasets.base import Values
from connectors_service.mapping.model import DEFAULT_SCALE as DEFAULT_SCALE
from connectors_service.mapping.plan import Plan
from connectors_service.reading.structure import Record, Spoilt
from connectors_service.rules.cleaning import clean_text, trimmed
from connectors_service.rules.codes import CellError, Code, Reason
from connectors_service.rules.ratings import Scale
from connectors_service.rules.rule import Parser

Scales = dict[str, Scale]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A row that keeps all rules; `extra` holds its cells of unknown columns."""

    row: int
    cells: Record
    record: Any
    extra: dict[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that breaks rules."""

    row: int
    cells: Record
    reasons: tuple[Reason, ...]


Judge = Callable[[int, Record], Accepted | Refused]


@dataclass(frozen=True, slots=True)
class _Cell:
    field: str
    header: str
    index: int
    required: bool
    parse: Parser


class RowReader:
    """Judge the rows of one file by its plan; the scale of each rating column is given."""

    def __init__(self, plan: Plan, scales: Scales | None = None) -> None:
        self.plan = plan
        self._width = len(plan.headers)
        self._cells = [_compile(plan, feed.field, scales or {}) for feed in plan.feeds]
        self._empty: Values = {
            field.name: plan.dataset.defaults.get(field.name) for field in plan.dataset.fields
        } | _constants(plan, scales or {})
        self._key = self._cells_of(plan.dataset.key)
        self._else_key = self._cells_of(plan.dataset.else_key)

    def judge(self, row: int, cells: Record) -> Accepted | Refused:
        """Return the row's record, or every reason that speaks against it."""
        if isinstance(cells, Spoilt):
            return Refused(row, cells, (Reason(cells.code, None, cells.why),))
        if len(cells) != self._width:
            if not self._fits(cells):
                return Refused(row, cells, (self._ragged(cells),))
            cells = cells[: self._width]
        values, reasons = self._values(cells)
        if not reasons:
            reasons = self._breaches(values)
        if reasons:
            return Refused(row, cells, tuple(dict.fromkeys(reasons)))
        record = self.plan.dataset.record(values, self.plan.file)
        return Accepted(row, cells, record, self._extra(cells))

    def key(self, cells: Record) -> tuple[Any, ...] | None:
        """Return the row's natural key; None where it can't be read, so the row is refused."""
        try:
            parts = self._key_of(cells)
            return tuple(_key_part(cell, otherwise, cells) for cell, otherwise in parts)
        except (CellError, IndexError):
            return None

    def _key_of(self, cells: Record) -> list[tuple[_Cell | None, Any]]:
        cell, _ = self._key[0]
        if self._else_key and not (cell and trimmed(cells[cell.index])):
            return self._else_key
        return self._key

    def _cells_of(self, fields: tuple[str, ...]) -> list[tuple[_Cell | None, Any]]:
        by_field = {cell.field: cell for cell in self._cells}
        return [(by_field.get(name), self._empty.get(name)) for name in fields]

    def _fits(self, cells: Record) -> bool:
        return len(cells) > self._width and not any(map(str.strip, cells[self._width :]))

    def _ragged(self, cells: Record) -> Reason:
        message = f"The row has {len(cells)} cells, the header {self._width}."
        return Reason(Code.RAGGED, None, message)

    def _values(self, cells: Record) -> tuple[Values, list[Reason]]:
        values, reasons = self._empty.copy(), []
        for cell in self._cells:
            text = trimmed(cells[cell.index])
            if text:
                try:
                    values[cell.field] = cell.parse(text)
                except CellError as error:
                    reasons.append(_reason(error.code, cell.header, error.message))
            elif cell.required:
                reasons.append(_reason(Code.MISSING, cell.header, "is empty, but required"))
        return values, reasons

    def _breaches(self, values: Values) -> list[Reason]:
        return [
            _reason(breach.code, self.plan.header_of(breach.field), breach.message)
            for breach in self.plan.dataset.breaches(values, self.plan.file)
        ]

    def _extra(self, cells: Record) -> dict[str, str]:
        return {name: text for name, i in self.plan.extra if (text := clean_text(cells[i].strip()))}


def _compile(plan: Plan, field: str, scales: Scales) -> _Cell:
    feed = next(feed for feed in plan.feeds if feed.field == field)
    required = plan.dataset.by_name[field].required and plan.mapping.columns[field].value is None
    return _Cell(field, feed.header, feed.index, required, _parser(plan, field, scales))


def _parser(plan: Plan, field: str, scales: Scales) -> Parser:
    parse = plan.dataset.by_name[field].rule.parser(plan.mapping.reading(field, scales.get(field)))
    words = plan.mapping.columns[field].values
    return _with_words(words, parse) if words else parse


def _constants(plan: Plan, scales: Scales) -> Values:
    """Return what the mapping states for empty cells and columns that the file lacks."""
    return {
        field: _parser(plan, field, scales)(column.value)
        for field, column in plan.mapping.columns.items()
        if column.value is not None
    }


def _with_words(words: dict[str, str], parse: Parser) -> Parser:
    return lambda text: parse(words.get(text.casefold(), text))


def _key_part(cell: _Cell | None, otherwise: Any, cells: Record) -> Any:
    text = trimmed(cells[cell.index]) if cell else ""
    return cell.parse(text) if cell and text else otherwise


def _reason(code: Code, header: str, message: str) -> Reason:
    return Reason(code, header, f"{header} {message}.")
