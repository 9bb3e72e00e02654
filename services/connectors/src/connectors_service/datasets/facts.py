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
    """What a person wrote with a fact; no `author` where nobody says who did."""

    body: str
    author: UUID | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class StagedFact:
    """A fact as one row of a file states it; `values` by column, `details` its free words.

    `fact_id` comes with tables that have an `other_key`.
    """

    row: int
    values: dict[str, Any]
    text: StagedText | None = None
    details: dict[str, Any] = field(default_factory=dict)
    fact_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """What the rows of a chunk refer to, by address, by company key, and each row's first fact.

    `beside` are the rows' parents with their people, by the row; `nth` says of rows with equal
    keys, from the second on, the how many-th they are.
    """

    people: Mapping[str, UUID]
    companies: Mapping[str, UUID]
    parents: Mapping[int, UUID] = field(default_factory=dict)
    beside: Mapping[int, Row] = field(default_factory=dict)
    nth: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Beside:
    """What an event repeats of the fact that its own hangs on: `columns` of the parent's row.

    `link` is the column that names the parent.
    """

    table: "FactTable"
    link: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """How a written fact is told: each field of the event is a column of the same name.

    `by` is a column whose value may choose another event from `variants`. `beside` adds columns of
    the parent, `previous` fields that hold a column's former value where it changed. With `when`,
    a fact is told only if one of these columns changed.
    """

    event: type[Event]
    by: str | None = None
    variants: Mapping[str, type[Event]] = field(default_factory=dict)
    beside: Beside | None = None
    previous: Mapping[str, str] = field(default_factory=dict)
    when: tuple[str, ...] = ()

    def word(self, changed: "Changed", beside: Row | None = None) -> Event | None:
        """Return the event of a written fact, or None where nobody needs to hear of it."""
        new, old = changed.new, changed.old
        if self.when and not any(_differs(changed, column) for column in self.when):
            return None
        kind = self.variants.get(new[self.by], self.event) if self.by else self.event
        known = {**(beside or {}), **new}
        state = {name: known[name] for name in kind.model_fields if name in known}
        for name, column in self.previous.items():
            state[name] = old[column] if old and _differs(changed, column) else None
        return kind(**state)


def _differs(changed: "Changed", column: str) -> bool:
    before = changed.old[column] if changed.old else None
    after = changed.new[column]
    return before != after and str(before) != str(after)


@dataclass(frozen=True, slots=True)
class FactTable:
    """How facts of one kind are kept.

    `model` is the mapped class; `key` its natural key; `id_column` is how the ledger names a fact;
    `told` words its event (None: nobody needs to hear of it). `fed_by` names, for a column, the
    field without which a file says nothing about it: the stored value then stays. `details` does
    the same for the entries of `pii.fact_details`. `yields_to` is a condition on the stored row
    `t` and the given one, `excluded`, under which the stored one is not overwritten; `rising`
    columns keep the later of both values. `only_one` names columns whose values belong to one fact
    each: a row that claims a taken one is refused (E017). `keeps_extra` is
    false for a table that is fed beside another: a file's unknown columns are kept once.
    `people` are the columns that name people, where a key does not. With `other_key` the fact a
    row means is found before it is staged, by the partner's id or these columns; `key` is then the
    fact's own id.
    """

    fact_type: FactType
    model: type[Any]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    told: Told | None
    id_column: str
    fed_by: Mapping[str, str] = field(default_factory=dict)
    text_field: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    details_column: bool = False
    keeps_extra: bool = True
    yields_to: str | None = None
    only_one: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    other_key: tuple[str, ...] = ()
    rising: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """A written fact: its row after the write, and before it with its details (None: created)."""

    new: Row
    old: dict[str, Any] | None


def moved(follower: FactTable, changes: Iterable[Changed]) -> dict[UUID, Row]:
    """Return the new rows, by id, of changed facts that the follower's events repeat otherwise."""
    beside = follower.told.beside if follower.told else None
    if beside is None:
        return {}
    return {
        change.new[beside.table.id_column]: change.new
        for change in changes
        if change.old and any(_differs(change, column) for column in beside.columns)
    }


@dataclass(frozen=True, slots=True)
class Target(Generic[R]):
    """A table that records of a dataset load.

    `followers` are the tables whose events repeat columns of this one: when those change, the
    facts that hang on it are told anew. `hangs_by` is the column that names the fact which the same
    row states for the dataset's first table; the load fills it.
    """

    table: FactTable
    stage: Callable[[int, R, Linked], StagedFact | None]
    followers: tuple[FactTable, ...] = ()
    hangs_by: str | None = None
