"""What every event is: a frozen payload of ids and facts that knows its type and its subject."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from event_contracts.errors import ContractError
from event_contracts.fields import Revision, TextId
from event_contracts.registry import Registry, registry
from event_contracts.vocabulary import FactType


class Event(BaseModel):
    """Something that happened. Declared as `class It(Event, type="family.it.happened.v1")`.

    `about` names the field whose id is the CloudEvents subject. A class without `type` is a
    base for others and no event itself.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False
    )

    type: ClassVar[str]
    subject_field: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(
        cls,
        *,
        type: str | None = None,
        about: str | None = None,
        registry: Registry = registry,
        **kwargs: Any,
    ) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if about is not None:
            cls.subject_field = about
        if type is not None:
            cls.type = type
            _check_subject(cls)
            registry.add(cls)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Take the class arguments; pydantic hands them on once the fields are known."""

    @classmethod
    def check(cls, said: Mapping[str, Any]) -> None:
        """Raise PydanticCustomError where fields, each right by itself, don't go together.

        A class with such rules states them here, so that they hold for plain JSON as well, and
        has one validator that calls it.
        """

    @property
    def subject(self) -> str:
        """The id of what the event is about."""
        return str(getattr(self, self.subject_field))


def _check_subject(event_class: type[Event]) -> None:
    field = getattr(event_class, "subject_field", None)
    if field not in event_class.model_fields:
        raise ContractError(f"{event_class.type} must name one of its fields: about=…")


def midnight(day: date) -> datetime:
    """Return the first moment of the day in UTC."""
    return datetime.combine(day, time.min, UTC)


class Fact(Event, ABC):
    """The whole state of one fact; of two states the one with the higher revision holds."""

    fact_type: ClassVar[FactType]

    revision: Revision

    @classmethod
    def __pydantic_init_subclass__(cls, *, fact: FactType | None = None, **kwargs: Any) -> None:
        if fact is not None:
            cls.fact_type = fact
        super().__pydantic_init_subclass__(**kwargs)

    @property
    def fact_id(self) -> UUID:
        """The id of the fact, equal over all its revisions and event types."""
        found: UUID = getattr(self, self.subject_field)
        return found

    @property
    def fact_participant_id(self) -> UUID | None:
        """The participant's side of the fact (the source person)."""
        return getattr(self, "participant_id", None)

    @property
    def fact_volunteer_id(self) -> UUID | None:
        """The volunteer's side of the fact (the source person), if it has one."""
        return getattr(self, "volunteer_id", None)

    @property
    @abstractmethod
    def fact_occurred_at(self) -> datetime | None:
        """The moment at which the fact counts; a date counts from its midnight in UTC."""


class TextFact(Fact, ABC):
    """A fact that may come with a text; the text itself stays in the database."""

    text_id: TextId | None = None
