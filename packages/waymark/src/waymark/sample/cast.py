"""The people and companies of the sample: invented names, reserved `.example` domains."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from waymark.sample.names import (
    NEWCOMER_FIRST,
    NEWCOMER_LAST,
    VOLUNTEER_FIRST,
    VOLUNTEER_LAST,
)

FIRST_DAY = date(2025, 10, 1)
PARTICIPANTS = 320
VOLUNTEERS = 150

LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")


@dataclass(frozen=True, slots=True)
class Company:
    """A sponsor: `key` is its own name for itself in files."""

    key: str
    name: str
    domain: str
    country: str
    industry: str


@dataclass(frozen=True, slots=True)
class Volunteer:
    """A buddy, tutor or mentor; those not `listed` by the company only share its domain."""

    email: str
    name: str
    company: Company | None
    listed: bool
    mentors: bool


@dataclass(frozen=True, slots=True)
class Participant:
    """A newcomer with the programme they enrolled in and the company that sponsors it, if any."""

    email: str
    name: str
    program: str
    sponsor: Company | None
    enrolled_on: date
    level: int
    tongue: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Everyone in the sample."""

    companies: tuple[Company, ...]
    volunteers: tuple[Volunteer, ...]
    participants: tuple[Participant, ...]


COMPANIES = (
    Company("acme", "Acme Logistics", "acme.example", "DE", "Logistics"),
    Company("nordlicht", "Nordlicht Energie", "nordlicht.example", "DE", "Energy"),
    Company("vltava", "Vltava Software", "vltava.example", "CZ", "Software"),
    Company("arancia", "Arancia Foods", "arancia.example", "IT", "Food"),
)


def make_cast(rng: Random) -> Cast:
    """Return the sample's people; every e-mail address occurs once."""
    return Cast(
        COMPANIES,
        tuple(_volunteer(rng, number) for number in range(VOLUNTEERS)),
        tuple(_participant(rng, number) for number in range(PARTICIPANTS)),
    )


def _volunteer(rng: Random, number: int) -> Volunteer:
    first, last = rng.choice(VOLUNTEER_FIRST), rng.choice(VOLUNTEER_LAST)
    company = rng.choices((*COMPANIES, None), weights=(34, 24, 20, 14, 8))[0]
    domain = company.domain if company else "helpers.example"
    return Volunteer(
        email=f"{first}.{last}{number}@{domain}".lower(),
        name=f"{first} {last}",
        company=company,
        listed=company is not None and rng.random() < 0.88,
        mentors=rng.random() < 0.4,
    )


def _participant(rng: Random, number: int) -> Participant:
    first, last = rng.choice(NEWCOMER_FIRST), rng.choice(NEWCOMER_LAST)
    return Participant(
        email=f"{first}.{last}{number}@mail.example".lower(),
        name=f"{first} {last}",
        program=rng.choices(("language", "mentorship"), weights=(68, 32))[0],
        sponsor=rng.choices((*COMPANIES, None), weights=(26, 20, 16, 10, 28))[0],
        enrolled_on=FIRST_DAY + timedelta(days=rng.randrange(0, 240)),
        level=rng.choices(range(4), weights=(20, 34, 30, 16))[0],
        tongue=rng.choices(("en", "de", "uk", "it", "cs"), weights=(58, 16, 16, 5, 5))[0],
    )
