"""What made figures stale: the event that changed their facts."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from event_contracts import Envelope, Event


class Cause(NamedTuple):
    """An event's type and id, never anything of a person; other causes have a name alone."""

    type: str
    event_id: UUID | None = None

    @property
    def text(self) -> str:
        return f"{self.type} {self.event_id}" if self.event_id else self.type


CLOSING = Cause("period_closed")


def first_cause(events: Iterable[Envelope[Event]], otherwise: str) -> Cause:
    """The first of the events, or a name where there is none at hand."""
    return next((Cause(one.type, one.id) for one in events), Cause(otherwise))


def read_cause(text: str) -> Cause:
    """What `Cause.text` wrote."""
    kind, _, event_id = text.partition(" ")
    return Cause(kind, UUID(event_id) if event_id else None)
