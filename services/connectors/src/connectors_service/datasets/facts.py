"""What a row becomes in the database: staged facts of a table, and the event each change emits."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from event_contracts import Event
from event_contracts.vocabulary import FactType

R = TypeVar("R")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StagedText:
    """What a person wrote with a fact."""

    body: str
    author: UUID
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class StagedFact:
    """A fact as one row of a file states it; `values` by column, `details` its free words.

    `fact_id` is given for tables without an id of their own. `about` holds what the event says
    beyond the table's row.
    """

    row: int
    values: dict[str, Any]
    text: StagedText | None = None
    details: dict[str, Any] = field(default_factory=dict)
    fact_id: UUID | None = None
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Linked:
    """What the rows of a chunk refer to, by address, by company key, and each row's first fact.

    `identify` names a fact by provider and external id where its table has no id of its own; the
    name tells nothing of them.
    """

    people: Mapping[str, UUID]
    companies: Mapping[str, UUID]
    identify: Callable[[str, str], UUID]
    parents: Mapping[int, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FactTable:
    """How facts of one kind are kept.

    `model` is the mapped class; `key` its natural key. `fed_by` names, for a column, the field
    without which a file says nothing about it: the stored value then stays. `details` does the
    same for the entries of `pii.fact_details`. `yields_to` is a condition on the stored row `t`
    under which it is never overwritten by this dataset. `only_one` names columns whose values
    belong to one fact each: a row that claims a taken one is refused (E017). `keeps_extra` is
    false for a table that is fed beside another: a file's unknown columns are kept once.
    `people` are the columns that name people, where a key does not.
    """

    fact_type: FactType
    model: type[Any]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    id_column: str | None = None
    fed_by: Mapping[str, str] = field(default_factory=dict)
    text_field: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    details_column: bool = False
    keeps_extra: bool = True
    yields_to: str | None = None
    only_one: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """A written fact: its row after the write, and before it (None: created)."""

    new: Row
    old: Row | None


@dataclass(frozen=True, slots=True)
class Following:
    """Facts whose events repeat columns of another: when those change, they are told anew.

    `parent` is their column that names the other; `event` words one from its row and the other's.
    """

    table: FactTable
    parent: str
    columns: tuple[str, ...]
    event: Callable[[Row, Row], Event]

    def moved(self, changes: Iterable[Changed]) -> dict[UUID, Row]:
        """Return the new rows, by id, of those facts whose columns changed."""
        return {
            change.new[self.parent]: change.new
            for change in changes
            if change.old and any(str(change.new[c]) != str(change.old[c]) for c in self.columns)
        }


@dataclass(frozen=True, slots=True)
class Target(Generic[R]):
    """A table that records of a dataset load, and the event that each written row emits."""

    table: FactTable
    stage: Callable[[int, R, Linked], StagedFact | None]
    event: Callable[[Changed, StagedFact], Event | None]
    followed_by: Following | None = None
