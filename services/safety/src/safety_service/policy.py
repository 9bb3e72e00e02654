"""The safety policy: versioned rules as data, each proved by its own examples when it is loaded."""

import hashlib
import re
from collections.abc import Iterator
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from safety_service.detectors import DETECTORS
from safety_service.errors import BadPolicyError
from safety_service.normalisation import Normalised, fold, normalise

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{1,59}$")]
Examples = Annotated[tuple[str, ...], Field(min_length=1)]
DetectorName = Literal["email", "phone", "iban", "handle"]


class Rule(BaseModel):
    """One rule: what it finds, how bad that is, and the examples that prove it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    category: Slug
    severity: Annotated[int, Field(ge=1, le=4)]
    languages: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    pattern: str | None = None
    detector: DetectorName | None = None
    must_match: Examples
    must_not_match: Examples

    @model_validator(mode="after")
    def finds_something(self) -> "Rule":
        """Refuse a rule that has nothing to look for."""
        if not (self.terms or self.pattern or self.detector):
            raise ValueError(f"rule {self.id}: give terms, a pattern or a detector")
        return self

    @cached_property
    def _expression(self) -> re.Pattern[str] | None:
        parts = [rf"\b(?:{'|'.join(map(_term, self.terms))})"] if self.terms else []
        if self.pattern:
            parts.append(f"(?:{_folded_pattern(self.pattern)})")
        return re.compile("|".join(parts)) if parts else None

    def find(self, text: str, folded: Normalised) -> Iterator[tuple[int, int]]:
        """Yield the half-open spans of `text` that break this rule; `folded` is its normal form."""
        if self._expression is not None:
            for match in self._expression.finditer(folded.text):
                yield folded.span(*match.span())
        if self.detector is not None:
            yield from DETECTORS[self.detector](text)

    def matches(self, text: str) -> bool:
        """Say whether the text breaks this rule anywhere."""
        return any(True for _ in self.find(text, normalise(text)))


class Policy(BaseModel):
    """A version of the policy; `digest` is the SHA-256 of the file it was read from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,60}$")]
    severities: dict[int, str]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    digest: str


def load_policy(path: Path | None = None) -> Policy:
    """Read, validate and prove a policy; without `path` the one that comes with the service.

    Raises BadPolicyError that names the rule and the example that failed.
    """
    content = path.read_bytes() if path else _packaged()
    try:
        policy = Policy.model_validate(
            yaml.safe_load(content) | {"digest": hashlib.sha256(content).hexdigest()}
        )
    except (yaml.YAMLError, ValidationError, TypeError) as error:
        raise BadPolicyError(_where(error)) from error
    for problem in _problems(policy):
        raise BadPolicyError(problem)
    return policy


def _packaged() -> bytes:
    return files("safety_service").joinpath("policies", "waymark-2026-11.yaml").read_bytes()


def _where(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return "the policy is not a YAML mapping"


def _problems(policy: Policy) -> Iterator[str]:
    ids = [rule.id for rule in policy.rules]
    yield from (f"rule {name} stands twice" for name in ids if ids.count(name) > 1)
    for rule in policy.rules:
        try:
            missed = [n for n, text in enumerate(rule.must_match) if not rule.matches(text)]
            caught = [n for n, text in enumerate(rule.must_not_match) if rule.matches(text)]
        except re.error as error:
            yield f"rule {rule.id}: its pattern is not a regular expression ({error.msg})"
            continue
        yield from (f"rule {rule.id} misses must_match example {n + 1}" for n in missed)
        yield from (f"rule {rule.id} catches must_not_match example {n + 1}" for n in caught)


def _term(term: str) -> str:
    folded = fold(term)
    stem = re.escape(folded.removesuffix("*")).replace(r"\ ", " ")
    return rf"{stem}\w*" if folded.endswith("*") else rf"{stem}\b"


def _folded_pattern(pattern: str) -> str:
    """Fold the letters of a pattern as texts are folded; its escapes stay as they are."""
    pieces = re.split(r"(\\.)", pattern.strip())
    return "".join(p if p.startswith("\\") else normalise(p).text for p in pieces)
