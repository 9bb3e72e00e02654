"""What a message brought: the events in it, and what in it is no event of its type."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

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


Decoded = tuple[tuple[Envelope[Event], ...], tuple[Broken, ...]]


@dataclass(frozen=True)
class Delivery:
    """A message, and the events in it once somebody asks for them.

    Whatever is wrong with a part harms no other part.
    """

    message: Message
    decode: Callable[[bytes], Decoded]

    @cached_property
    def _decoded(self) -> Decoded:
        return self.decode(self.message.body)

    @property
    def envelopes(self) -> tuple[Envelope[Event], ...]:
        """The events."""
        return self._decoded[0]

    @property
    def broken(self) -> tuple[Broken, ...]:
        """What is no event of the type."""
        return self._decoded[1]

    @property
    def message_id(self) -> str:
        """The key in the inbox."""
        return self.message.message_id

    @property
    def correlation_id(self) -> str | None:
        """The correlation id that all its events share."""
        return self.message.correlation_id or self._first_correlation

    @property
    def _first_correlation(self) -> str | None:
        return self.envelopes[0].correlationid if self.envelopes else None


def decoded(body: bytes, event_class: type[Event]) -> Decoded:
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


def decoded_with(field: str, body: bytes, event_class: type[Event]) -> Decoded:
    """The events that have the field, of a batch; a message that is no tidy batch as `decoded`."""
    concerned = with_field(field, body)
    if concerned is None:
        return decoded(body, event_class)
    envelopes, broken = decoded(concerned, event_class)
    return decoded(body, event_class) if broken else (envelopes, broken)


def with_field(field: str, body: bytes) -> bytes | None:
    """A batch of those events of a batch that name the field; None where it is no tidy one.

    Between events, and nowhere else in a batch without escapes, stands `},{`: no payload holds a
    list of objects. Where that should not be so the parts are no events, and all of it is decoded.
    """
    if body[:1] != b"[" or body[-1:] != b"]" or b"\\" in body:
        return None
    name = f'"{field}"'.encode()
    if name not in body:
        return b"[]"
    parts = body[1:-1].split(b"},{")
    chosen = [at for at, part in enumerate(parts) if name in part]
    return body if len(chosen) == len(parts) else _joined(parts, chosen)


def _joined(parts: list[bytes], chosen: list[int]) -> bytes:
    """A batch of these parts, each with the braces that the split took away."""
    last = len(parts) - 1
    whole = ((b"{" if at else b"") + parts[at] + (b"}" if at < last else b"") for at in chosen)
    return b"[" + b",".join(whole) + b"]"
