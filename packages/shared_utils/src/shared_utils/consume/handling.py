"""Which function takes which events: `@handles(SessionCompleted)`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, overload

from event_contracts import Envelope, Event
from event_contracts.plain import Record
from shared_utils.work import Work

A = TypeVar("A", bound=Event)
B = TypeVar("B", bound=Event)
T = TypeVar("T", bound=Event)

Function = Callable[[Sequence[Envelope[T]], Work], Awaitable[None]]


class Bulk(Protocol):
    """A quick way to the same effects, for several messages that are plain throughout."""

    def read(self, event_class: type[Event], records: Sequence[Record]) -> Any:
        """What `apply` needs of one message; None where only the handler can take it."""
        ...

    async def apply(self, parts: Sequence[Any], work: Work) -> bool:
        """Apply what was read; False where only the handler can, then all of it is undone."""
        ...


@dataclass(frozen=True)
class Handler(Generic[T]):
    """A declared handler: still callable as the function it was.

    Events of a batch without the field `only_with` don't concern it: they are passed over unread,
    for others to judge. `bulk` is tried before the function where a consumer has no other handler.
    """

    function: Function[T]
    events: tuple[type[Event], ...]
    only_with: str | None = None
    bulk: Bulk | None = None
    named: str | None = None

    @property
    def name(self) -> str:
        """The function's name, as logs show it."""
        return self.named or str(getattr(self.function, "__name__", "handler"))

    async def __call__(self, events: Sequence[Envelope[T]], work: Work) -> None:
        """Apply the effects of the events within the work."""
        await self.function(events, work)


@overload
def handles(event: type[A], /) -> Callable[[Function[A]], Handler[A]]: ...
@overload
def handles(
    event: type[A], other: type[B], /
) -> Callable[[Callable[[Sequence[Envelope[A | B]], Work], Awaitable[None]]], Handler[A | B]]: ...
@overload
def handles(
    *events: type[Event], only_with: str | None = None, bulk: Bulk | None = None
) -> Callable[[Function[Any]], Handler[Any]]: ...
def handles(
    *events: type[Event], only_with: str | None = None, bulk: Bulk | None = None
) -> Callable[[Function[Any]], Handler[Any]]:
    """Declare a handler of these events: `async def verb_noun(events, work) -> None`.

    It gets several envelopes of one type at a time and applies them set-wise within `work`.
    Returning acknowledges them; raising rolls back and they come again, so it may run twice, and
    in any order. It never acknowledges by hand.
    """

    def declare(function: Function[Any]) -> Handler[Any]:
        return Handler(function, events, only_with, bulk)

    return declare
