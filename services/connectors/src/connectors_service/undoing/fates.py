"""What undoing an import does to one fact: decided from what every import said about it.

A fact is what the standing imports say of it, in their order: the first makes it, each later one
replaces what it speaks about. To undo is to leave one import out:

| other standing imports | what they say together | the fact is |
|---|---|---|
| none | nothing | removed |
| some | something else than is stored | restored to that |
| some, none changed it since | what is stored | kept |
| some, one changed it since | what is stored | refused: it is that import's by now |

Whatever can't be told with certainty is refused, and the import then still speaks for the fact.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

State = Mapping[str, Any]
"""A stored row as JSON: columns by name, free words by `.name`."""


class Fate(StrEnum):
    """What becomes of a fact."""

    REMOVED = "removed"
    RESTORED = "restored"
    KEPT = "kept"
    REFUSED = "refused"


class Why(StrEnum):
    """Why a fact stays as it is."""

    ASSERTED = "asserted"
    CHANGED_SINCE = "changed_since"
    CHANGED_OUTSIDE = "changed_outside"
    NEEDED = "needed"
    FORGOTTEN = "forgotten"
    UNTOLD = "untold"
    ERASED = "erased"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Assertion:
    """What one import says of a fact with one of its rows.

    `before` and `after` are the fact's revisions around it: None before means that it made the
    fact, equal ones that it found everything as it says. `spoken` names the columns and details it
    speaks about, None all of them. Withdrawn: the import was undone. Not `asserts`: the fact was
    only told anew. `unheard`: what it says was never stored, since the stored fact goes first.
    """

    import_id: UUID
    row: int
    before: int | None
    after: int
    spoken: frozenset[str] | None = None
    withdrawn: bool = False
    asserts: bool = True
    unheard: bool = False
    mapping_version: str | None = None

    @property
    def wrote(self) -> bool:
        return self.before != self.after

    @property
    def place(self) -> tuple[int, bool]:
        """Where it stands among the others: behind the one that wrote the revision it found."""
        return self.after, not self.wrote

    def speaks_of(self, name: str) -> bool:
        return self.before is None or self.spoken is None or name in self.spoken


@dataclass(frozen=True, slots=True)
class History:
    """All that is known of a fact: its revision now, who said what, which revisions undo wrote.

    `states` holds the stored row by revision, as far as it is still kept; the present one always.
    `columns` are those that an import may write, `defaults` what stands where none spoke.
    """

    fact_id: UUID
    revision: int
    assertions: Sequence[Assertion]
    rewritten: Collection[int] = ()
    states: Mapping[int, State] = field(default_factory=dict)
    columns: Sequence[str] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None

    @property
    def standing(self) -> list[Assertion]:
        """The assertions that count, in the order in which they were made."""
        counted = (one for one in self.assertions if one.asserts and not one.withdrawn)
        return sorted(counted, key=lambda one: one.place)

    @property
    def accounted(self) -> set[int]:
        """The revisions of which it is known who wrote them."""
        return {one.after for one in self.assertions} | set(self.rewritten)

    @property
    def came_from_elsewhere(self) -> int | None:
        """The revision in which the first import found a fact that none had made."""
        if any(one.before is None for one in self.assertions):
            return None
        return min((one.before for one in self.assertions if one.before is not None), default=None)


@dataclass(frozen=True, slots=True)
class Decision:
    """A fact's fate; `state` is what it is to be, `owner` who it belongs to from now on.

    `withdrawn` says that the import speaks for the fact no longer. `by` is the assertion because
    of which a fact stays.
    """

    fate: Fate
    why: Why | None = None
    state: State | None = None
    owner: Assertion | None = None
    by: Assertion | None = None
    withdrawn: bool = True


class ForgottenError(Exception):
    """What an import said of a fact is no longer kept."""


def refused(why: Why, by: Assertion | None = None) -> Decision:
    """Leave a fact as it is, for a reason that may pass."""
    return Decision(Fate.REFUSED, why, by=by, withdrawn=False)


def decide(history: History, import_id: UUID) -> Decision:
    """Decide what becomes of a fact when this import is left out."""
    if history.revision not in history.accounted:
        return refused(Why.CHANGED_OUTSIDE)
    others = [one for one in history.standing if one.import_id != import_id]
    elsewhere = history.came_from_elsewhere
    if not others and elsewhere is None:
        return Decision(Fate.REMOVED)
    if _was_unheard(history, import_id):
        return Decision(Fate.KEPT, Why.ASSERTED, by=next(reversed(others), None))
    if unheard := next((one for one in others if one.unheard), None):
        return refused(Why.UNTOLD, unheard)
    try:
        told = folded(history, others)
    except ForgottenError:
        return refused(Why.FORGOTTEN)
    return _compared(history, import_id, others, told)


def _was_unheard(history: History, import_id: UUID) -> bool:
    own = [one for one in history.standing if one.import_id == import_id]
    return bool(own) and all(one.unheard for one in own)


def _compared(
    history: History, import_id: UUID, others: Sequence[Assertion], told: State
) -> Decision:
    owner = next(reversed(others), None)
    if any(told[name] != _of(history.states[history.revision], name) for name in told):
        return Decision(Fate.RESTORED, state=told, owner=owner)
    if changed := _changed_since(history, import_id, others):
        return Decision(Fate.REFUSED, Why.CHANGED_SINCE, owner=owner, by=changed)
    return Decision(Fate.KEPT, Why.ASSERTED, owner=owner, by=owner)


def _changed_since(
    history: History, import_id: UUID, others: Iterable[Assertion]
) -> Assertion | None:
    """Return the last import that wrote the fact after this one did."""
    own = max((one.after for one in history.assertions if one.import_id == import_id), default=0)
    later = [one for one in others if one.wrote and one.after > own]
    return later[-1] if later else None


def folded(history: History, standing: Sequence[Assertion]) -> dict[str, Any]:
    """Return what these assertions say together, the newest word on each column and detail.

    Raises ForgottenError if a state that it takes is no longer kept.
    """
    told: dict[str, Any] = {}
    for name in _names(history):
        speaker = next((one for one in reversed(standing) if one.speaks_of(name)), None)
        if speaker is not None:
            told[name] = _of(_state(history, speaker.after), name)
        elif (elsewhere := history.came_from_elsewhere) is not None:
            told[name] = _of(_state(history, elsewhere), name)
        else:
            told[name] = history.defaults.get(name)
    return told


def _names(history: History) -> list[str]:
    details = {name for state in history.states.values() for name in state if name[0] == "."}
    return [*history.columns, *sorted(details)]


def _state(history: History, revision: int) -> State:
    try:
        return history.states[revision]
    except KeyError:
        raise ForgottenError from None


def _of(state: State, name: str) -> Any:
    """Return a column or detail of a state; a detail that it lacks is None."""
    return state.get(name) if name[0] == "." else state[name]
