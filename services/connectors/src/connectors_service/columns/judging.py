"""A frame's rows judged by columns: those that surely keep all rules, and those left to the rows'.

The row-wise rules have the last word on every row that a column is not certain about.
"""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from connectors_service.columns.catalogue import IN_COLUMNS
from connectors_service.columns.cells import BLANKS, QUOTABLE, Judge, judge_of, kept
from connectors_service.columns.declaring import InColumns
from connectors_service.columns.frames import ROW
from connectors_service.mapping.plan import Plan
from connectors_service.mapping.rows import Scales
from connectors_service.reading.structure import Block
from connectors_service.rules.rule import Form

EXTRA = "extra"
_TYPES: Mapping[str, pl.DataType] = {"duration_minutes": pl.Int32(), "rating": pl.Float64()}


class ColumnReader:
    """Judges the rows of one file by its plan; the scale of each rating column is given."""

    def __init__(self, plan: Plan, declared: InColumns, judges: Mapping[str, Judge]) -> None:
        self.plan = plan
        self.declared = declared
        self._judges = judges
        by_name = plan.dataset.by_name
        self.texts = [name for name in judges if by_name[name].rule.form is Form.TEXT]
        """The fields whose values may hold signs that COPY reads otherwise."""

    def part(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
        """Return the values of all rows, by field, and which rows surely keep all rules."""
        values: dict[str, pl.Series] = {ROW: frame[ROW]}
        sure = pl.repeat(value=True, n=frame.height, eager=True)
        for feed in self.plan.feeds:
            text = trimmed(frame[str(feed.index)])
            value = self._judges[feed.field](text)
            is_required = self.plan.dataset.by_name[feed.field].required
            sure &= value.is_not_null() if is_required else value.is_not_null() | text.is_null()
            values[feed.field] = value
        extra, quotable = self._extra(frame)
        whole = pl.DataFrame(values).with_columns(self._missing(values))
        told = self.declared.derived(whole, self.plan.file).with_columns(extra)
        sound = told.select(self.declared.sound.fill_null(value=False)).to_series()
        return told, sure & quotable & sound

    def keys(self, frame: pl.DataFrame) -> pl.Series:
        """Return the rows' keys, null where only the row-wise rules may tell."""
        (name,) = self.plan.dataset.key
        index = next(feed.index for feed in self.plan.feeds if feed.field == name)
        return self._judges[name](trimmed(frame[str(index)]))

    def _missing(self, values: Mapping[str, Any]) -> list[pl.Expr]:
        return [
            pl.lit(None, _TYPES.get(name, pl.String())).alias(name)
            for name in self.plan.dataset.by_name
            if name not in values
        ]

    def _extra(self, frame: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
        """Return the cells of unknown columns as JSON, and where they surely can be so."""
        quotable = pl.repeat(value=True, n=frame.height, eager=True)
        members = []
        for name, index in self.plan.extra:
            text = trimmed(frame[str(index)])
            quotable &= (text.str.contains(QUOTABLE)).fill_null(value=True)
            key = pl.lit(f'{json.dumps(name, ensure_ascii=False)}:"')
            members.append(pl.select((key + pl.lit(text) + '"').alias(str(index))).to_series())
        if not members:
            return pl.repeat(None, frame.height, dtype=pl.String, eager=True).alias(EXTRA), quotable
        joined = pl.DataFrame(members).select(
            pl.concat_str(pl.all(), separator=",", ignore_nulls=True).alias(EXTRA)
        )
        said = joined[EXTRA]
        return kept(said, said != "").alias(EXTRA), quotable


def column_reader(plan: Plan, scales: Scales) -> ColumnReader | None:
    """Return what judges a plan's rows by columns; None where only single rows can be judged."""
    declared = IN_COLUMNS.get(plan.dataset.name)
    judges = {feed.field: _judge(plan, feed.field, scales) for feed in plan.feeds}
    constants = any(column.value is not None for column in plan.mapping.columns.values())
    odd = any("\\" in json.dumps(name, ensure_ascii=False) for name, _ in plan.extra)
    known = {name: judge for name, judge in judges.items() if judge is not None}
    if declared is None or constants or odd or len(known) < len(judges):
        return None
    return ColumnReader(plan, declared, known)


def _judge(plan: Plan, field: str, scales: Scales) -> Judge | None:
    reading = plan.mapping.reading(field, scales.get(field))
    return judge_of(plan.dataset.by_name[field].rule, reading, plan.mapping.columns[field].values)


def trimmed(cells: pl.Series) -> pl.Series:
    """Return cells without the blanks around them, null where nothing is left."""
    text = cells.str.strip_chars(BLANKS)
    return kept(text, text != "")


def block_of(frame: pl.DataFrame) -> Block:
    """Return a frame's rows as the row-wise rules take them."""
    return [(row, list(cells)) for *cells, row in frame.rows()]
