"""Whose name, phone and hand-set flags count for people who were merged: a pure decision.

Nothing is ever copied from one person to another: what a group shows follows from the merges that
stand. So a merge that is taken back leaves no trace, whatever was merged before or after it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

Side = Literal["keep", "merge"]

NAME = "display_name"
PHONE = "phone"
_FLAG = "flags."


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge that stands: `merged_id` counts as whoever `keep_id` counts as."""

    keep_id: UUID
    merged_id: UUID
    choices: Mapping[str, Side] = field(default_factory=dict)


def flag_field(flag: str) -> str:
    """The name by which a flag is chosen."""
    return _FLAG + flag


def flag_of(chosen: str) -> str | None:
    """The flag that a choice names; None for name and phone."""
    return chosen.removeprefix(_FLAG) if chosen.startswith(_FLAG) else None


def whose(
    person: UUID, merges: Sequence[Merge], having: Collection[UUID], chosen: str
) -> UUID | None:
    """The source person whose value of a field counts for `person`; None where no one has any.

    `merges` are those that stand, oldest first; `having` are the people with a value. A person's
    own value counts, else that of the first who was merged into them, unless a choice says so.
    """
    into: dict[UUID, list[Merge]] = defaultdict(list)
    for merge in merges:
        into[merge.keep_id].append(merge)
    found: dict[UUID, UUID | None] = {}
    for one in _leaves_first(person, into):
        found[one] = one if one in having else None
        for merge in into[one]:
            found[one] = _chosen(found[one], found[merge.merged_id], merge.choices.get(chosen))
    return found[person]


def _chosen(kept: UUID | None, merged: UUID | None, choice: Side | None) -> UUID | None:
    if choice == "merge" and merged:
        return merged
    return kept if kept or choice == "keep" else merged


def _leaves_first(person: UUID, into: Mapping[UUID, Sequence[Merge]]) -> list[UUID]:
    """Everyone who counts as the person, those before themselves who were merged into them."""
    waiting, found = [person], []
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += [merge.merged_id for merge in into.get(one, ())]
    return found[::-1]
