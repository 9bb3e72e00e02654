"""Write the sample's files as partners would export them, and say what must come of each."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from waymark.sample import programme_rows
from waymark.sample.buddies import SampleMatch, match_buddies
from waymark.sample.cast import Cast, make_cast
from waymark.sample.courses import SampleCourse, finish_courses, pay_programmes
from waymark.sample.mistakes import Row, plant, spoil
from waymark.sample.year import SampleSession, hold_sessions

NEW_EXPORT_FROM = datetime(2025, 12, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A file to import; `refused` counts its planted mistakes by code."""

    dataset: str
    path: Path
    rows: int
    refused: Counter[str]

    @property
    def created(self) -> int:
        """Rows that must become facts."""
        return self.rows - self.refused.total()


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files in the order to import them, and the year they tell, to check figures against."""

    seed: int
    files: tuple[SampleFile, ...]
    cast: Cast
    sessions: tuple[SampleSession, ...]
    matches: tuple[SampleMatch, ...]
    courses: tuple[SampleCourse, ...]


def generate(folder: Path, seed: int = 2026) -> Manifest:
    """Write all files into `folder` (made if absent); the same seed writes the same bytes."""
    rng = Random(seed)  # noqa: S311 - a sample must be repeatable, not secret
    folder.mkdir(parents=True, exist_ok=True)
    cast = make_cast(rng)
    sessions = hold_sessions(rng, cast)
    old, new = _split(sessions)
    language = [_language_row(s) for s in new if s.program == "language"]
    mistakes = plant(language[0])
    files = (
        _write(folder / "companies.csv", "companies", _companies(cast)),
        _write(folder / "company-users.csv", "company-users", _company_users(cast)),
        _write(folder / "kintell-users.csv", "kintell-users", _kintell_users(cast)),
        _write(folder / "enrollments.csv", "enrollments", _enrollments(cast)),
        _write(folder / "kintell-sessions-2025.csv", "kintell-sessions", map(_legacy_row, old)),
        _write(
            folder / "language-for-ukraine-2026.csv",
            "kintell-sessions",
            [*language, *(row for _, row in mistakes)],
            Counter(code for code, _ in mistakes),
        ),
        _write(
            folder / "kintell-mentorship-2026.csv",
            "kintell-sessions",
            [_mentorship_row(s) for s in new if s.program == "mentorship"],
        ),
    )
    sent = (*old, *new)
    matched, finished = match_buddies(rng, cast), finish_courses(rng, cast)
    more = (
        *_ratings(folder, sent),
        *_buddies(folder, matched),
        *_learning(folder, finished),
        *_costs(folder, rng, cast),
    )
    return Manifest(seed, (*files, *more), cast, sent, tuple(matched), tuple(finished))


def _ratings(folder: Path, sent: Sequence[SampleSession]) -> Iterator[SampleFile]:
    rows = programme_rows.volunteer_ratings(sent)
    wrong = {"rating_id": "R-2026-99999", "from_role": "participant", "rating": "11"}
    yield _spoilt(folder, "kintell-ratings", rows, "E006", **wrong)


def _buddies(folder: Path, made: Sequence[SampleMatch]) -> Iterator[SampleFile]:
    rows, nobody = programme_rows, {"match_id": "BM-2026-999"}
    yield _spoilt(folder, "buddy-matches", rows.matches(made), "E015", **nobody, language="Elbisch")
    yield _spoilt(folder, "buddy-events", rows.deeds(made), "E012", **nobody)
    yield _spoilt(folder, "buddy-checkins", rows.checkins(made), "E003", checkin_date="last week")
    yield _spoilt(folder, "buddy-feedback", rows.opinions(made), "E012", **nobody)


def _learning(folder: Path, finished: Sequence[SampleCourse]) -> Iterator[SampleFile]:
    rows = programme_rows
    yield _spoilt(
        folder,
        "course-completions",
        rows.completions(finished),
        "E018",
        course_id="X",
        final_score="A+",
    )
    wrong = {"credential_id": "CERT-X", "expires_at": "2020-01-01"}
    yield _spoilt(folder, "credentials", rows.credentials(finished), "E007", **wrong)


def _costs(folder: Path, rng: Random, cast: Cast) -> Iterator[SampleFile]:
    rows = programme_rows.costs(pay_programmes(rng, cast))
    yield _spoilt(folder, "program-costs", rows, "E018", period="2024", cash="12,500")


def _spoilt(folder: Path, dataset: str, rows: list[Row], code: str, **changes: str) -> SampleFile:
    """Write a file with one mistake at its end."""
    content, codes = spoil(rows, code, **changes)
    return _write(folder / f"{dataset}-2026.csv", dataset, content, Counter(codes))


def _split(sessions: list[SampleSession]) -> tuple[list[SampleSession], list[SampleSession]]:
    """Part the year where the partner changed its export; the old one held completed sessions."""
    old = [s for s in sessions if s.scheduled_at < NEW_EXPORT_FROM]
    new = [s for s in sessions if s.scheduled_at >= NEW_EXPORT_FROM]
    return [s for s in old if s.status == "completed"], new


def _write(
    path: Path, dataset: str, rows: Iterable[Row], refused: Counter[str] | None = None
) -> SampleFile:
    content = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(content[0]), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(content)
    return SampleFile(dataset, path, len(content), refused or Counter())


def _companies(cast: Cast) -> list[Row]:
    return [
        {
            "company_id": c.key,
            "name": c.name,
            "domain": c.domain,
            "country": c.country,
            "industry": c.industry,
        }
        for c in cast.companies
    ]


def _company_users(cast: Cast) -> list[Row]:
    managers = [
        {
            "company_id": c.key,
            "email": f"impact@{c.domain}",
            "name": f"{c.name} Impact",
            "position": "manager",
        }
        for c in cast.companies
    ]
    listed = [
        {
            "company_id": v.company.key,
            "email": v.email,
            "name": v.name,
            "position": "volunteer",
        }
        for v in cast.volunteers
        if v.company is not None and v.listed
    ]
    return managers + listed


def _kintell_users(cast: Cast) -> list[Row]:
    roles = [(v.email, v.name, "mentor" if v.mentors else "tutor") for v in cast.volunteers]
    roles += [(p.email, p.name, "learner") for p in cast.participants]
    return [
        {
            "Email": email,
            "Name": name,
            "Linkedin_URL": "",
            "Verification_status": "verified",
            "Role when joined": role,
            "grant_access": "yes",
            "Joined_kg_at": "Sep 14, 2025",
        }
        for email, name, role in roles
    ]


def _enrollments(cast: Cast) -> list[Row]:
    return [
        {
            "participant_email": p.email,
            "program": p.program,
            "company_id": p.sponsor.key if p.sponsor else "",
            "cohort": f"{p.enrolled_on.year}-Q{(p.enrolled_on.month + 2) // 3}",
            "status": "active",
            "started_on": p.enrolled_on.isoformat(),
            "ended_on": "",
        }
        for p in cast.participants
    ]


def _common(session: SampleSession, volunteer_column: str) -> Row:
    return {
        "session_id": session.session_id,
        "participant_email": session.participant.email,
        volunteer_column: session.volunteer.email,
        "scheduled_at": session.scheduled_at.isoformat(),
        "completed_at": session.completed_at.isoformat() if session.completed_at else "",
        "duration_minutes": str(session.minutes),
        "rating": str(session.rating or ""),
        "feedback_text": session.text,
    }


def _outcome(session: SampleSession) -> Row:
    cancelled = session.cancelled_at.isoformat() if session.cancelled_at else ""
    return {"status": session.status, "cancelled_at": cancelled}


def _language_row(session: SampleSession) -> Row:
    return {
        **_common(session, "volunteer_email"),
        "language_level": session.level,
        "topics": ",".join(session.topics),
        "metadata": json.dumps({"focus": session.topics[0]}),
        **_outcome(session),
    }


def _mentorship_row(session: SampleSession) -> Row:
    return {
        **_common(session, "mentor_email"),
        "focus_area": session.focus,
        "goals_discussed": ",".join(session.topics),
        **_outcome(session),
    }


def _legacy_row(session: SampleSession) -> Row:
    return {
        "session_id": session.session_id,
        "session_type": "Language Connect" if session.program == "language" else "Mentorship",
        "participant_email": session.participant.email,
        "volunteer_email": session.volunteer.email,
        "date": session.scheduled_at.isoformat(),
        "duration_min": str(session.minutes),
        "rating": str(session.rating or ""),
        "feedback_text": session.text,
        "language_level": session.level if session.program == "language" else "",
    }
