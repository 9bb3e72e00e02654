"""The HTTP shapes of safety."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

MAX_CHARACTERS = 1_000_000


class TextIn(BaseModel):
    """A text to screen; `language` is an ISO 639-1 code, if known."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=MAX_CHARACTERS)]
    language: Annotated[str | None, Field(pattern=r"^[a-z]{2}$")] = None


class ScreenIn(BaseModel):
    """Up to 1000 texts."""

    model_config = ConfigDict(extra="forbid")

    texts: Annotated[list[TextIn], Field(min_length=1, max_length=1000)]


class FindingOut(BaseModel):
    """A place that breaks a rule; offsets are in characters, half-open; severity 1 is the worst."""

    model_config = ConfigDict(from_attributes=True)

    category: str
    severity: int
    score: float
    start: int
    end: int
    rule: str
    policy_version: str


class ScreenedText(BaseModel):
    """What was found in a text, and the text with personal data covered."""

    flagged: bool
    findings: list[FindingOut]
    redacted: str


class ScreenOut(BaseModel):
    """One item a text, in the order sent."""

    items: list[ScreenedText]


class RuleOut(BaseModel):
    """A rule of the policy, without its terms."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    category: str
    severity: int
    languages: tuple[str, ...]


class PolicyOut(BaseModel):
    """The policy in force; `digest` is the SHA-256 of its file."""

    model_config = ConfigDict(from_attributes=True)

    version: str
    digest: str
    severities: dict[int, str]
    rules: list[RuleOut]


class SpanOut(BaseModel):
    """Where a rule matched, in characters, half-open."""

    start: int
    end: int
    rule: str


class ReviewOut(BaseModel):
    """A flag in the queue; its words are shown one by one, and every look is recorded."""

    flag_id: UUID
    text_id: UUID
    person_id: UUID | None
    fact_type: str
    fact_id: UUID
    category: str
    severity: int
    rules: list[str]
    spans: list[SpanOut]
    policy_version: str
    language: str | None
    state: Literal["open", "claimed", "decided"]
    created_at: datetime


class ReviewWithText(ReviewOut):
    """A flag with its words; null once the person was erased."""

    text: str | None
