"""In what two people differ, and what would hold after a merge: pure decisions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Literal

from profile_service.facts import Json
from profile_service.merging.groups import NAME, PHONE, Side, flag_field
from profile_service.repository.held import Enrolled

Resolution = Literal["keep", "merge", "both", "stricter"]
Choices = Mapping[str, Side]


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts for one of the two; a person to whom others were merged counts as one."""

    name: str | None = None
    phone: str | None = None
    flags: Mapping[str, Json] = field(default_factory=dict)
    accounts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    consents: Mapping[str, bool] = field(default_factory=dict)
    enrollments: Sequence[Enrolled] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field in which the two differ, and what would hold."""

    field: str
    keep: Json
    merge: Json
    resolution: Resolution
    can_choose: bool = False


def conflicts(keep: Standing, merge: Standing, choices: Choices) -> list[Conflict]:
    """Everything that both have and that isn't the same, in a fixed order."""
    return [
        *_chosen(keep, merge, choices),
        *_consents(keep, merge),
        *_accounts(keep, merge),
        *_enrollments(keep, merge),
    ]


def settled(found: Iterable[Conflict], choices: Choices) -> dict[str, Side]:
    """The choices to keep with the merge: those made, and `keep` for conflicts without one."""
    open_ones: dict[str, Side] = {one.field: "keep" for one in found if one.can_choose}
    return open_ones | dict(choices)


def _chosen(keep: Standing, merge: Standing, choices: Choices) -> Iterator[Conflict]:
    fields = [(NAME, keep.name, merge.name), (PHONE, keep.phone, merge.phone)]
    both = sorted(keep.flags.keys() & merge.flags.keys())
    fields += [(flag_field(flag), keep.flags[flag], merge.flags[flag]) for flag in both]
    for name, kept, merged in fields:
        if None not in (kept, merged) and kept != merged:
            yield Conflict(name, kept, merged, choices.get(name, "keep"), can_choose=True)


def _consents(keep: Standing, merge: Standing) -> Iterator[Conflict]:
    for purpose in sorted(keep.consents.keys() & merge.consents.keys()):
        kept, merged = keep.consents[purpose], merge.consents[purpose]
        if kept != merged:
            yield Conflict(f"consents.{purpose}", kept, merged, "stricter")


def _accounts(keep: Standing, merge: Standing) -> Iterator[Conflict]:
    for provider in sorted(keep.accounts.keys() & merge.accounts.keys()):
        kept, merged = list(keep.accounts[provider]), list(merge.accounts[provider])
        yield Conflict(f"accounts.{provider}", kept, merged, "both")


def _enrollments(keep: Standing, merge: Standing) -> Iterator[Conflict]:
    for kept, merged in product(keep.enrollments, merge.enrollments):
        if kept.program == merged.program and _overlap(kept, merged):
            name = f"enrollments.{kept.program}"
            yield Conflict(name, _shown(kept), _shown(merged), "both")


def _overlap(one: Enrolled, other: Enrolled) -> bool:
    ends_later = one.started_on <= (other.ended_on or date.max)
    return ends_later and other.started_on <= (one.ended_on or date.max)


def _shown(one: Enrolled) -> dict[str, Json]:
    return {
        "company_id": one.company_id and str(one.company_id),
        "started_on": one.started_on.isoformat(),
        "ended_on": one.ended_on and one.ended_on.isoformat(),
    }
