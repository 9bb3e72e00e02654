"""Leaves out of a row what is another person's: a row about two people is only half one's own."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from profile_service.facts import Json

ANOTHERS = "(another person's)"
_PEOPLE = {
    *("participant_id", "volunteer_id", "buddy_id", "person_id", "keep_id", "merged_id"),
    *("left_id", "right_id", "canonical_id"),
}
_STAFF = {
    *("actor", "recorded_by", "overridden_by", "reviewer_id", "merged_by", "unmerged_by"),
    *("decided_by", "claimed_by", "moved_ids", "body_hmac", "sha256"),
}
"""Who acted is shown by role alone; keyed hashes tell nobody anything."""
_TELLING = re.compile(
    r"name|mail|phone|tel|volunteer|mentor|tutor|teacher|buddy|participant|learner|student|"
    r"mentee|user|linkedin|contact|address|birth",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")


@dataclass(frozen=True, slots=True)
class Own:
    """Who is asking: source persons, and in lower case the ids and names they are known by."""

    sources: Collection[UUID]
    known_as: Collection[str]

    def row(self, row: Json) -> Json:
        """A row of ours without the ids of other people, and of who acted on it."""
        return {
            name: ANOTHERS if name in _PEOPLE and not self._is_me(value) else value
            for name, value in row.items()
            if name not in _STAFF
        }

    def cells(self, said: Json, name: str = "") -> Json:
        """What a partner sent, without what could name someone else.

        A cell stays if it is one of the person's own ids or names, or if neither its column nor
        its words speak of a person.
        """
        if isinstance(said, dict):
            return {key: self.cells(value, f"{name} {key}") for key, value in said.items()}
        if isinstance(said, list):
            return [self.cells(value, name) for value in said]
        if said is None or str(said).strip().lower() in self.known_as:
            return said
        return ANOTHERS if _TELLING.search(name) or _ADDRESS.search(str(said)) else said

    def _is_me(self, value: Json) -> bool:
        return value is None or value in {str(one) for one in self.sources}
