"""What a company's figures are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from profile_service.statistics import Cluster

EMPTY_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""SHA-256 of no inputs."""

ALL_PROGRAMS = "all"
"""The cell of a company and period that no programme narrows."""


@dataclass(frozen=True, slots=True)
class Window:
    """A company, the instants [start, end) of a period, and one programme or `all`."""

    company_id: UUID
    start: datetime
    end: datetime
    program: str = ALL_PROGRAMS

    @property
    def bound(self) -> dict[str, object]:
        return {
            "company": self.company_id,
            "start": self.start,
            "end": self.end,
            "program": self.program,
        }


@dataclass(frozen=True, slots=True)
class Tally:
    """The inputs of one figure: facts, distinct people, minutes, and the inputs' digest.

    `timed` of the facts have a duration, `completed` of them took place.
    """

    facts: int = 0
    participants: int = 0
    volunteers: int = 0
    minutes: int = 0
    timed: int = 0
    completed: int = 0
    digest: str = EMPTY_DIGEST


@dataclass(frozen=True, slots=True)
class Input:
    """One fact behind a figure, with the file and row it came from."""

    fact_type: str
    fact_id: UUID
    occurred_at: datetime
    by_volunteer: bool
    by_sponsor: bool
    import_id: UUID | None
    row: int | None
    mapping_version: str | None


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a company's figures of a period are made of.

    `ratings` are summed by participant; `scored` are the dimensions in which any text has a score.
    """

    tallies: Mapping[str, Tally] = field(default_factory=dict)
    ratings: Sequence[Cluster] = ()
    has_costs: bool = False
    scored: frozenset[str] = frozenset()

    def tally(self, name: str) -> Tally:
        return self.tallies.get(name) or Tally()
