"""Handlers that take events as plain JSON: one way for whole messages and for single events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydantic_core import from_json

from event_contracts import Envelope, Event, encode
from event_contracts.plain import Record
from shared_utils.consume.handling import Handler
from shared_utils.work import PlainCause, Work

PlainFunction = Callable[[Sequence[Record], Work], Awaitable[None]]


def handles_plain(
    *events: type[Event], only_with: str | None = None
) -> Callable[[PlainFunction], Handler[Any]]:
    """Declare a handler of records: `async def verb_noun(records, work) -> None`.

    As `@handles`, but it gets what the envelopes say in JSON, where null means absent. Messages
    that are plain throughout reach it without an object an event, all others decoded as ever.
    """

    def declare(function: PlainFunction) -> Handler[Any]:
        plain = _Plain(function)
        return Handler(plain.handle, events, only_with, plain, function.__name__)

    return declare


def cause(record: Record) -> PlainCause:
    """The event as the reason of others."""
    return PlainCause(record["id"], record["correlationid"])


class _Plain:
    """The bulk way and the handler of one function."""

    def __init__(self, function: PlainFunction) -> None:
        self._function = function

    def read(self, event_class: type[Event], records: Sequence[Record]) -> Sequence[Record]:
        return records

    async def apply(self, parts: Sequence[Sequence[Record]], work: Work) -> bool:
        await self._function([record for part in parts for record in part], work)
        return True

    async def handle(self, events: Sequence[Envelope[Event]], work: Work) -> None:
        await self._function([from_json(encode(event)) for event in events], work)
