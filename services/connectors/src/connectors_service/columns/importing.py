"""A stored file by columns: its survey, and its chunks judged."""

import asyncio
from collections.abc import AsyncIterator
from itertools import chain

import polars as pl

from connectors_service.columns.bulk import ColumnRows
from connectors_service.columns.frames import ROW, FrameReader
from connectors_service.columns.judging import ColumnReader, block_of, column_reader, trimmed
from connectors_service.loading.judging import Judged, judge_some
from connectors_service.loading.source import CHUNK_CHARS, Source
from connectors_service.loading.survey import Survey, Surveyed
from connectors_service.mapping.plan import Plan
from connectors_service.mapping.rows import RowReader


class Columns:
    """One import's file, read and judged by columns; `source` has to be plain."""

    def __init__(self, source: Source, plan: Plan, reader: ColumnReader) -> None:
        self._source = source
        self._plan = plan
        self._reader = reader

    async def survey(self) -> Survey | None:
        """Look at all rows as the first sweep does; None if the rows are not read as expected."""
        survey, frames = Survey(self._plan), FrameReader(self._source.structure)
        try:
            async for frame in self._frames(frames):
                await asyncio.to_thread(self._survey, survey, frame)
        except pl.exceptions.PolarsError:
            return None
        is_whole = frames.row + frames.blanks == self._source.structure.last_row
        return survey if is_whole else None

    def _survey(self, survey: Survey, frame: pl.DataFrame) -> None:
        keys, rows = self._reader.keys(frame), RowReader(self._plan)
        unsure = frame.filter(keys.is_null())
        for key in keys.drop_nulls():
            survey.add_key((key,))
        for _, cells in block_of(unsure):
            survey.add_key(rows.key(cells))
        for feed in survey.ratings:
            counted = trimmed(frame[str(feed.index)]).value_counts()
            for text, times in counted.iter_rows():
                survey.evidence.add((text or "").strip(), times)

    async def judged(self, surveyed: Surveyed, size: int, first_row: int) -> AsyncIterator[Judged]:
        """Yield the rows from `first_row` on, `size` at a time, fewer where they are long."""
        reader = column_reader(self._plan, surveyed.scales) or self._reader
        rows = RowReader(self._plan, surveyed.scales)
        async for frame in self._chunks(size, first_row):
            yield await asyncio.to_thread(_judged, frame, reader, rows, surveyed)

    async def _frames(self, frames: FrameReader) -> AsyncIterator[pl.DataFrame]:
        async for piece in self._source.pieces():
            yield await asyncio.to_thread(frames.feed, piece)
        yield await asyncio.to_thread(frames.finish)

    async def _chunks(self, size: int, first_row: int) -> AsyncIterator[pl.DataFrame]:
        waiting: list[pl.DataFrame] = []
        async for frame in self._frames(FrameReader(self._source.structure)):
            waiting.append(frame.filter(pl.col(ROW) >= first_row))
            while sum(len(each) for each in waiting) >= size or _is_long(waiting):
                whole = pl.concat(waiting)
                waiting = [whole[size:]]
                yield whole[:size]
        last = pl.concat(waiting)
        if len(last):
            yield last


def _is_long(frames: list[pl.DataFrame]) -> bool:
    return sum(frame.estimated_size() for frame in frames) >= CHUNK_CHARS


def _judged(
    frame: pl.DataFrame, columns: ColumnReader, rows: RowReader, surveyed: Surveyed
) -> Judged:
    """Judge a chunk; what columns are not sure of, and keys that stand twice, go by rows."""
    first, last = frame[ROW][0], frame[ROW][-1]
    values, sure = columns.part(frame)
    numbers = (surveyed.conflicting.between(first, last), surveyed.repeated.between(first, last))
    twice = list(chain(*numbers))
    if twice:
        sure &= ~frame[ROW].is_in(twice)
    block = block_of(frame.filter(~sure))
    judged = judge_some(block, rows, surveyed, (first, last + 1))
    return judged.with_bulk(ColumnRows(values.filter(sure), frame.filter(sure), columns, rows))


def columns_of(source: Source, plan: Plan) -> Columns | None:
    """Return how a file is judged by columns, if it can be."""
    reader = column_reader(plan, {})
    return Columns(source, plan, reader) if reader else None
