"""The quick way through a consumer: plain messages, read without an object per event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from event_contracts import Event
from event_contracts.plain import Reader, Record, plain_reader
from shared_utils.consume.delivery import with_field
from shared_utils.consume.handling import Bulk, Handler
from shared_utils.work import Work


class NotInBulkError(Exception):
    """Only the handlers can apply these messages; nothing of them stands."""


@dataclass(frozen=True)
class Part:
    """What the bulk way needs of one message, and how many events it held."""

    content: Any
    events: int


@dataclass(frozen=True)
class BulkReader:
    """Reads messages of one type for the bulk way of its only handler."""

    event_class: type[Event]
    reader: Reader
    bulk: Bulk
    only_with: str | None = None

    @classmethod
    def of(
        cls, event_type: str, event_class: type[Event], handlers: Sequence[Handler[Any]]
    ) -> BulkReader | None:
        """The reader for a type that is the class's own, where its only handler has a bulk way."""
        bulk = handlers[0].bulk if len(handlers) == 1 else None
        if bulk is None or event_type != event_class.type:
            return None
        reader = plain_reader(event_class)
        return None if reader is None else cls(event_class, reader, bulk, handlers[0].only_with)

    def parts(self, bodies: Mapping[str, bytes]) -> dict[str, Part] | None:
        """What each message brings, by its id; None if any of them needs a closer look."""
        parts: dict[str, Part] = {}
        for message_id, body in bodies.items():
            records = self._records(body)
            content = None if records is None else self.bulk.read(self.event_class, records)
            if records is None or content is None:
                return None
            parts[message_id] = Part(content, len(records))
        return parts

    def _records(self, body: bytes) -> list[Record] | None:
        if body[:1] == b"[":
            concerned = body if self.only_with is None else with_field(self.only_with, body)
            return None if concerned is None else self.reader(concerned)
        alone = self.reader(b"[" + body + b"]")
        return alone if alone is not None and len(alone) == 1 else None

    async def apply(self, parts: Sequence[Part], work: Work) -> None:
        """Apply within the work; NotInBulkError takes all of it back."""
        found = [part.content for part in parts if part.events]
        if found and not await self.bulk.apply(found, work):
            raise NotInBulkError
