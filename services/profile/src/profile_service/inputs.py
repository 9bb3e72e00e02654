"""What a company's figures are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from profile_service.feeding import BEFORE, COUNTS, FEEDS, NO_SHOW, TOLD_BY_OTHERS, feeds
from profile_service.impact.assumptions import Book
from profile_service.impact.changes import Change
from profile_service.impact.spending import Cost
from profile_service.impact.vis import Deeds
from profile_service.setdigest import EMPTY_DIGEST, SetDigest
from profile_service.statistics import Cluster

ALL_PROGRAMS = "all"
"""The cell of a company and period that no programme narrows."""


@dataclass(frozen=True, slots=True)
class Window:
    """A company, the instants [start, end) of a period, and one programme or `all`.

    `since` is when the period before began, if anyone asks: retention alone looks back.
    """

    company_id: UUID
    start: datetime
    end: datetime
    program: str = ALL_PROGRAMS
    since: datetime | None = None

    @property
    def bound(self) -> dict[str, object]:
        return {
            "company": self.company_id,
            "since": self.since or self.start,
            "start": self.start,
            "end": self.end,
            "program": self.program,
        }


@dataclass(frozen=True, slots=True)
class Kind:
    """All facts of a programme that feed the same figures; `timed` of them have a duration."""

    feeds: int
    program: str
    facts: int
    minutes: int
    timed: int
    digest: SetDigest


@dataclass(frozen=True, slots=True)
class People:
    """How many distinct people's facts feed these figures together."""

    feeds: int
    people: int


@dataclass(frozen=True, slots=True)
class Tally:
    """The inputs of one figure: facts, distinct people, minutes, and the inputs' digest.

    `told_by_others` are the participants whom others than the company itself tell of.
    """

    facts: int = 0
    participants: int = 0
    told_by_others: int = 0
    volunteers: int = 0
    minutes: int = 0
    timed: int = 0
    digest: str = EMPTY_DIGEST


@dataclass(frozen=True, slots=True)
class Counted:
    """A cell's facts by what they feed; `ratings` by participant; for quarters also who met whom.

    `deeds` and `met` are of the company's own volunteers: what each did, with which participants.
    """

    kinds: Sequence[Kind] = ()
    participants: Sequence[People] = ()
    volunteers: Sequence[People] = ()
    ratings: Sequence[Cluster] = ()
    deeds: Mapping[str, Deeds] = field(default_factory=dict)
    met: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def tally(self, metric: str) -> Tally:
        """Facts and people behind one figure."""
        of = [kind for kind in self.kinds if feeds(kind.feeds, metric)]
        if not of:
            return Tally()
        participants = self._people(self.participants, FEEDS[metric])
        volunteers = self._people(self.volunteers, FEEDS[metric])
        digest = SetDigest.union(kind.digest for kind in of)
        return Tally(
            facts=sum(kind.facts for kind in of),
            participants=participants,
            told_by_others=self._people(self.participants, FEEDS[metric] * TOLD_BY_OTHERS),
            volunteers=volunteers,
            minutes=sum(kind.minutes for kind in of),
            timed=sum(kind.timed for kind in of),
            digest=digest.told(metric, participants, volunteers),
        )

    def also(self, metric: str, bit: int) -> int:
        """How many of the facts behind a figure have this bit too."""
        both = (kind for kind in self.kinds if feeds(kind.feeds, metric) and kind.feeds & bit)
        return sum(kind.facts for kind in both)

    @property
    def completed(self) -> int:
        return self.also("attendance_rate", COUNTS["sessions_completed"])

    @property
    def missed(self) -> int:
        return self.also("attendance_rate", NO_SHOW)

    @property
    def active_before(self) -> int:
        """Distinct participants of the period before."""
        return self._people(self.participants, BEFORE)

    @property
    def retained(self) -> int:
        """Those of them who are active in this one."""
        both = (one for one in self.participants if one.feeds & BEFORE)
        return sum(one.people for one in both if feeds(one.feeds, "participants"))

    @property
    def smallest_of_retention(self) -> int:
        """The fewest of who stayed, who left, and who is new, where there are any.

        Only people whom others than the company itself tell of are counted.
        """
        both = (one for one in self.participants if one.feeds & BEFORE * TOLD_BY_OTHERS)
        here = COUNTS["participants"] * TOLD_BY_OTHERS
        stayed = sum(one.people for one in both if one.feeds & here)
        before = self._people(self.participants, BEFORE * TOLD_BY_OTHERS)
        now = self._people(self.participants, here)
        return min((group for group in (stayed, before - stayed, now - stayed) if group), default=0)

    def minutes_by_program(self) -> dict[str, int]:
        """The volunteers' time, by programme, where there is any."""
        found: dict[str, int] = {}
        for kind in self.kinds:
            if feeds(kind.feeds, "volunteer_hours") and kind.minutes:
                found[kind.program] = found.get(kind.program, 0) + kind.minutes
        return dict(sorted(found.items()))

    @staticmethod
    def _people(of: Sequence[People], bits: int) -> int:
        return sum(one.people for one in of if one.feeds & bits)


@dataclass(frozen=True, slots=True)
class Participant:
    """One participant's scores of a dimension: their weighted sum, and the change if there is one.

    `cluster` holds confidence times value, and confidence, both in millionths.
    """

    participant: str
    cluster: Cluster
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """What the active model said in a dimension of a cell's texts.

    `reasons` counts the texts for which nothing counts, by why. `published`: companies may see
    figures made with this model.
    """

    dimension: str
    model_id: str
    published: bool
    texts: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    participants: Sequence[Participant] = ()
    digest: str = EMPTY_DIGEST

    @property
    def changes(self) -> list[tuple[str, Change]]:
        return [(one.participant, one.change) for one in self.participants if one.change]

    @property
    def positive(self) -> int:
        """Distinct participants with a positive change."""
        return sum(change.is_positive for _, change in self.changes)


@dataclass(frozen=True, slots=True)
class Put:
    """What a company put in, and what values are assumed on the period's last day."""

    first_day: date = date.min
    next_day: date = date.max
    costs: Sequence[Cost] = ()
    book: Book = field(default_factory=Book)
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a company's figures of a period are made of."""

    put: Put = field(default_factory=Put)
    counted: Counted = field(default_factory=Counted)
    scored: Mapping[str, Scored] = field(default_factory=dict)

    def tally(self, name: str) -> Tally:
        return self.counted.tally(name)


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
