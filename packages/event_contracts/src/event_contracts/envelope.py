"""The CloudEvents 1.0 envelope around an event, and how to put one around it."""

from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, Literal, TypeVar, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, create_model

from event_contracts.event import Event
from event_contracts.fields import (
    Correlation,
    EventType,
    JsonContent,
    Reference,
    SpecVersion,
    UtcDateTime,
)
from event_contracts.ids import uuid7

T = TypeVar("T", bound=Event, covariant=True)
E = TypeVar("E", bound=Event)


class Envelope(BaseModel, Generic[T]):
    """CloudEvents 1.0 in JSON; attributes carry their wire names.

    Attributes that others add on the way are dropped: what we don't know we don't keep.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    specversion: SpecVersion = "1.0"
    id: UUID
    source: Reference
    type: EventType
    subject: Reference
    time: UtcDateTime
    datacontenttype: JsonContent = "application/json"
    dataschema: Reference
    correlationid: Correlation
    causationid: UUID | None = None
    companyid: UUID | None = None
    data: T


def subject_of(event_type: str) -> str:
    """Return the NATS subject that events of this type travel on."""
    return f"waymark.{event_type}"


def schema_of(event_type: str) -> str:
    """Return the URI that names the JSON Schema of this type."""
    return f"urn:waymark:schema:{event_type}"


@cache
def envelope_class(event_class: type[E]) -> type[Envelope[E]]:
    """Return the envelope that holds exactly this event, its type and schema fixed."""
    fixed: dict[str, Any] = {
        "type": (Literal[event_class.type], ...),
        "dataschema": (Literal[schema_of(event_class.type)], ...),
    }
    base: Any = Envelope[event_class]  # type: ignore[valid-type]  # known at run time only
    made = create_model(
        f"{event_class.__name__}Envelope", __base__=base, __doc__=event_class.__doc__, **fixed
    )
    return cast("type[Envelope[E]]", made)


def wrap(
    event: E,
    *,
    source: str,
    correlation_id: str | UUID,
    causation_id: UUID | None = None,
    company_id: UUID | None = None,
    id: UUID | None = None,
    time: datetime | None = None,
) -> Envelope[E]:
    """Put an event into its envelope; without `id` and `time` it gets a UUIDv7 and now.

    `source` is the producing service, `causation_id` the id of the event that led to this one.
    """
    return envelope_class(type(event))(
        id=id or uuid7(),
        source=source,
        type=event.type,
        dataschema=schema_of(event.type),
        subject=event.subject,
        time=time or datetime.now(UTC),
        correlationid=str(correlation_id),
        causationid=causation_id,
        companyid=company_id,
        data=event,
    )
