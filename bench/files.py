"""Files of sessions to measure with: what is in them, and what must come out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HEADER = (
    "session_id,participant_email,volunteer_email,scheduled_at,completed_at,"
    "duration_minutes,rating,feedback_text,language_level,topics,metadata"
)
LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")
EACH_HAS = 20
"""Sessions of one participant."""

ACTIVE = 500
"""Participants who have sessions in the same weeks: the file is in the order of its days."""

VOLUNTEERS = 400
TEXT_EVERY = 10
ERROR_EVERY = 100

Cells = dict[str, str]


@dataclass
class Sums:
    """What one participant, or all of them, must have in the end."""

    sessions: int = 0
    minutes: int = 0
    rating: int = 0

    def add(self, minutes: int, rating: int) -> None:
        self.sessions += 1
        self.minutes += minutes
        self.rating += rating


@dataclass
class SessionsFile:
    """A file of sessions, the sums of its good rows, and its planted errors by code."""

    path: Path
    rows: int
    first: int = 0
    total: Sums = field(default_factory=Sums)
    people: dict[str, Sums] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def good(self) -> int:
        return self.rows - self.errors.total()


def sessions_file(folder: Path, rows: int, first: int = 0) -> SessionsFile:
    """Write `language-<rows>.csv`: about 250 bytes a row, every hundredth refused for a reason.

    It begins with the session of number `first`; participants belong to a few sessions each, so
    that a file which begins far off has others.
    """
    made = SessionsFile(folder / f"language-{rows}.csv", rows, first)
    with made.path.open("w") as file:
        file.write(HEADER + "\n")
        file.writelines(_lines(made))
    return made


def _lines(made: SessionsFile) -> Iterator[str]:
    plants = list(PLANTS.items())
    for n in range(made.first, made.first + made.rows):
        cells = session(n)
        if n % ERROR_EVERY == ERROR_EVERY // 2:
            code, plant = plants[n // ERROR_EVERY % len(plants)]
            cells |= plant
            made.errors[code] += 1
        else:
            _count(made, cells)
        yield ",".join(cells.values()) + "\n"


def _count(made: SessionsFile, cells: Cells) -> None:
    minutes, rating = int(cells["duration_minutes"]), int(cells["rating"])
    made.total.add(minutes, rating)
    made.people.setdefault(cells["participant_email"], Sums()).add(minutes, rating)


def session(n: int) -> Cells:
    """The cells of the n-th session, by column."""
    cohort, within = divmod(n, ACTIVE * EACH_HAS)
    day = f"2026-{n % 9 + 1:02}-{n % 28 + 1:02}"
    text = (
        f"We talked about the weather and about day {n} of the year" if n % TEXT_EVERY == 0 else ""
    )
    return {
        "session_id": f"LS-{n:09}",
        "participant_email": f"participant.{cohort * ACTIVE + within % ACTIVE}@learn.example",
        "volunteer_email": f"volunteer.{n * 7 % VOLUNTEERS}@acme.example",
        "scheduled_at": f"{day}T10:{n % 60:02}:00Z",
        "completed_at": f"{day}T11:{n % 60:02}:00Z",
        "duration_minutes": str(30 + n % 60),
        "rating": str(n % 5 + 1),
        "feedback_text": text,
        "language_level": LEVELS[n % 6],
        "topics": '"daily life, work"',
        "metadata": f'"{{""room"": ""r{n % 90}"", ""client"": ""web"", ""call"": {n}}}"',
    }


PLANTS: dict[str, Cells] = {
    "E001": {"participant_email": "nobody-at-all"},
    "E002": {"volunteer_email": ""},
    "E003": {"scheduled_at": "the day before"},
    "E004": {"duration_minutes": "999"},
    "E005": {"language_level": "D7"},
    "E007": {"completed_at": "2025-01-01T10:00:00Z"},
}
