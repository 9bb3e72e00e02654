"""Screen texts by a policy: what was found, where, and the text with the finds covered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safety_service.normalisation import normalise
from safety_service.policy import Policy

COVER = "█"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that breaks one rule; `start` and `end` are offsets in characters, half-open."""

    category: str
    severity: int
    score: float
    start: int
    end: int
    rule: str
    policy_version: str


@dataclass(frozen=True, slots=True)
class Flag:
    """All findings of one category in one text; its severity is that of the worst."""

    category: str
    severity: int
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]


def screen(text: str, policy: Policy) -> list[Finding]:
    """Return every finding in `text`, in order of place, then rule.

    A rule either matches or does not, so the score of a find by rule is 1.
    """
    folded = normalise(text)
    found = {
        (start, end, rule.id): Finding(
            rule.category, rule.severity, 1.0, start, end, rule.id, policy.version
        )
        for rule in policy.rules
        for start, end in rule.find(text, folded)
    }
    return [found[key] for key in sorted(found)]


def flags(findings: Sequence[Finding]) -> list[Flag]:
    """Group findings by category, the worst first."""
    by_category: dict[str, list[Finding]] = {}
    for finding in findings:
        by_category.setdefault(finding.category, []).append(finding)
    grouped = [_flag(category, members) for category, members in by_category.items()]
    return sorted(grouped, key=lambda flag: (flag.severity, flag.category))


def _flag(category: str, findings: list[Finding]) -> Flag:
    rules = tuple(sorted({finding.rule for finding in findings}))
    return Flag(category, min(f.severity for f in findings), rules, tuple(findings))


def redact(text: str, findings: Iterable[Finding]) -> str:
    """Return `text` with personal data covered, character by character, so that offsets hold."""
    covered = list(text)
    for finding in findings:
        if finding.category in {"personal_data", "contact_exchange"}:
            covered[finding.start : finding.end] = COVER * (finding.end - finding.start)
    return "".join(covered)
