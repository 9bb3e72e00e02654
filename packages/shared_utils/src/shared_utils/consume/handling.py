"""Which function takes which events: `@handles(SessionCompleted)`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from event_contracts import Envelope, Event
from shared_utils.work import Work

A = TypeVar("A", bound=Event)
B = TypeVar("B", bound=Event)
T = TypeVar("T", bound=Event)

Function = Callable[[Sequence[Envelope[T]], Work], Awaitable[None]]


@dataclass(frozen=True)
class Handler(Generic[T]):
    """A declared handler: still callable as the function it was."""

    function: Function[T]
    events: tuple[type[Event], ...]

    @property
    def name(self) -> str:
        """The function's name, as logs show it."""
        return getattr(self.function, "__name__", "handler")

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
def handles(*events: type[Event]) -> Callable[[Function[Any]], Handler[Any]]: ...
def handles(*events: type[Event]) -> Callable[[Function[Any]], Handler[Any]]:
    """Declare a handler of these events: `async def verb_noun(events, work) -> None`.

    It gets several envelopes of one type at a time and applies them set-wise within `work`.
    Returning acknowledges them; raising rolls back and they come again, so it may run twice, and
    in any order. It never acknowledges by hand.
    """

    def declare(function: Function[Any]) -> Handler[Any]:
        return Handler(function, events)

    return declare
