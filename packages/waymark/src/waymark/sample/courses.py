"""What people of the sample learn, and what the companies pay for their programmes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from waymark.sample.cast import Cast, Company, Participant
from waymark.sample.year import LAST_DAY

LEARNERS = 80
QUARTERS = ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")
COURSES = (
    ("eCornell", "EXEC-101", "Executive Leadership"),
    ("eCornell", "MKT-210", "Marketing Basics"),
    ("itslearning", "DATA-201", "Data Analytics Fundamentals"),
    ("itslearning", "TECH-101", "Technology Essentials"),
    ("itslearning", "DE-B1", "Deutsch im Beruf"),
)


@dataclass(frozen=True, slots=True)
class SampleCourse:
    """A course that someone finished; `credential` is its certificate's id, if it gave one."""

    participant: Participant
    provider: str
    course_id: str
    name: str
    completed_at: datetime
    score: float | None
    credential: str


@dataclass(frozen=True, slots=True)
class SampleCost:
    """What a company put into a programme in a quarter."""

    company: Company
    program: str
    period: str
    cash: int
    in_kind: int


def finish_courses(rng: Random, cast: Cast) -> list[SampleCourse]:
    """Return the finished courses of the sample's learners, each course once a person."""
    learners = rng.sample(cast.participants, LEARNERS)
    return [course for person in learners for course in _courses(rng, person)]


def _courses(rng: Random, person: Participant) -> Iterator[SampleCourse]:
    for provider, course_id, name in rng.sample(COURSES, rng.randrange(1, 4)):
        day = min(person.enrolled_on + timedelta(days=rng.randrange(20, 90)), LAST_DAY)
        certified = rng.random() < 0.6
        yield SampleCourse(
            person,
            provider,
            course_id,
            name,
            _at_noon(day),
            rng.choice((None, 67.5, 74.0, 81.5, 88.0, 92.5, 95.0)),
            f"CERT-{rng.randrange(10**9):09}-{course_id}" if certified else "",
        )


def _at_noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def pay_programmes(rng: Random, cast: Cast) -> list[SampleCost]:
    """Return each company's costs of each programme and quarter."""
    return [
        SampleCost(company, program, quarter, rng.randrange(4, 40) * 500, rng.randrange(0, 9) * 250)
        for company in cast.companies
        for program in ("language", "mentorship", "buddy")
        for quarter in QUARTERS
    ]
