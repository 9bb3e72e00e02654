"""Long answers about an import: its progress as it happens."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

from fastapi.sse import format_sse_event

from connectors_service.repository import imports
from connectors_service.schemas import ImportView
from connectors_service.views import import_view
from shared_utils.db import Database
from shared_utils.errors import TooManyRequestsError

POLL_SECONDS = 0.25
QUIET_POLLS = 60
MOST_STREAMS = 200
OVER = frozenset({"completed", "failed", "cancelled", "undone"})


@dataclass
class _Look:
    """The newest look at one import, and how many streams follow it."""

    view: ImportView | None = None
    at: float = 0.0
    streams: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Followers:
    """The streams of a process: one look at an import a moment serves all who follow it."""

    def __init__(self, database: Database, most_streams: int = MOST_STREAMS) -> None:
        self._database = database
        self._most_streams = most_streams
        self._looks: dict[UUID, _Look] = {}

    def check_room(self) -> None:
        """Raise TooManyRequestsError where as many streams are open as there may be."""
        if sum(look.streams for look in self._looks.values()) >= self._most_streams:
            raise TooManyRequestsError("Too many streams are open: ask for the import itself.", 5)

    async def progress(self, import_id: UUID) -> AsyncIterator[bytes]:
        """Yield a server-sent event for each change of an import, until it is over."""
        look = self._looks.setdefault(import_id, _Look())
        look.streams += 1
        try:
            async for event in self._changes(import_id, look):
                yield event
        finally:
            look.streams -= 1
            if not look.streams:
                self._looks.pop(import_id, None)

    async def _changes(self, import_id: UUID, look: _Look) -> AsyncIterator[bytes]:
        shown, quiet = None, 0
        while True:
            view = await self._seen(import_id, look)
            if view != shown:
                shown, quiet = view, 0
                yield _event(view)
            if view.status in OVER:
                return
            quiet += 1
            if quiet % QUIET_POLLS == 0:
                yield b": still there\n\n"
            await asyncio.sleep(POLL_SECONDS)

    async def _seen(self, import_id: UUID, look: _Look) -> ImportView:
        async with look.lock:
            if look.view is None or time.monotonic() - look.at >= POLL_SECONDS:
                async with self._database.read() as session:
                    look.view = import_view(await imports.present_import(session, import_id))
                look.at = time.monotonic()
            return look.view


def _event(view: ImportView) -> bytes:
    name = "end" if view.status in OVER else "progress"
    return format_sse_event(event=name, data_str=view.model_dump_json(exclude={"preview"}))
