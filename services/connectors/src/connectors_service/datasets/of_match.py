"""What the rows about a match have in common: how they name it, and whom they are about."""

from collections.abc import Iterator
from datetime import date
from typing import Protocol

from connectors_service.datasets.base import Breach, Field, Values
from connectors_service.datasets.buddy_matches import MATCHES
from connectors_service.datasets.parents import ById, ByPair, Missing, Parent, ParentName
from connectors_service.rules import rule
from connectors_service.rules.codes import Code

MATCH_FIELDS = (
    Field("match_id", rule.key(200), "The match; else its two addresses", "BM-2026-001"),
    Field("participant_email", rule.EMAIL, "Who is accompanied, where match_id is empty"),
    Field("buddy_email", rule.EMAIL, "Who accompanies, where match_id is empty"),
)
NAMED_BY_PAIR = ("participant_email", "buddy_email")


class OfMatch(Protocol):
    """A row about a match."""

    @property
    def match_id(self) -> str | None: ...
    @property
    def participant_email(self) -> str | None: ...
    @property
    def buddy_email(self) -> str | None: ...
    @property
    def day(self) -> date:
        """The day it is about, by which a pair's match is found."""


def nameless(values: Values) -> Iterator[Breach]:
    """Yield what is wrong with a row that names no match."""
    if values["match_id"] is None and not all(map(values.__getitem__, NAMED_BY_PAIR)):
        yield Breach("match_id", Code.MISSING, "is empty; name the match, or its two addresses")


def emails_of(record: OfMatch) -> tuple[str, ...]:
    """Return the addresses that name the row's match."""
    if record.match_id or not (record.participant_email and record.buddy_email):
        return ()
    return (record.participant_email, record.buddy_email)


def _name(record: OfMatch) -> ParentName:
    if record.match_id:
        return ById(record.match_id)
    return ByPair(str(record.participant_email), str(record.buddy_email), record.day)


MATCH: Parent[OfMatch] = Parent(
    MATCHES,
    title="match",
    name=_name,
    fields=lambda row: "match_id" if row.match_id else "participant_email",
    people=("participant_id", "buddy_id"),
    since="matched_at",
    missing=Missing.REFUSE,
)
