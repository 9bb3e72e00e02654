"""For which companies a fact counts: its people's employers and sponsors at its time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from event_contracts import Fact
from event_contracts.vocabulary import FactType

PROGRAMS = {
    FactType.BUDDY_MATCH: "buddy",
    FactType.BUDDY_EVENT: "buddy",
    FactType.BUDDY_CHECKIN: "buddy",
    FactType.BUDDY_FEEDBACK: "buddy",
    FactType.LEARNING_PROGRESS: "upskilling",
    FactType.CREDENTIAL: "upskilling",
}
"""The programme of each kind of fact; Kintell's name theirs themselves."""
COUNTED_TYPES = frozenset({FactType.KINTELL_SESSION, FactType.KINTELL_RATING, *PROGRAMS})
"""The facts that can count for a company."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What of a fact decides whom it counts for.

    `participant` and `volunteer` are canonical, `participant_id` and `volunteer_id` as stated.
    """

    fact_type: str
    fact_id: UUID
    participant: UUID | None
    volunteer: UUID | None
    occurred_at: datetime
    program: str
    participant_id: UUID | None = None
    volunteer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's stated belonging to a company in [valid_from, valid_to); None is open."""

    company_id: UUID
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        begun = self.valid_from is None or self.valid_from <= moment
        return begun and (self.valid_to is None or moment < self.valid_to)


@dataclass(frozen=True, slots=True)
class Sponsorship:
    """A participant's enrollment that a company pays for, both days included; None is open."""

    company_id: UUID
    program: str
    started_on: date
    ended_on: date | None = None

    def holds_on(self, day: date, program: str) -> bool:
        if self.program != program or day < self.started_on:
            return False
        return self.ended_on is None or day <= self.ended_on


@dataclass(frozen=True, slots=True)
class Ties:
    """What is known of the people of some facts, by canonical person."""

    memberships: Mapping[UUID, Sequence[Membership]] = field(default_factory=dict)
    domain_companies: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)
    sponsorships: Mapping[UUID, Sequence[Sponsorship]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attribution:
    """A fact counts for a company, by its volunteer, its participant's sponsor, or both."""

    company_id: UUID
    fact_type: str
    fact_id: UUID
    volunteer: bool
    sponsor: bool
    occurred_at: datetime
    program: str
    participant_id: UUID | None
    volunteer_id: UUID | None


def deed_of(fact: Fact, canonical: Mapping[UUID, UUID]) -> Deed | None:
    """What a fact says that decides whom it counts for; None where it can't count."""
    if fact.fact_type not in COUNTED_TYPES or fact.fact_occurred_at is None:
        return None
    participant, volunteer = fact.fact_participant_id, fact.fact_volunteer_id
    return Deed(
        fact_type=fact.fact_type,
        fact_id=fact.fact_id,
        participant=participant and canonical.get(participant, participant),
        volunteer=volunteer and canonical.get(volunteer, volunteer),
        occurred_at=fact.fact_occurred_at,
        program=PROGRAMS.get(fact.fact_type) or str(getattr(fact, "session_type", "")),
        participant_id=participant,
        volunteer_id=volunteer,
    )


def attribute(deed: Deed, ties: Ties, zone: ZoneInfo) -> list[Attribution]:
    """Each company that the fact counts for, once, in the order of the companies' ids."""
    employers = belongs_to(deed.volunteer, deed.occurred_at, ties)
    sponsors = sponsored_by(deed, ties, zone)
    return [
        Attribution(
            company_id=company,
            fact_type=deed.fact_type,
            fact_id=deed.fact_id,
            volunteer=company in employers,
            sponsor=company in sponsors,
            occurred_at=deed.occurred_at,
            program=deed.program,
            participant_id=deed.participant_id,
            volunteer_id=deed.volunteer_id,
        )
        for company in sorted(employers | sponsors)
    ]


def belongs_to(person: UUID | None, moment: datetime, ties: Ties) -> set[UUID]:
    """The person's companies at that moment: those stated, else those of the e-mail's domain.

    A statement about a company, even one that has ended, is worth more than the domain: who left
    doesn't belong any longer for still having the address.
    """
    if person is None:
        return set()
    stated = ties.memberships.get(person, ())
    current = {one.company_id for one in stated if one.holds_at(moment)}
    if current:
        return current
    return set(ties.domain_companies.get(person, ())) - {one.company_id for one in stated}


def sponsored_by(deed: Deed, ties: Ties, zone: ZoneInfo) -> set[UUID]:
    """The companies that sponsored the participant in this programme on the day of the fact."""
    if deed.participant is None:
        return set()
    day = deed.occurred_at.astimezone(zone).date()
    paid = ties.sponsorships.get(deed.participant, ())
    return {one.company_id for one in paid if one.holds_on(day, deed.program)}


def attributions(deeds: Iterable[Deed], ties: Ties, zone: ZoneInfo) -> list[Attribution]:
    """The attributions of many facts."""
    return [found for deed in deeds for found in attribute(deed, ties, zone)]
