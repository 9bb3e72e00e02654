"""What buddies of the sample do together in their year, how they are, and what they say."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from waymark.sample.cast import Cast, Participant, Volunteer
from waymark.sample.phrases import feedback
from waymark.sample.year import LAST_DAY

PAIRS = 90
TONGUES = ("English", "Deutsch", "українська", "it", "Czech")
DEEDS = {
    "hangout": "We met for a coffee and talked about the week.",
    "activity": "We walked through the old town and took photos.",
    "workshop": "We prepared the papers for the office together.",
    "phone_call": "A short call, everything is fine.",
}
MOODS = ("great", "good", "okay", "struggling", "difficult")


@dataclass(frozen=True, slots=True)
class Deed:
    """What a pair did together."""

    kind: str
    at: datetime
    minutes: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Checkin:
    """How a pair was doing."""

    day: date
    mood: str
    notes: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """How one side rated the pair, 1-5."""

    role: str
    rating: int
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SampleMatch:
    """A participant, a buddy, and their year."""

    match_id: str
    participant: Participant
    volunteer: Volunteer
    matched_at: datetime
    status: str
    tongue: str
    deeds: tuple[Deed, ...]
    checkins: tuple[Checkin, ...]
    opinions: tuple[Opinion, ...]


def match_buddies(rng: Random, cast: Cast) -> list[SampleMatch]:
    """Return the sample's pairs, each participant in one of them at most."""
    newcomers = rng.sample(cast.participants, PAIRS)
    return [_match(rng, cast, number, person) for number, person in enumerate(newcomers)]


def _match(rng: Random, cast: Cast, number: int, person: Participant) -> SampleMatch:
    begins = person.enrolled_on + timedelta(days=rng.randrange(3, 30))
    return SampleMatch(
        match_id=f"BM-2026-{number + 1:03}",
        participant=person,
        volunteer=rng.choice(cast.volunteers),
        matched_at=datetime.combine(begins, time(10), UTC),
        status=rng.choices(("active", "inactive", "ended"), weights=(80, 8, 12))[0],
        tongue=rng.choice(TONGUES),
        deeds=tuple(_deeds(rng, begins)),
        checkins=tuple(_checkins(rng, begins, person)),
        opinions=tuple(_opinions(rng, begins, person)),
    )


def _days(rng: Random, begins: date, most: int, apart: int) -> Iterator[date]:
    day = begins
    for _ in range(rng.randrange(0, most + 1)):
        day += timedelta(days=rng.randrange(apart // 2, 2 * apart))
        if day <= LAST_DAY:
            yield day


def _deeds(rng: Random, begins: date) -> Iterator[Deed]:
    for day in _days(rng, begins, 8, 14):
        kind = rng.choice(tuple(DEEDS))
        at = datetime.combine(day, time(rng.choice((11, 15, 18))), UTC)
        minutes = rng.choice((None, 30, 60, 90, 120))
        words = DEEDS[kind] if rng.random() < 0.3 else ""
        yield Deed(kind, at, minutes, words)
        if rng.random() < 0.05:
            yield Deed(kind, at, minutes, words)


def _checkins(rng: Random, begins: date, person: Participant) -> Iterator[Checkin]:
    for day in _days(rng, begins, 4, 28):
        mood = rng.choices(MOODS, weights=(20, 40, 25, 10, 5))[0]
        notes = feedback(rng, "language", person.tongue) if rng.random() < 0.3 else ""
        yield Checkin(day, mood, notes)


def _opinions(rng: Random, begins: date, person: Participant) -> Iterator[Opinion]:
    for role in ("participant", "buddy"):
        if rng.random() < 0.6:
            at = datetime.combine(begins + timedelta(days=20), time(12), UTC)
            tongue = person.tongue if role == "participant" else "en"
            words = feedback(rng, "language", tongue) if rng.random() < 0.4 else ""
            yield Opinion(role, rng.choices((3, 4, 5), weights=(15, 40, 45))[0], words, at)
