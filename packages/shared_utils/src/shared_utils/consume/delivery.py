"""What a message brought: the events in it, and what in it is no event of its type."""

from dataclasses import dataclass

from event_contracts import (
    Envelope,
    Event,
    InvalidPayloadError,
    Problem,
    Refused,
    decode,
    decode_each,
    encode,
)
from event_contracts.errors import EventError
from shared_utils.bus import Message


@dataclass(frozen=True)
class Broken:
    """A part of a message that can't be handled; `event_id` is empty where none can be read."""

    event_id: str
    body: bytes
    reason: str


@dataclass(frozen=True)
class Delivery:
    """A message with its events decoded."""

    message: Message
    envelopes: tuple[Envelope[Event], ...]
    broken: tuple[Broken, ...] = ()

    @property
    def message_id(self) -> str:
        """The key in the inbox."""
        return self.message.message_id

    @property
    def correlation_id(self) -> str | None:
        """The correlation id that all its events share."""
        first = self.envelopes[0].correlationid if self.envelopes else None
        return self.message.correlation_id or first


def opened(message: Message, event_class: type[Event]) -> Delivery:
    """Decode a message of `event_class`; whatever is wrong with a part harms no other part."""
    envelopes, broken = decoded(message.body, event_class)
    return Delivery(message, envelopes, broken)


def decoded(
    body: bytes, event_class: type[Event]
) -> tuple[tuple[Envelope[Event], ...], tuple[Broken, ...]]:
    """The events of `event_class` in a single CloudEvent or a batch, and the rest of it."""
    try:
        found = decode_each(body) if body.lstrip()[:1] == b"[" else [decode(body)]
    except EventError as error:
        return (), (Broken("", body, str(error)),)
    parts = [_checked(part, event_class) for part in found]
    envelopes = tuple(part for part in parts if isinstance(part, Envelope))
    return envelopes, tuple(part for part in parts if isinstance(part, Broken))


def _checked(part: Envelope[Event] | Refused, event_class: type[Event]) -> Envelope[Event] | Broken:
    if isinstance(part, Refused):
        return Broken(str(part.event_id or ""), part.raw, str(part.error))
    if isinstance(part.data, event_class):
        return part
    stray = InvalidPayloadError([Problem("type", "is not the type of this subject")], part.type)
    return Broken(str(part.id), encode(part), str(stray))
