"""Erasing people piece by piece: a service lists its stores, and answers when nothing is left."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from event_contracts import Envelope, ErasureCompleted
from shared_utils.consume import Handler, handles
from shared_utils.consume.failures import is_transient
from shared_utils.db import Database
from shared_utils.log import error_name, get_logger
from shared_utils.work import Work

_log = get_logger(__name__)

LOOK_EVERY_SECONDS = 5.0

TEXTS_OWNER = "connectors"
"""Who knows which texts went; nothing that is made of texts afterwards can be theirs."""

_BEGIN = text("""
    INSERT INTO ops.erasure_work (erasure_id)
    SELECT unnest(CAST(:erasures AS uuid[])) ON CONFLICT DO NOTHING
""")

_FIND = text("""
    INSERT INTO ops.erasure_work (erasure_id)
    SELECT e.erasure_id FROM ops.erasures e
    WHERE e.certificate IS NULL AND NOT EXISTS (SELECT FROM ops.erasure_work w
        WHERE w.erasure_id = e.erasure_id AND w.service = ops.current_service())
    ON CONFLICT DO NOTHING
""")

_OPEN = text("""
    SELECT erasure_id FROM ops.erasure_work WHERE completed_at IS NULL ORDER BY begun_at, erasure_id
""")

_CLAIM = text("""
    SELECT w.done, w.counts, w.round, ARRAY(SELECT p.person_id FROM ops.erased_persons p
        WHERE p.erasure_id = w.erasure_id ORDER BY p.person_id)
    FROM ops.erasure_work w
    WHERE w.erasure_id = :erasure AND w.completed_at IS NULL
    FOR UPDATE OF w SKIP LOCKED
""")

_NOTE = text("""
    UPDATE ops.erasure_work SET done = CAST(:done AS text[]), round = :round,
        counts = jsonb_set(counts, ARRAY[CAST(:store AS text)],
            to_jsonb(coalesce((counts ->> :store)::int, 0) + :erased))
    WHERE erasure_id = :erasure
""")

_NEXT_ROUND = text("""
    UPDATE ops.erasure_work SET done = '{}', round = round + 1 WHERE erasure_id = :erasure
""")

_COMPLETE = text("""
    UPDATE ops.erasure_work SET completed_at = now() WHERE erasure_id = :erasure
""")


@dataclass(frozen=True, slots=True)
class Erasure:
    """Whom it is about: all source persons who counted as one."""

    erasure_id: UUID
    persons: Sequence[UUID]


Piece = Callable[[Work, Erasure], Awaitable[int | None]]
"""Erases a bounded part: how many rows, 0 where nothing is left, None to be asked again later."""


@dataclass(frozen=True, slots=True)
class Store:
    """A place that holds personal data, such as `pii.texts`."""

    name: str
    erase: Piece


def by_session(erases: Callable[[AsyncSession, Erasure], Awaitable[int]]) -> Piece:
    """A piece that needs nothing of the work but its session."""

    async def erase(work: Work, erasure: Erasure) -> int:
        return await erases(work.session, erasure)

    return erase


@dataclass(frozen=True, slots=True)
class _Claimed:
    erasure: Erasure
    done: list[str]
    counts: dict[str, int]
    round: int


class Eraser:
    """Goes through a service's stores until a whole round finds nothing, then answers.

    Each piece, its count and its place commit together: after a kill it goes on at the piece, and
    counts are exact. The round that finds nothing is for what a transaction under way still wrote.
    With `finds` it looks into the list of all erasures too: for a service without a bus, and for
    the list that was applied to a restored backup.
    """

    def __init__(self, stores: Sequence[Store], *, finds: bool = False) -> None:
        self._finds = finds
        self._stores = {store.name: store for store in stores}
        self._asked = asyncio.Event()

    async def begin(self, work: Work, erasures: Sequence[UUID]) -> None:
        """Take erasures on with this work; one that was taken on before is nothing new."""
        if erasures:
            await work.session.execute(_BEGIN, {"erasures": list(erasures)})
            self._asked.set()

    async def beside(self, app: FastAPI) -> None:
        """Erase beside the requests what was asked for; while the database is away, wait."""
        while True:
            self._asked.clear()
            try:
                await self.erase_all(app.state.database)
            except Exception as error:
                if not is_transient(error):
                    raise
                _log.warning("waiting for the database", error=error_name(error))
            await self._rest()

    async def erase_all(self, database: Database) -> None:
        """Go as far as may be with every erasure that is not done."""
        if self._finds:
            async with database.work() as work:
                await work.session.execute(_FIND)
        async with database.read() as session:
            erasures = (await session.scalars(_OPEN)).all()
        for erasure_id in erasures:
            while await self.step(database, erasure_id):
                pass

    async def step(self, database: Database, erasure_id: UUID) -> bool:
        """Erase the next piece; False where there is nothing to do, or not yet."""
        async with database.work() as work:
            claimed = await _claim(work.session, erasure_id)
            if claimed is None:
                return False
            left = [store for name, store in self._stores.items() if name not in claimed.done]
            if left:
                return await _erase(work, claimed, left[0])
            return await self._end_round(work, claimed)

    async def _end_round(self, work: Work, claimed: _Claimed) -> bool:
        bound = {"erasure": claimed.erasure.erasure_id}
        if not claimed.round:
            await work.session.execute(_NEXT_ROUND, bound)
            return True
        await work.session.execute(_COMPLETE, bound)
        counts = {name: claimed.counts.get(name, 0) for name in self._stores}
        work.publish(
            ErasureCompleted(
                erasure_id=claimed.erasure.erasure_id,
                person_id=claimed.erasure.persons[0],
                service=work.service,
                counts=counts,
            )
        )
        _log.info("person erased", erasure_id=str(claimed.erasure.erasure_id), **_told(counts))
        return False

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY_SECONDS):
                await self._asked.wait()
        except TimeoutError:
            return


def begins_after_texts(eraser: Eraser) -> Handler[ErasureCompleted]:
    """Return the handler of services that work on texts: it begins once the texts are gone."""

    @handles(ErasureCompleted)
    async def begin_erasure(events: Sequence[Envelope[ErasureCompleted]], work: Work) -> None:
        found = {event.data.erasure_id for event in events if event.data.service == TEXTS_OWNER}
        await eraser.begin(work, sorted(found))

    return begin_erasure


def _told(counts: dict[str, int]) -> dict[str, Any]:
    return {"rows": sum(counts.values()), "stores": len(counts)}


async def _claim(session: AsyncSession, erasure_id: UUID) -> _Claimed | None:
    row = (await session.execute(_CLAIM, {"erasure": erasure_id})).one_or_none()
    if row is None or not row[3]:
        return None
    return _Claimed(Erasure(erasure_id, row[3]), row[0], row[1], row[2])


async def _erase(work: Work, claimed: _Claimed, store: Store) -> bool:
    """Erase a piece; what a later round still finds has all stores looked through again."""
    erased = await store.erase(work, claimed.erasure)
    if erased is None:
        return False
    bound = {
        "erasure": claimed.erasure.erasure_id,
        "store": store.name,
        "erased": erased,
        "done": claimed.done if erased else [*claimed.done, store.name],
        "round": 0 if erased else claimed.round,
    }
    await work.session.execute(_NOTE, bound)
    return True
