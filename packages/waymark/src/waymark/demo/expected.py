"""What the sample must come to, worked out from the sample alone: pure functions."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import fmean

from waymark.sample import Manifest
from waymark.sample.buddies import SampleMatch
from waymark.sample.files import NEW_EXPORT_FROM
from waymark.sample.programme_rows import rated_by_volunteers
from waymark.sample.year import SampleSession


@dataclass
class ExpectedPerson:
    """A participant's completed sessions and minutes by programme, and the latest stated level."""

    email: str
    completed: Counter[str] = field(default_factory=Counter)
    minutes: Counter[str] = field(default_factory=Counter)
    level: str | None = None
    buddy: Counter[str] = field(default_factory=Counter)
    learning: Counter[str] = field(default_factory=Counter)

    @property
    def flags(self) -> dict[str, bool]:
        """The journey flags that what was sent decides."""
        return {
            "is_buddy_matched": self.buddy["active_matches"] > 0,
            "has_buddy_checkin": self.buddy["checkins"] > 0,
            "has_completed_course": self.learning["completed"] > 0,
            "has_credential": self.learning["credentials"] > 0,
            "has_completed_language": self.completed["language"] > 0,
            "has_mentor_session": self.completed["mentorship"] > 0,
        }


@dataclass(frozen=True)
class ExpectedFigures:
    """A company's figures in one period; `satisfaction` is the mean of all ratings on 0-1."""

    sessions_completed: int
    volunteer_hours: float
    satisfaction: float | None = None


def expected_people(manifest: Manifest) -> dict[str, ExpectedPerson]:
    """Every participant of a session by e-mail address."""
    people: dict[str, ExpectedPerson] = {}
    for session in sorted(manifest.sessions, key=lambda each: each.scheduled_at):
        email = session.participant.email
        person = people.setdefault(email, ExpectedPerson(email))
        if session.program == "language" and is_sent(session):
            person.level = session.level
        if session.status == "completed":
            person.completed[session.program] += 1
            person.minutes[session.program] += session.minutes
    for match in manifest.matches:
        _add_match(people, match)
    for course in manifest.courses:
        email = course.participant.email
        person = people.setdefault(email, ExpectedPerson(email))
        person.learning.update(courses=1, completed=1, credentials=bool(course.credential))
    return people


def _add_match(people: dict[str, ExpectedPerson], match: SampleMatch) -> None:
    email = match.participant.email
    people.setdefault(email, ExpectedPerson(email)).buddy.update(
        matches=1,
        active_matches=match.status == "active",
        events=len(match.deeds),
        checkins=len(match.checkins),
        feedback=len(match.opinions),
        minutes=sum(deed.minutes or 0 for deed in match.deeds),
    )


def is_sent(session: SampleSession) -> bool:
    """Whether the session is in a file: the old export held completed ones alone."""
    return session.status == "completed" or session.scheduled_at >= NEW_EXPORT_FROM


def counted_at(session: SampleSession) -> datetime:
    """When a session counts; the old export has one time for both ends."""
    if session.completed_at is None or session.scheduled_at < NEW_EXPORT_FROM:
        return session.scheduled_at
    return session.completed_at


def expected_figures(manifest: Manifest, period: str) -> dict[str, ExpectedFigures]:
    """Each company's figures in a quarter such as `2026-Q1`, by the company's key."""
    held = [each for each in manifest.sessions if _counts(each, period)]
    by_company: dict[str, list[SampleSession]] = defaultdict(list)
    for session in held:
        for company in session.companies:
            by_company[company.key].append(session)
    return {
        company.key: ExpectedFigures(
            len(by_company[company.key]),
            _hours(company.key, by_company[company.key])
            + _buddy_hours(company.key, manifest.matches, period),
            _mean(_ratings(company.key, manifest, period)),
        )
        for company in manifest.cast.companies
    }


def quarter_of(moment: datetime) -> str:
    """`2026-Q1`."""
    utc = moment.astimezone(UTC)
    return f"{utc.year}-Q{(utc.month + 2) // 3}"


def busiest_quarter(manifest: Manifest) -> str:
    """The quarter with most completed sessions."""
    quarters = Counter(
        quarter_of(counted_at(each)) for each in manifest.sessions if each.status == "completed"
    )
    return quarters.most_common(1)[0][0]


def concerns(manifest: Manifest) -> int:
    """How many texts must end in the review queue."""
    return sum(each.concern for each in manifest.sessions)


def texts(manifest: Manifest) -> int:
    """How many texts were sent with sessions that were accepted."""
    return sum(bool(each.text) and is_sent(each) for each in manifest.sessions)


def _counts(session: SampleSession, period: str) -> bool:
    return session.status == "completed" and quarter_of(counted_at(session)) == period


def _hours(key: str, sessions: Iterable[SampleSession]) -> float:
    """Only the volunteer's own company counts the hours."""
    minutes = sum(
        each.minutes
        for each in sessions
        if each.volunteer.company is not None and each.volunteer.company.key == key
    )
    return minutes / 60


def _buddy_hours(key: str, matches: Iterable[SampleMatch], period: str) -> float:
    """What buddies of a company did with others counts as their time."""
    minutes = sum(
        deed.minutes or 0
        for match in matches
        if match.volunteer.company is not None and match.volunteer.company.key == key
        for deed in match.deeds
        if quarter_of(deed.at) == period
    )
    return minutes / 60


def _ratings(key: str, manifest: Manifest, period: str) -> Iterator[int]:
    """Of both sides of its sessions, each at its own time, and of its volunteers' buddy pairs."""
    by_participants = (
        (each, each.rating, counted_at(each)) for each in manifest.sessions if each.rating
    )
    by_volunteers = (
        (session, rating, session.scheduled_at)
        for session, rating in rated_by_volunteers(manifest.sessions)
    )
    for session, rating, at in (*by_participants, *by_volunteers):
        if quarter_of(at) == period and key in {each.key for each in session.companies}:
            yield rating
    for match in manifest.matches:
        if match.volunteer.company is not None and match.volunteer.company.key == key:
            yield from (each.rating for each in match.opinions if quarter_of(each.at) == period)


def _mean(ratings: Iterable[int]) -> float | None:
    on_scale = [(rating - 1) / 4 for rating in ratings]
    return fmean(on_scale) if on_scale else None
