"""Envelopes to bytes and back: one pass of pydantic's JSON parser, strict on the wire."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from types import GenericAlias
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from event_contracts.envelope import Envelope, envelope_class, wrap
from event_contracts.errors import EventError, InvalidPayloadError, Problem
from event_contracts.event import Event
from event_contracts.refusal import event_error
from event_contracts.registry import Registry, registry

JSON = "application/cloudevents+json"
JSON_BATCH = "application/cloudevents-batch+json"

AnyEnvelope = Envelope[Event]
Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class Refused:
    """One message of a batch that could not be decoded; its neighbours are unharmed."""

    index: int
    event_id: UUID | None
    error: EventError
    raw: bytes


def encode(envelope: AnyEnvelope) -> bytes:
    """Return the envelope as CloudEvents JSON; absent values are left out."""
    return to_json(envelope, exclude_none=True)


def encode_batch(envelopes: Sequence[AnyEnvelope]) -> bytes:
    """Return the envelopes as one CloudEvents JSON batch, in their order."""
    return to_json(envelopes, exclude_none=True)


class Codec:
    """Decodes what a registry knows; the newest version that upcasters lead to comes out.

    Its methods raise UnknownEventTypeError or InvalidPayloadError, which never repeat a value.
    """

    def __init__(self, known: Registry) -> None:
        self._known = known

    @cached_property
    def _choice(self) -> Any:
        """One of all envelopes, picked by `type` while the JSON is read."""
        envelopes: list[Any] = [envelope_class(known) for known in self._known.values()]
        if len(envelopes) == 1:
            return envelopes[0]
        return Annotated[reduce(or_, envelopes), Field(discriminator="type")]

    @cached_property
    def _one(self) -> TypeAdapter[AnyEnvelope]:
        return TypeAdapter(self._choice)

    @cached_property
    def _many(self) -> TypeAdapter[list[AnyEnvelope]]:
        batch: Any = GenericAlias(list, (self._choice,))
        return TypeAdapter(batch)

    def decode(self, message: bytes | str | Mapping[str, Any]) -> AnyEnvelope:
        """Return the envelope in the message: JSON, or the mapping that JSON would parse to."""
        raw = _as_json(message) if isinstance(message, Mapping) else message
        return self._checked(lambda: self._newest(self._one.validate_json(raw, strict=True)))

    def decode_batch(self, message: bytes | str) -> list[AnyEnvelope]:
        """Return every envelope of a batch, or refuse it whole; problems begin with a position."""
        parsed = self._checked(lambda: self._many.validate_json(message, strict=True))
        if not self._known.upcasts:
            return parsed
        return self._checked(lambda: [self._newest(envelope) for envelope in parsed])

    def decode_each(self, message: bytes | str) -> list[AnyEnvelope | Refused]:
        """Return every envelope of a batch in its place, and Refused where one is no event.

        Raises InvalidPayloadError only if the message is no JSON array at all. As fast as
        `decode_batch` while nothing is wrong.
        """
        try:
            return [*self.decode_batch(message)]
        except EventError:
            return [self._kept(index, raw) for index, raw in enumerate(_elements(message))]

    def _kept(self, index: int, raw: bytes) -> AnyEnvelope | Refused:
        try:
            return self.decode(raw)
        except EventError as error:
            return Refused(index, _event_id(raw), error, raw)

    def _newest(self, envelope: AnyEnvelope) -> AnyEnvelope:
        data = self._known.upcast(envelope.data)
        if data is envelope.data:
            return envelope
        return wrap(
            data,
            id=envelope.id,
            source=envelope.source,
            time=envelope.time,
            correlation_id=envelope.correlationid,
            causation_id=envelope.causationid,
            company_id=envelope.companyid,
        )

    def _checked(self, parse: Callable[[], Parsed]) -> Parsed:
        try:
            return parse()
        except ValidationError as error:
            refusal = event_error(error, self._known)
        raise refusal  # outside the handler, else the input would ride along as context


def _as_json(message: Mapping[str, Any]) -> bytes:
    try:
        return to_json(message)
    except PydanticSerializationError:
        refusal = InvalidPayloadError([Problem("(message)", "is not what JSON can say")])
    raise refusal


def _elements(message: bytes | str) -> list[bytes]:
    try:
        batch = from_json(message)
    except ValueError:
        batch = None
    if not isinstance(batch, list):
        raise InvalidPayloadError([Problem("(message)", "is not a JSON array")])
    return [to_json(element) for element in batch]


def _event_id(raw: bytes) -> UUID | None:
    element = from_json(raw)
    try:
        return UUID(element["id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


_waymark = Codec(registry)
decode = _waymark.decode
decode_batch = _waymark.decode_batch
decode_each = _waymark.decode_each
