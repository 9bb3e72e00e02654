"""From everybody to the pairs that may be one person, likeliest first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from profile_service.duplicates.blocking import blocked_pairs
from profile_service.duplicates.comparing import Comparing
from profile_service.duplicates.model import Evidence, Model
from profile_service.duplicates.names import Spellings
from profile_service.duplicates.people import Known, Raw, Reading, population


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two people, the smaller id first, who may be one, and what speaks for and against it."""

    left_id: UUID
    right_id: UUID
    score: float
    evidence: Sequence[Evidence]

    @property
    def pair(self) -> tuple[UUID, UUID]:
        return self.left_id, self.right_id


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds candidates by one model and one set of spellings."""

    model: Model
    spellings: Spellings

    def find(self, everybody: Mapping[UUID, Raw]) -> list[Candidate]:
        """The pairs that are likely enough to be looked at."""
        reading = Reading(self.model, self.spellings)
        people = [reading.known(person, raw) for person, raw in sorted(everybody.items())]
        return list(self._compared(people))

    def _compared(self, people: Sequence[Known]) -> Iterator[Candidate]:
        among = population(people, self.model.people_at_least)
        comparing = Comparing(self.model, self.spellings, among)
        for left, right in blocked_pairs(people, self.model.largest_block):
            one, other = people[left], people[right]
            evidence = comparing.evidence(one, other)
            if self.model.is_proposed(evidence):
                score = self.model.probability(evidence)
                yield Candidate(one.person_id, other.person_id, score, evidence)

    def told_apart(self, candidate: Candidate) -> Candidate:
        """The candidate, of whom it has turned out that both took part in the same deed."""
        against = Evidence("together", "same_deed", self.model.together.same_deed)
        evidence = [*candidate.evidence, against]
        return replace(candidate, evidence=evidence, score=self.model.probability(evidence))
