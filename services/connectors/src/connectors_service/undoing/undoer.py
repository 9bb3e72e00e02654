"""Takes one import back, piece by piece; after any crash it goes on at the piece."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from connectors_service.datasets.catalogue import DATASETS
from connectors_service.datasets.facts import Changed, moved
from connectors_service.repository import histories, ledger, refusals
from connectors_service.repository import undo as stored
from connectors_service.repository.histories import Piece
from connectors_service.repository.loads import hold_table
from connectors_service.repository.telling import rows_beside, told_anew, worded
from connectors_service.repository.undo import Left, Rewrite
from connectors_service.undoing.fates import Decision, Fate, History
from connectors_service.undoing.judging import Judge, Judgement
from connectors_service.undoing.tables import Undoable, rank, undoable
from connectors_service.undoing.telling import retracted
from event_contracts.imports import ImportUndone
from event_contracts.vocabulary import FactType
from shared_schema.tables.imports import Import
from shared_utils.db import Database
from shared_utils.log import get_logger
from shared_utils.work import Work

log = get_logger(__name__)
AT_ONCE = 5_000
"""Facts that are taken back in one transaction; they are in memory together."""


def in_order(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces of a ledger as they are taken back: what hangs on others first."""
    return sorted(pieces, key=lambda piece: (rank(piece.fact_type), piece.chunk_no))


def main_type(dataset: str) -> FactType:
    """Return the kind of fact that a row of a dataset is first of all."""
    return DATASETS[dataset].targets[0].table.fact_type


@dataclass(frozen=True, slots=True)
class Part:
    """Some facts of one import, all of a kind, and the rows that stand for them."""

    import_id: UUID
    kind: Undoable
    rows: dict[UUID, int]
    batch: str


class Undoer:
    """Undoes the imports that were asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._at_once = AT_ONCE

    async def run(self, import_id: UUID) -> None:
        """Undo an import to its end; another process may have begun it."""
        while await self._step(import_id):
            pass

    async def _step(self, import_id: UUID) -> bool:
        async with self._database.work() as work:
            found = await stored.locked(work.session, import_id)
            undo = dict(found.undo or {})
            if undo.get("status") != "running":
                return False
            connection = await work.raw()
            pieces = in_order(await histories.pieces(connection, import_id))
            if undo["piece"] >= len(pieces):
                await self._finish(work, found, undo)
                return False
            await self._take_back(work, found, pieces[undo["piece"]], undo)
            await stored.note(work.session, import_id, self._moved_on(undo, pieces))
            return True

    def _moved_on(self, undo: dict[str, Any], pieces: Sequence[Piece]) -> dict[str, Any]:
        size = pieces[undo["piece"]].facts
        undo["start"] += self._at_once
        undo["done"] += min(self._at_once, size - (undo["start"] - self._at_once))
        if undo["start"] >= size:
            undo["piece"], undo["start"] = undo["piece"] + 1, 0
        return undo

    async def _take_back(
        self, work: Work, found: Import, piece: Piece, undo: dict[str, Any]
    ) -> None:
        connection, kind = await work.raw(), undoable(piece.fact_type)
        await _hold(connection, kind)
        rows = await histories.rows_of(
            connection, found.import_id, piece, undo["start"], self._at_once
        )
        judge = Judge(connection, found.import_id, found.dataset)
        judged = await judge.judge(kind, list(rows))
        place = f"{piece.fact_type}:{piece.chunk_no}:{undo['start']}"
        batch = f"undo:{found.import_id}:{undo['attempt']}:{place}"
        await _carry_out(work, Part(found.import_id, kind, rows, batch), judged)

    async def _finish(self, work: Work, found: Import, undo: dict[str, Any]) -> None:
        connection = await work.raw()
        await refusals.discard(connection, found.import_id)
        done = {"status": "done", "finished_at": datetime.now(UTC).isoformat()}
        await _report(work, found, undo | done)
        for other in await stored.settle(connection, found.import_id):
            before = await stored.locked(work.session, other)
            if (before.undo or {}).get("status") == "done":
                await _report(work, before, dict(before.undo or {}))


async def _report(work: Work, found: Import, undo: dict[str, Any]) -> None:
    """Count what became of an import's facts; it is undone if none of its rows was refused."""
    connection = await work.raw()
    fates = await stored.row_fates(connection, found.import_id, main_type(found.dataset))
    counts = {fate.value: fates.get(fate, 0) for fate in Fate}
    facts = await stored.fact_fates(connection, found.import_id)
    whole = not counts[Fate.REFUSED]
    await stored.end(work.session, found.import_id, {**undo, **counts, "facts": facts}, whole=whole)
    work.publish(ImportUndone(import_id=found.import_id, **counts))
    log.info("import undone", import_id=str(found.import_id), **counts)


async def _hold(connection: AsyncConnection[Any], kind: Undoable) -> None:
    """Let no one else write these facts, nor what hangs on them; parents first, as loads do."""
    tables = [kind.model, *(one.table.model.__table__ for one in kind.dependents)]
    async with connection.cursor() as cursor:
        for table in tables:
            await hold_table(cursor, table.fullname)


async def _carry_out(work: Work, part: Part, judged: Judgement) -> None:
    connection, kind = await work.raw(), part.kind
    texts = await _remove(work, part, judged)
    rewrites = [
        rewrite
        for fact, decided in judged.decisions.items()
        if (rewrite := _rewrite(part, judged, fact, decided))
    ]
    changed = await stored.rewrite_facts(connection, kind, rewrites, part.import_id)
    await _tell(work, part, changed)
    await stored.forget_texts(connection, texts | _orphans(part, judged, changed))
    revisions = {one.new[kind.fact.id_column]: one.new["revision"] for one in changed}
    left = [_left(part, judged, fact, revisions) for fact in part.rows]
    await stored.keep_fates(connection, part.import_id, kind.fact.fact_type, left)


async def _remove(work: Work, part: Part, judged: Judgement) -> set[UUID]:
    """Delete facts and publish that they no longer hold; return the texts that go with them."""
    connection, kind = await work.raw(), part.kind
    gone = judged.having(Fate.REMOVED)
    beside_of = await _beside(connection, part, gone)
    rows = await stored.delete_facts(connection, kind, gone)
    changes = [Changed(row, None) for row in rows]
    events = retracted(kind.fact, changes, beside_of)
    work.publish_packed(events, f"{part.batch}:removed")
    texts = {row["text_id"] for row in rows if kind.has_texts and row["text_id"]}
    return texts.union(*(judged.gathered.texts.get(fact, ()) for fact in gone))


async def _beside(
    connection: AsyncConnection[Any], part: Part, gone: Sequence[UUID]
) -> dict[UUID, Any]:
    rows = await histories.rows_by_id(connection, part.kind, gone)
    changes = [Changed(row, None) for row in rows]
    return dict(await rows_beside(connection, part.kind.fact, changes))


def _rewrite(part: Part, judged: Judgement, fact: UUID, decided: Decision) -> Rewrite | None:
    """Return what is to be written: other values, or whom the same values are traced to."""
    history = judged.gathered.histories[fact]
    is_traced_here = judged.gathered.stored[fact].import_id == part.import_id
    if decided.fate is Fate.RESTORED and decided.state is not None:
        state = decided.state
    elif decided.owner is not None and is_traced_here and decided.withdrawn:
        state = history.states[history.revision]
    else:
        return None
    owner = decided.owner
    if owner is None:
        return Rewrite(fact, state, None, None, None)
    return Rewrite(fact, state, owner.import_id, owner.row, owner.mapping_version)


async def _tell(work: Work, part: Part, changed: list[Changed]) -> None:
    """Publish what was written, and anew what repeats columns that changed."""
    connection, kind = await work.raw(), part.kind
    beside = await rows_beside(connection, kind.fact, changed)
    work.publish_packed(worded(kind.fact, changed, beside), f"{part.batch}:restored")
    for follower in kind.followers:
        parents = moved(follower, changed)
        rows = await told_anew(connection, follower, parents)
        events = worded(follower, [Changed(row, None) for row in rows], parents)
        work.publish_packed(events, f"{part.batch}:{follower.fact_type}:moved")
        chunk = await stored.free_chunk(connection, part.import_id, follower.fact_type)
        told = [(0, row[follower.id_column], row["revision"]) for row in rows]
        await ledger.keep_told_anew(connection, part.import_id, -chunk, follower.fact_type, told)


def _orphans(part: Part, judged: Judgement, changed: Sequence[Changed]) -> set[UUID]:
    """Return texts of restored facts that no import speaks for any more."""
    found: set[UUID] = set()
    for one in changed:
        fact = one.new[part.kind.fact.id_column]
        named = judged.gathered.texts.get(fact, set())
        found |= named - _still_said(judged.gathered.histories[fact], part.import_id)
        found.discard(one.new.get("text_id"))
    return found


def _still_said(history: History, import_id: UUID) -> set[UUID]:
    others = [one for one in history.standing if one.import_id != import_id]
    kept = {one.after for one in others if one.speaks_of("text_id")}
    if history.came_from_elsewhere is not None:
        kept.add(history.came_from_elsewhere)
    said = (history.states[revision].get("text_id") for revision in kept & history.states.keys())
    return {UUID(str(text)) for text in said if text}


def _left(part: Part, judged: Judgement, fact: UUID, revisions: dict[UUID, int]) -> Left:
    row, decided = part.rows[fact], judged.decisions.get(fact)
    if decided is None:
        return Left(fact, row, Fate.REMOVED, None, True, None, None, None)
    found = judged.gathered.stored[fact]
    by = decided.by.import_id if decided.by else None
    revision = found.revision + 1 if decided.fate is Fate.REMOVED else revisions.get(fact)
    is_theirs = by is None or by == found.import_id
    at = found.updated_at if decided.why and is_theirs else None
    return Left(fact, row, decided.fate, revision, decided.withdrawn, decided.why, by, at)
