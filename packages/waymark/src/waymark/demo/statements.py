"""What the demo says, each sentence with whether it is true."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from waymark.demo.expected import ExpectedFigures, ExpectedPerson
from waymark.imports import Report
from waymark.reconciling import Check
from waymark.sample import SampleFile


@dataclass(frozen=True)
class Statement:
    """A sentence of the summary; `but` says what was found instead where it is not true."""

    text: str
    but: str = ""

    @property
    def ok(self) -> bool:
        """Whether the sentence is true."""
        return not self.but


def stated(text: str, *, expected: object, found: object) -> Statement:
    """True if both are equal."""
    return Statement(text, "" if found == expected else f"expected {expected}, found {found}")


def about_file(file: SampleFile, report: Report) -> Iterator[Statement]:
    """Every row of the file is accounted for, and each planted mistake was found by its code."""
    rows, name = report.rows, file.path.name
    kept = rows["created"] + rows["updated"] + rows["unchanged"]
    yield stated(f"{name}: {file.rows} rows were read", expected=file.rows, found=rows["read"])
    yield stated(
        f"{name}: {file.created} rows became facts or were known", expected=file.created, found=kept
    )
    if file.refused or report.errors:
        codes = counted(file.refused)
        yield stated(
            f"{name}: refused with a reason: {codes}", expected=file.refused, found=report.errors
        )


def counted(counts: Counter[str]) -> str:
    """`E001: 2, E004: 1`."""
    return ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))


def about_profile(person: ExpectedPerson, profile: Mapping[str, Any]) -> list[str]:
    """What of a profile differs from what was sent about the person; never their address."""
    found = {name: _flag(profile, name) for name in (*person.flags, "language_level")} | {
        program: (counts["completed"], counts["minutes"])
        for program, counts in _sessions(profile).items()
    }
    found |= {part: _counted(profile.get(part, {})) for part in ("buddy", "learning")}
    expected: dict[str, object] = {
        **person.flags,
        "language_level": person.level,
        "language": (person.completed["language"], person.minutes["language"]),
        "mentorship": (person.completed["mentorship"], person.minutes["mentorship"]),
        "buddy": _counted(person.buddy),
        "learning": _counted(person.learning),
    }
    return [
        f"{name}: expected {expected[name]}, found {found[name]}"
        for name in expected
        if expected[name] != found[name]
    ]


def about_company(
    name: str, sample: ExpectedFigures, others: ExpectedFigures, metrics: Mapping[str, Any]
) -> Iterator[Statement]:
    """The company's counts are those of the sample and of what was there beside it.

    A mean is compared where nothing was beside it.
    """
    sessions, hours = metrics["sessions_completed"]["value"], metrics["volunteer_hours"]["value"]
    beside = f" beside {others.sessions_completed} of others" if others.sessions_completed else ""
    yield stated(
        f"{name}: {sample.sessions_completed} completed sessions{beside}",
        expected=sample.sessions_completed + others.sessions_completed,
        found=sessions,
    )
    yield stated(
        f"{name}: {sample.volunteer_hours:g} volunteer hours{beside}",
        expected=round(sample.volunteer_hours + others.volunteer_hours, 4),
        found=None if hours is None else round(hours, 4),
    )
    if sample.satisfaction is not None and others == ExpectedFigures(0, 0):
        yield stated(
            f"{name}: satisfaction {sample.satisfaction:.4f}",
            expected=round(sample.satisfaction, 6),
            found=metrics["satisfaction"]["value"],
        )


def about_concerns(
    sent: Collection[str],
    flagged: Collection[str],
    waiting: Mapping[str, str],
    shown: Mapping[str, str],
) -> Iterator[Statement]:
    """No worrying text was missed (sessions' ids), and reviewers see each flag (id to words)."""
    yield stated(
        f"each of the {len(sent)} texts that should worry someone was flagged for a reviewer",
        expected=len(sent),
        found=len(flagged),
    )
    seen = sum(shown.get(flag) == words for flag, words in waiting.items())
    yield stated(
        f"{len(waiting)} flags of them wait in the reviewers' queue, with the words",
        expected=len(waiting),
        found=seen,
    )


def about_checks(checks: list[Check]) -> Iterator[Statement]:
    """Facts and their effects agree, by another way than the services take."""
    for check in checks:
        yield stated(f"reconcile: {check.name}", expected=0, found=check.differences)


def about_tenancy(own: UUID, seen: Mapping[str, int]) -> Iterator[Statement]:
    """A company's user sees that company alone; `seen` is the HTTP status by company id."""
    others = {status for company, status in seen.items() if company != str(own)}
    yield stated("a company's user reads the company's figures", expected=200, found=seen[str(own)])
    yield stated("and to that user other companies don't exist", expected={404}, found=others)


def _counted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _flag(profile: Mapping[str, Any], name: str) -> object:
    flag = profile["flags"].get(name)
    absent = None if name == "language_level" else False
    return absent if flag is None else flag["value"]


def _sessions(profile: Mapping[str, Any]) -> Mapping[str, Mapping[str, int]]:
    nothing = {"completed": 0, "minutes": 0}
    return {
        program: profile["sessions"].get(program) or nothing
        for program in ("language", "mentorship")
    }
