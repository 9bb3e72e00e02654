"""Begins a pull, or finds the one that is under way: a source has one at a time."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from connectors_service.pulling.definition import Definition
from connectors_service.pulling.pages import since_for
from connectors_service.pulling.paging import first_place
from connectors_service.pulling.state import Cursor, Pull, cursor_of
from connectors_service.repository import sources, uploads
from connectors_service.repository.uploads import Uploader
from shared_schema.tables.imports import Source
from shared_utils.correlation import current_id

BUSY = frozenset({"received", "running"})


@dataclass(frozen=True, slots=True)
class Opened:
    """The import that a source's pull feeds, or that is still being loaded."""

    import_id: UUID
    pull: Pull | None


async def settled(session: AsyncSession, source: Source) -> Cursor:
    """Return what a source remembers: a cancelled pull is none, a loaded import has ended."""
    cursor = cursor_of(source)
    if cursor.pull is not None and not await is_arriving(session, cursor.pull):
        cursor = replace(cursor, pull=None)
    if cursor.loading is None:
        return cursor
    status = await sources.status_of(session, cursor.loading)
    return cursor if status in BUSY else cursor.settled(status)


async def is_arriving(session: AsyncSession, pull: Pull) -> bool:
    """Tell whether nobody cancelled the import that a pull feeds."""
    return await sources.status_of(session, pull.import_id) == sources.ARRIVING


async def open_pull(
    session: AsyncSession,
    source: Source,
    uploader: Uploader,
    *,
    on_demand: bool,
    full: bool = False,
) -> Opened:
    """Begin a pull unless one is under way or being loaded; `full` asks from the beginning."""
    cursor = await settled(session, source)
    if cursor.pull is not None:
        return Opened(cursor.pull.import_id, cursor.pull)
    if cursor.loading is not None:
        return Opened(cursor.loading, None)
    await _forget_cancelled(session, source)
    definition = Definition.model_validate(source.definition)
    import_id = await uploads.open_upload(session, source.dataset, uploader, current_id())
    await sources.mark_pulled(session, import_id, definition.program)
    seen = None if full else cursor.since
    since = since_for(definition, seen, await sources.present_time(session))
    pull = Pull(import_id, first_place(definition), since, seen, on_demand=on_demand)
    opened = replace(cursor, pull=pull)
    await sources.change_source(session, source.source_id, {"cursor": opened.as_json()})
    return Opened(import_id, pull)


async def _forget_cancelled(session: AsyncSession, source: Source) -> None:
    if pull := cursor_of(source).pull:
        await sources.forget_pages(session, pull.import_id)
