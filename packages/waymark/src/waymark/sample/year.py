"""A year of sessions between the people of the sample."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from waymark.sample.cast import LEVELS, Cast, Company, Participant, Volunteer
from waymark.sample.phrases import CONCERNS, FOCUS, TOPICS, feedback

LAST_DAY = date(2026, 9, 30)


@dataclass(frozen=True, slots=True)
class SampleSession:
    """One planned or held session, as the sample's author knows it."""

    session_id: str
    program: str
    participant: Participant
    volunteer: Volunteer
    status: str
    scheduled_at: datetime
    completed_at: datetime | None
    cancelled_at: datetime | None
    minutes: int
    rating: int | None
    text: str
    level: str
    topics: tuple[str, ...]
    focus: str
    concern: bool

    @property
    def companies(self) -> set[Company]:
        """The companies that this session counts for: the volunteer's and the sponsor's."""
        return {c for c in (self.volunteer.company, self.participant.sponsor) if c is not None}


def hold_sessions(rng: Random, cast: Cast) -> list[SampleSession]:
    """Return every session of the year, oldest first; the concerns stand in as many texts."""
    planned = sorted(
        (slot for person in cast.participants for slot in _course(rng, cast, person)),
        key=lambda slot: (slot[0], slot[1].email),
    )
    concerned = dict(zip(rng.sample(range(len(planned)), len(CONCERNS)), CONCERNS, strict=True))
    return [
        _session(rng, number, slot, concerned.get(number)) for number, slot in enumerate(planned)
    ]


Slot = tuple[datetime, Participant, Volunteer, int]


def _course(rng: Random, cast: Cast, person: Participant) -> Iterator[Slot]:
    mentoring = person.program == "mentorship"
    helper = rng.choice([v for v in cast.volunteers if v.mentors == mentoring])
    day = person.enrolled_on + timedelta(days=rng.randrange(1, 21))
    begins = time(rng.choice((8, 10, 14, 16, 17, 18)), rng.choice((0, 0, 30)))
    for number in range(rng.randrange(2, 14) if mentoring else rng.randrange(4, 26)):
        if day > LAST_DAY:
            return
        yield datetime.combine(day, begins, UTC), person, helper, number
        day += timedelta(days=14 if mentoring else 7)


def _session(rng: Random, number: int, slot: Slot, concern: str | None) -> SampleSession:
    scheduled_at, person, helper, nth = slot
    draw = 0.0 if concern else rng.random()
    held, cancelled = draw < 0.88, 0.88 <= draw < 0.95
    minutes = rng.choice((30, 45, 60, 60, 60, 90))
    text = feedback(rng, person.program, person.tongue) if rng.random() < 0.55 else ""
    prefix = "LS" if person.program == "language" else "MS"
    return SampleSession(
        session_id=f"{prefix}-2026-{number + 1:05}",
        program=person.program,
        participant=person,
        volunteer=helper,
        status="completed" if held else "cancelled" if cancelled else "no_show",
        scheduled_at=scheduled_at,
        completed_at=scheduled_at + timedelta(minutes=minutes) if held else None,
        cancelled_at=scheduled_at - timedelta(hours=rng.randrange(2, 72)) if cancelled else None,
        minutes=minutes,
        rating=rng.choices((2, 3, 4, 5), weights=(4, 12, 40, 44))[0]
        if held and rng.random() < 0.8
        else None,
        text=concern or (text if held else ""),
        level=LEVELS[min(person.level + nth // 9, len(LEVELS) - 1)],
        topics=tuple(rng.sample(TOPICS[person.program], rng.randrange(1, 3))),
        focus=rng.choice(FOCUS),
        concern=concern is not None,
    )
