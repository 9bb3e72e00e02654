"""Batches as plain JSON values: judged in one pass, without an object per event, where they allow.

A reader takes less than `decode_batch` does: one type, no upcasts, every value already in the
form in which `encode` writes it. What it takes, `decode_batch` takes too, and would say the same.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from types import GenericAlias, UnionType
from typing import Annotated, Any, Literal, NotRequired, TypeGuard, Union, get_args, get_origin
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError, to_json
from typing_extensions import TypedDict

from event_contracts.envelope import envelope_class, schema_of
from event_contracts.event import Event
from event_contracts.ids import uuid7_texts
from event_contracts.registry import Registry, registry

Record = dict[str, Any]
"""An envelope as JSON has it: null means absent, moments end in Z, ids are in lower case."""

Reader = Callable[[bytes], list[Record] | None]

_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_DAY = (
    r"[1-9][0-9]{3}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
    r"|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
)
_FRACTION = "|".join(f"0{{{zeros}}}[1-9][0-9]{{{5 - zeros}}}" for zeros in range(6))
_MOMENT = rf"^{_DAY}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.({_FRACTION}))?Z$"

_WRITTEN: Mapping[Any, str] = {UUID: _ID, AwareDatetime: _MOMENT, date: f"^{_DAY}$"}
_RULES = "_holds_together"
"""The validator of an event class that calls its `check`, and does no more."""

_AS_THEY_ARE = (str, int, float, bool)


class _HasNoPlainFormError(Exception):
    """A field of this type can't be judged without its object."""


Said = tuple[str, str, str]
"""A subject, the event's data as JSON, and the id of the event that led to it."""


def written_batch(
    event_class: type[Event], source: str, time: datetime
) -> Callable[[str, Sequence[Said]], bytes]:
    """Return what writes a batch as `encode_batch` would, from data that is JSON already.

    It takes a correlation id and what is said, and gives every event an id of its own.
    """
    kind, schema = event_class.type, schema_of(event_class.type)
    moment = to_json(time.astimezone(UTC)).decode()

    def write(correlation_id: str, said: Sequence[Said]) -> bytes:
        events = (
            f'{{"specversion":"1.0","id":"{event_id}","source":"{source}","type":"{kind}",'
            f'"subject":"{subject}","time":{moment},"datacontenttype":"application/json",'
            f'"dataschema":"{schema}","correlationid":"{correlation_id}",'
            f'"causationid":"{cause}","data":{data}}}'
            for event_id, (subject, data, cause) in zip(uuid7_texts(len(said)), said, strict=True)
        )
        return f"[{','.join(events)}]".encode()

    return write


@cache
def plain_reader(event_class: type[Event], known: Registry = registry) -> Reader | None:
    """Return what reads a batch of this type, None for types that have no plain form.

    The reader returns None for a batch that is not wholly of the narrow form; then decode it.
    """
    if known.newest(event_class) is not event_class:
        return None
    try:
        envelope = _plain(envelope_class(event_class), "ignore")
    except _HasNoPlainFormError:
        return None
    batch: Any = GenericAlias(list, (envelope,))
    adapter: TypeAdapter[list[Record]] = TypeAdapter(batch)

    check = event_class.check if _has_rules(event_class) else None

    def read(body: bytes) -> list[Record] | None:
        try:
            records = adapter.validate_json(body, strict=True)
            if check is not None:
                for record in records:
                    check(record["data"])
        except (ValidationError, PydanticCustomError):
            return None
        return records

    return read


def _plain(model: type[BaseModel], extra: Literal["forbid", "ignore"]) -> Any:
    """The model's JSON as a typed dict."""
    if _judges_beyond_its_fields(model):
        raise _HasNoPlainFormError
    fields = {name: _field(found) for name, found in model.model_fields.items()}
    plain = TypedDict(f"Plain{model.__name__}", fields)  # type: ignore[misc]  # known at run time only
    plain.__pydantic_config__ = ConfigDict(  # type: ignore[attr-defined]
        extra=extra, allow_inf_nan=False, hide_input_in_errors=True
    )
    return plain


def _judges_beyond_its_fields(model: type[BaseModel]) -> bool:
    """Whether it has validators that nobody could call for plain JSON."""
    known = model.__pydantic_decorators__
    if known.field_validators or known.validators or known.root_validators:
        return True
    is_stated = issubclass(model, Event) and _has_rules(model)
    return set(known.model_validators) != ({_RULES} if is_stated else set())


def _has_rules(event_class: type[Event]) -> bool:
    return event_class.check.__func__ is not Event.check.__func__  # type: ignore[attr-defined]


def _field(field: FieldInfo) -> Any:
    plain = _type(field.annotation, field.metadata)
    return plain if field.is_required() or field.default is not None else NotRequired[plain]


def _type(annotation: Any, metadata: list[Any]) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        return _optional(annotation, metadata)
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _type(inner, [*metadata, *more])
    if annotation in _WRITTEN:
        return Annotated[str, StringConstraints(pattern=_WRITTEN[annotation])]
    return _closed(annotation) or _value(annotation, metadata)


def _optional(annotation: Any, metadata: list[Any]) -> Any:
    parts = [part for part in get_args(annotation) if part is not type(None)]
    if len(parts) != 1:
        raise _HasNoPlainFormError
    return _type(parts[0], metadata) | None


def _closed(annotation: Any) -> Any:
    """The literals of a closed vocabulary, or of a nested event; None for everything else."""
    if _is_class(annotation) and issubclass(annotation, Event):
        return _plain(annotation, "forbid")
    if _is_class(annotation) and issubclass(annotation, Enum):
        return Literal[tuple(member.value for member in annotation)]
    if get_origin(annotation) is Literal:
        return Literal[tuple(_literal(value) for value in get_args(annotation))]
    return None


def _value(annotation: Any, metadata: list[Any]) -> Any:
    if annotation not in _AS_THEY_ARE:
        raise _HasNoPlainFormError
    return Annotated[(annotation, *metadata)] if metadata else annotation


def _is_class(annotation: Any) -> TypeGuard[type[Any]]:
    return isinstance(annotation, type)


def _literal(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
