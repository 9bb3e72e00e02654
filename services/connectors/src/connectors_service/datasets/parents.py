"""The fact that a row hangs on: how a row names it, and what becomes of a row without it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Generic, TypeVar

from connectors_service.datasets.facts import FactTable

R_contra = TypeVar("R_contra", contravariant=True)


class Missing(Enum):
    """What becomes of a row whose parent is not there: refused (E012), or held until it comes."""

    REFUSE = "refuse"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class ById:
    """A parent named by the partner's id of it."""

    external_id: str


@dataclass(frozen=True, slots=True)
class ByPair:
    """A parent named by its two people's addresses: the latest that began by the day."""

    participant: str
    volunteer: str
    day: date


ParentName = ById | ByPair


@dataclass(frozen=True, slots=True)
class Parent(Generic[R_contra]):
    """The table that a dataset's rows hang on.

    `title` is what people call it, `name` tells a row's parent, `fields` which field named it.
    `people` are the parent's two people, `since` the time from which on they may name it.
    """

    table: FactTable
    title: str
    name: Callable[[R_contra], ParentName]
    fields: Callable[[R_contra], str]
    people: tuple[str, str]
    since: str
    missing: Missing


def no_names(record: object) -> Iterable[ParentName]:
    """A record that nothing hangs on."""
    return ()
