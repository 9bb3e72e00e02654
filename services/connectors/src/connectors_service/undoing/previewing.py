"""What undoing an import would do, to the row: decided as the undo decides, nothing written."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from connectors_service.repository import histories, left, refusals
from connectors_service.repository import undo as stored
from connectors_service.repository.histories import Piece
from connectors_service.repository.imports import Visible
from connectors_service.undoing.fates import Fate
from connectors_service.undoing.judging import PEOPLE, Judge, Judgement
from connectors_service.undoing.schemas import Figures, People, RowLeft, UndoPreview
from connectors_service.undoing.tables import Undoable, undoable
from connectors_service.undoing.undoer import AT_ONCE, in_order, main_type
from connectors_service.undoing.wording import NOTE, Stay, row_left
from shared_schema.tables.imports import Import
from shared_utils.db import Database

ROWS_SHOWN = 200
PEOPLE_SHOWN = 100
_SEEN, _MOVED, _REMOVED, _REFUSED = 1, 2, 4, 8


class RowFates:
    """The fate of each row, at a byte a row: a row's facts are one with it."""

    def __init__(self, main: str) -> None:
        self._main = main
        self._rows = bytearray()

    def add(self, row: int, fact_type: str, fate: str) -> None:
        """Note the fate of one fact of a row."""
        if row >= len(self._rows):
            self._rows.extend(bytes(row + 1 - len(self._rows) + len(self._rows) // 2))
        mark = _SEEN
        if fate == Fate.REFUSED:
            mark |= _REFUSED
        elif fate == Fate.REMOVED and fact_type == self._main:
            mark |= _REMOVED
        elif fate in (Fate.REMOVED, Fate.RESTORED):
            mark |= _MOVED
        self._rows[row] |= mark

    def counts(self) -> dict[str, int]:
        """Return how many rows have each fate."""
        found = Counter(map(_fate, self._rows))
        return {fate.value: found[fate] for fate in Fate}


def _fate(mark: int) -> Fate | None:
    if mark & _REFUSED:
        return Fate.REFUSED
    if mark & _REMOVED:
        return Fate.REMOVED
    if mark & _MOVED:
        return Fate.RESTORED
    return Fate.KEPT if mark else None


@dataclass
class _Sums:
    rows: RowFates
    facts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    people: set[UUID] = field(default_factory=set)
    figures: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    left: list[Stay] = field(default_factory=list)


class Previewer:
    """Tells what an undo would do; memory is a byte a row, and the people who are touched."""

    def __init__(self, database: Database, zone: str, at_once: int = AT_ONCE) -> None:
        self._database = database
        self._zone = zone
        self._at_once = at_once

    async def preview(self, found: Import, visible: Visible) -> UndoPreview:
        """Preview an undo; a company sees its own figures alone, a key none, and neither people."""
        only = visible.company_id
        sums = _Sums(RowFates(main_type(found.dataset)))
        async with self._database.work() as work:
            pieces = in_order(await histories.pieces(await work.raw(), found.import_id))
            gone = await stored.withdrawn(await work.raw(), found.import_id)
        for piece in pieces:
            for start in range(0, piece.facts, self._at_once):
                async with self._database.work() as work:
                    await self._look(await work.raw(), found, piece, start, only, sums)
        if visible.uploaded_by is not None:
            sums.figures.clear()
        return await self._shown(found, sums, visible, gone)

    async def _look(
        self,
        connection: AsyncConnection[Any],
        found: Import,
        piece: Piece,
        start: int,
        only: UUID | None,
        sums: _Sums,
    ) -> None:
        kind, size = undoable(piece.fact_type), self._at_once
        rows = await histories.rows_of(connection, found.import_id, piece, start, size)
        judge = Judge(connection, found.import_id, found.dataset)
        judged = await judge.judge(kind, list(rows))
        _add(sums, kind, rows, judged)
        moving = [*judged.having(Fate.REMOVED), *judged.having(Fate.RESTORED)]
        sums.people |= await stored.people_of(connection, kind, moving, PEOPLE)
        sums.people.update(judged.people())
        counted = await stored.figures_of(connection, kind, moving, self._zone, only)
        for (company, period), facts in counted.items():
            sums.figures[company, period, kind.fact.fact_type] += facts

    async def _shown(self, found: Import, sums: _Sums, visible: Visible, gone: int) -> UndoPreview:
        ids = sorted(sums.people)[:PEOPLE_SHOWN] if visible == Visible() else []
        async with self._database.read() as session:
            who = await left.uploaders(session, [one[4] for one in sums.left], visible)
            waiting = await refusals.waiting(session, found.import_id)
        return UndoPreview(
            import_id=found.import_id,
            **sums.rows.counts(),
            facts={kind: dict(sorted(fates.items())) for kind, fates in sorted(sums.facts.items())},
            undone_before=gone,
            discarded=waiting,
            people=People(count=len(sums.people), ids=ids),
            figures=figures(sums.figures),
            rows=_worded(sums, who),
            note=NOTE,
        )


def _add(sums: _Sums, kind: Undoable, rows: Mapping[UUID, int], judged: Judgement) -> None:
    fact_type = kind.fact.fact_type
    for fact, row in rows.items():
        decided = judged.decisions.get(fact)
        fate = decided.fate if decided else Fate.REMOVED
        sums.rows.add(row, fact_type, fate)
        sums.facts[fact_type][fate] += 1
        if decided and decided.why and len(sums.left) < ROWS_SHOWN:
            found = judged.gathered.stored[fact]
            by = decided.by.import_id if decided.by else None
            at = found.updated_at if by in (None, found.import_id) else None
            sums.left.append((row, fact_type, fate, decided.why, by, at))


def _worded(sums: _Sums, who: Mapping[UUID, Any]) -> list[RowLeft]:
    shown = [row_left(one, who) for one in sums.left]
    return sorted(shown, key=lambda one: (one.row, one.record))


def figures(counted: Mapping[tuple[str, str, str], int]) -> list[Figures]:
    """Group counts by company and period."""
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for (company, period, kind), facts in sorted(counted.items()):
        found[company, period][kind] = facts
    return [
        Figures(company=company, period=period, facts=facts)
        for (company, period), facts in found.items()
    ]
