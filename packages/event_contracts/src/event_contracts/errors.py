"""What can be wrong with a message, said without repeating anything that the message held."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_TYPE_SHAPED = re.compile(r"[a-z]{1,40}(\.[a-z_]{1,40}){1,6}\.v[0-9]{1,4}")


class Problem(NamedTuple):
    """One refused field: where it is (`data.duration_minutes`) and why, never its value."""

    field: str
    reason: str


class EventError(Exception):
    """A message that is no event of ours; safe to log, it holds no value of the message."""


class UnknownEventTypeError(EventError):
    """No event of this type and version is registered."""

    def __init__(self, event_type: str) -> None:
        self.event_type = event_type if _TYPE_SHAPED.fullmatch(event_type) else "(malformed)"
        super().__init__(f"unknown event type {self.event_type}")


class InvalidPayloadError(EventError):
    """The envelope or its data breaks the contract of its type.

    `problems` names each refused field; `event_type` is None when the message doesn't say one.
    """

    def __init__(self, problems: Sequence[Problem], event_type: str | None = None) -> None:
        self.problems = tuple(problems)
        self.event_type = event_type
        said = "; ".join(f"{field}: {reason}" for field, reason in self.problems)
        super().__init__(f"{event_type or 'event'}: {said}")


class ContractError(Exception):
    """A mistake in a declaration: raised while modules load, never by a message."""
