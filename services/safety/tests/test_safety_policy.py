"""A policy proves itself when it is loaded, and says which rule is wrong."""

from pathlib import Path

import pytest

from safety_service.errors import BadPolicyError
from safety_service.policy import load_policy

GOOD = """
version: test-1
severities: {1: worst}
rules:
  - id: bridge
    category: self_harm
    severity: 1
    terms: [off a bridge]
    must_match: [jump off a bridge]
    must_not_match: [a bridge over the river]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.yaml"
    path.write_text(text)
    return path


def test_the_packaged_policy_proves_itself() -> None:
    policy = load_policy()

    assert len(policy.rules) >= 10
    assert {rule.category for rule in policy.rules} >= {"self_harm", "violence", "hate", "sexual"}


def test_a_good_policy_is_known_by_its_digest(tmp_path: Path) -> None:
    first = load_policy(written(tmp_path, GOOD))
    second = load_policy(written(tmp_path, GOOD + "# a comment\n"))

    assert first.digest != second.digest


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("jump off a bridge]", "jump]"), "rule bridge misses must_match example 1"),
        (
            ("a bridge over the river", "he walked off a bridge"),
            "rule bridge catches must_not_match example 1",
        ),
        (("terms: [off a bridge]", "pattern: '(unclosed'"), "not a regular expression"),
        (("    terms: [off a bridge]\n", ""), "give terms, a pattern or a detector"),
        (("severity: 1", "severity: 9"), "severity"),
        (("must_match: [jump off a bridge]", "must_match: []"), "must_match"),
        (("category: self_harm", "category: self_harm\n    colour: red"), "colour"),
        (("version: test-1", "- version"), "policy"),
    ],
)
def test_a_bad_policy_is_refused_by_name(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    path = written(tmp_path, GOOD.replace(*change))

    with pytest.raises(BadPolicyError, match=complaint):
        load_policy(path)


def test_a_rule_may_not_stand_twice(tmp_path: Path) -> None:
    rule = GOOD.split("rules:\n")[1]

    with pytest.raises(BadPolicyError, match="bridge stands twice"):
        load_policy(written(tmp_path, GOOD + rule.lstrip("\n")))
