"""Which class stands for which event type, and how an old version becomes the newest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from event_contracts.errors import ContractError, UnknownEventTypeError

if TYPE_CHECKING:
    from event_contracts.event import Event

Old = TypeVar("Old", bound="Event")
New = TypeVar("New", bound="Event")

_TYPE = re.compile(r"(?P<name>[a-z]+(\.[a-z_]+)+)\.v(?P<version>[1-9][0-9]*)")


def name_and_version(event_type: str) -> tuple[str, int]:
    """Split `kintell.session.completed.v1` into `kintell.session.completed` and 1."""
    match = _TYPE.fullmatch(event_type)
    if match is None:
        raise ContractError(f"{event_type!r} is not like family.thing.happened.v1")
    return match["name"], int(match["version"])


class Registry(Mapping[str, "type[Event]"]):
    """Event classes by type; looking up an unknown type raises UnknownEventTypeError."""

    def __init__(self) -> None:
        self._classes: dict[str, type[Event]] = {}
        self._upcasters: dict[type[Event], tuple[type[Event], Callable[[Any], Event]]] = {}

    def __getitem__(self, event_type: str) -> type[Event]:
        found = self._classes.get(event_type)
        if found is None:
            raise UnknownEventTypeError(event_type)
        return found

    def __contains__(self, event_type: object) -> bool:
        return event_type in self._classes

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)

    def add(self, event_class: type[Event]) -> None:
        """Register a class under its type; a type has one class for ever."""
        name_and_version(event_class.type)
        if event_class.type in self._classes:
            raise ContractError(f"{event_class.type} is declared twice")
        self._classes[event_class.type] = event_class

    def upcaster(
        self, old: type[Old], new: type[New]
    ) -> Callable[[Callable[[Old], New]], Callable[[Old], New]]:
        """Declare the decorated function as the way from one version to the next.

        >>> @registry.upcaster(SessionRatedV1, SessionRatedV2)   # doctest: +SKIP
        ... def rescale(old: SessionRatedV1) -> SessionRatedV2: ...
        """
        self._check_step(old, new)

        def declare(function: Callable[[Old], New]) -> Callable[[Old], New]:
            self._upcasters[old] = (new, function)
            return function

        return declare

    def _check_step(self, old: type[Event], new: type[Event]) -> None:
        (old_name, old_version), (name, version) = map(name_and_version, (old.type, new.type))
        if {old.type, new.type} - self._classes.keys():
            raise ContractError(f"{old.type} and {new.type} must be in the same registry")
        if (name, version) != (old_name, old_version + 1):
            raise ContractError(f"{new.type} is not the version after {old.type}")
        if old in self._upcasters:
            raise ContractError(f"{old.type} has an upcaster already")

    @property
    def upcasts(self) -> bool:
        """Whether any version has a newer one to become."""
        return bool(self._upcasters)

    def upcast(self, event: Event) -> Event:
        """Return the event as the newest version that upcasters lead to."""
        while step := self._upcasters.get(type(event)):
            event = step[1](event)
        return event

    def newest(self, event_class: type[Event]) -> type[Event]:
        """Return the class that messages of this class arrive as."""
        while step := self._upcasters.get(event_class):
            event_class = step[0]
        return event_class

    def arriving_as(self, event_class: type[Event]) -> tuple[str, ...]:
        """Return every type whose messages `decode` turns into this class, oldest first.

        A consumer of the class subscribes to the subjects of all of them.
        """
        return tuple(t for t, known in self._classes.items() if self.newest(known) is event_class)


registry = Registry()
"""The events of Waymark."""
