"""What becomes of a fact that names an erased person: pure decisions, by kind and side.

A meeting has two people. The other's history and their company's hours stay: the fact is kept under
the tombstone's pseudonym, without what tells of the person who went. What is theirs alone goes.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from connectors_service.erasing.mentions import Mentions
from event_contracts.vocabulary import FactType

Row = Mapping[str, Any]


class Side(StrEnum):
    """As whom the erased person took part."""

    PARTICIPANT = "participant"
    VOLUNTEER = "volunteer"
    BOTH = "both"


class Fate(StrEnum):
    REMOVED = "removed"
    KEPT = "kept"


ALONE = frozenset({FactType.LEARNING_PROGRESS, FactType.CREDENTIAL, FactType.PLATFORM_ACCOUNT})
"""Facts of one person that nobody else's figures need."""

OPINIONS = frozenset({FactType.KINTELL_RATING, FactType.BUDDY_FEEDBACK})
"""Facts that are what one side says of a meeting."""

TELLING: Mapping[FactType, tuple[str, ...]] = {
    FactType.KINTELL_SESSION: ("language_level", "focus_area"),
    FactType.BUDDY_MATCH: ("language",),
    FactType.BUDDY_CHECKIN: ("mood",),
    FactType.ENROLLMENT: ("cohort",),
}
"""Columns that tell of the participant; they are emptied in a fact that is kept."""

KINDS = (
    FactType.KINTELL_RATING,
    FactType.BUDDY_FEEDBACK,
    FactType.BUDDY_CHECKIN,
    FactType.BUDDY_EVENT,
    FactType.KINTELL_SESSION,
    FactType.BUDDY_MATCH,
    FactType.LEARNING_PROGRESS,
    FactType.CREDENTIAL,
    FactType.ENROLLMENT,
    FactType.COMPANY_MEMBERSHIP,
    FactType.PLATFORM_ACCOUNT,
)
"""Every kind of fact about people; what hangs on others stands before them."""


def fate(kind: FactType, side: str, row: Row) -> Fate:
    """What becomes of a fact; an opinion goes with who has it."""
    if kind in ALONE:
        return Fate.REMOVED
    if kind in OPINIONS and _spoke(side, str(row["from_role"])):
        return Fate.REMOVED
    return Fate.KEPT


def _spoke(side: str, from_role: str) -> bool:
    own = Side.PARTICIPANT if from_role == "participant" else Side.VOLUNTEER
    return side in (own, Side.BOTH)


def emptied(kind: FactType, side: str, row: Row) -> tuple[str, ...]:
    """The columns of a kept fact that still tell of the person."""
    if side == Side.VOLUNTEER:
        return ()
    return tuple(name for name in TELLING.get(kind, ()) if row[name] is not None)


def kept_details(side: str, details: Row, mentions: Mentions) -> dict[str, Any]:
    """What stays of a kept fact's free words: the other's, where they don't name the person.

    Unknown columns are nobody's, so they go.
    """
    if side != Side.VOLUNTEER:
        return {}
    return {
        name: value
        for name, value in details.items()
        if name != "extra" and not mentions.found_in(str(value))
    }
