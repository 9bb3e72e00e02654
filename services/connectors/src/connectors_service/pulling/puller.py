"""Pulls one source: page after page, each kept with the place of the next, then handed on."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from connectors_service.errors import TakenOverError
from connectors_service.pulling.asking import Asker, Reach
from connectors_service.pulling.errors import (
    PlaceLostError,
    SourceProblemError,
    SourceRefusesError,
    SourceRepeatsError,
    SourceUnavailableError,
)
from connectors_service.pulling.fetching import Answer
from connectors_service.pulling.finishing import Finisher
from connectors_service.pulling.opening import is_arriving, open_pull
from connectors_service.pulling.pages import Step, step
from connectors_service.pulling.paging import Place
from connectors_service.pulling.problems import problem_of
from connectors_service.pulling.schedule import due, retry_at
from connectors_service.pulling.state import Pull, cursor_of
from connectors_service.repository import sources, uploads
from connectors_service.repository.uploads import Uploader
from shared_schema.tables.imports import Source
from shared_utils.db import Database
from shared_utils.log import get_logger

log = get_logger(__name__)
BUSY_SECONDS = 5
RUN_SECONDS = 3600.0
"""How long one run may last; then others have their turn, and it goes on at the page."""

SCHEDULE = "schedule"
_LOST = frozenset({400, 404, 410, 422})


class Puller:
    """Runs sources; may be called again for the same one after any crash."""

    def __init__(self, database: Database, reach: Reach, on_ready: Callable[[], None]) -> None:
        self._database = database
        self._reach = reach
        self._finisher = Finisher(database, reach.limits)
        self._on_ready = on_ready

    async def run(self, source_id: UUID) -> None:
        """Pull a source that is due, from its beginning or from the page where it stood."""
        source = await self._begin(source_id)
        if source is None:
            return
        try:
            await self._pull(source)
        except SourceProblemError as problem:
            log.info("pull stopped", source=source.name, because=problem.type)
            await self._note(source_id, problem)
        except TakenOverError:
            log.info("pull left", source=source.name)

    async def _begin(self, source_id: UUID) -> Source | None:
        """Open a due source's pull, or find the one that stands open."""
        async with self._database.work() as work:
            session = work.session
            source = await sources.source_by_id(session, source_id)
            now = await sources.present_time(session)
            if source is None or source.next_run_at is None or source.next_run_at > now:
                return None
            if await _was_cancelled(session, source, now):
                return None
            by = Uploader(source.created_by, SCHEDULE, None)
            opened = await open_pull(session, source, by, on_demand=False)
            if opened.pull is None:
                later = {"next_run_at": now + timedelta(seconds=BUSY_SECONDS)}
                await sources.change_source(session, source_id, later)
                return None
            return await sources.change_source(session, source_id, {"last_run_at": now})

    async def _pull(self, source: Source) -> None:
        pull = _under_way(source)
        log.info("pull runs", source=source.name, pages=pull.asked)
        clock = asyncio.get_running_loop().time
        ends_at = clock() + RUN_SECONDS
        async with Asker(self._reach, source) as asker:
            goes_on, been = pull.asked > 0, set[Place]()
            while pull.place is not None:
                if pull.place in been:
                    raise SourceRepeatsError
                been.add(pull.place)
                pull = await self._turn(source, asker, pull, goes_on)
                goes_on = False
                if clock() > ends_at:
                    return
            await self._finisher.finish(source, asker.definition, pull)
        log.info("pull is complete", source=source.name, pages=pull.asked, records=pull.records)
        self._on_ready()

    async def _turn(self, source: Source, asker: Asker, pull: Pull, goes_on: bool) -> Pull:
        """Fetch one page, and keep it together with the place of the next."""
        try:
            answer = await asker.ask(pull)
        except SourceRefusesError as refusal:
            if goes_on and refusal.answered in _LOST:
                raise PlaceLostError from None
            raise
        taken = await asyncio.to_thread(self._read, asker, pull, answer)
        cursor = replace(cursor_of(source), pull=taken.pull).as_json()
        async with self._database.work() as work:
            if not await sources.move_pull(work.session, source.source_id, pull.as_json(), cursor):
                raise TakenOverError
            for number, piece in enumerate(taken.pieces, pull.stored):
                await uploads.store_chunk(work.session, pull.import_id, number, piece)
        return taken.pull

    def _read(self, asker: Asker, pull: Pull, answer: Answer | None) -> Step:
        if answer is None:
            return Step(replace(pull, place=None, asked=pull.asked + 1), [])
        most = self._reach.limits.max_bytes
        return step(asker.definition, pull, answer, datetime.now(UTC), most)

    async def _note(self, source_id: UUID, problem: SourceProblemError) -> None:
        """Keep a problem, and say when the pull goes on or begins anew."""
        async with self._database.work() as work:
            session = work.session
            source = await sources.source_by_id(session, source_id)
            if source is None or cursor_of(source).pull is None:
                return
            now = await sources.present_time(session)
            pull, shown = _under_way(source), problem_of(problem)
            kept = None if problem.ends_pull else _after(pull, problem)
            values: dict[str, Any] = {
                "last_problem": shown,
                "cursor": replace(cursor_of(source), pull=kept).as_json(),
                "next_run_at": _next_run(source, kept, problem, now),
            }
            await sources.show_problem(session, pull.import_id, shown)
            if kept is None:
                values["last_import_id"] = pull.import_id
                await sources.end_pulled(session, pull.import_id, "failed", shown)
                await sources.forget_pages(session, pull.import_id)
            await sources.change_source(session, source_id, values)


def _under_way(source: Source) -> Pull:
    pull = cursor_of(source).pull
    if pull is None:
        raise TakenOverError
    return pull


async def _was_cancelled(session: AsyncSession, source: Source, now: datetime) -> bool:
    """Close a pull whose import someone cancelled: the next one waits for its time."""
    cursor = cursor_of(source)
    if cursor.pull is None:
        return False
    if await is_arriving(session, cursor.pull):
        return False
    await sources.forget_pages(session, cursor.pull.import_id)
    values = {"cursor": replace(cursor, pull=None).as_json(), "next_run_at": due(source, now)}
    await sources.change_source(session, source.source_id, values)
    return True


def _after(pull: Pull, problem: SourceProblemError) -> Pull:
    """Count failures that may pass; others wait for someone to mend them."""
    return replace(pull, failures=pull.failures + 1 if problem.is_passing else 0)


def _next_run(
    source: Source, pull: Pull | None, problem: SourceProblemError, now: datetime
) -> datetime | None:
    if isinstance(problem, PlaceLostError):
        return now
    if pull is None or not isinstance(problem, SourceUnavailableError):
        return due(source, now)
    return retry_at(pull.failures, problem.retry_after, now) or due(source, now)
