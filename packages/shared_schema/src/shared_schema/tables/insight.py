"""What Waymark made of the facts: profiles, scores, evidence and company figures."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared_schema import vocabulary
from shared_schema.base import (
    Base,
    Details,
    Flag,
    Json,
    Key,
    Names,
    NewId,
    Now,
    SmallInt,
    TextKey,
    check,
    index,
    one_of,
    refers,
    unique,
    unit_interval,
)

SCORE = "insight.outcome_scores.score_id"


class ProjectionState(Base):
    __tablename__ = "projection_state"
    __table_args__ = (
        {
            "schema": "insight",
            "comment": "Which generation of a projection answers, which one fills.",
        },
    )

    name: Mapped[TextKey]
    active_generation: Mapped[SmallInt] = mapped_column(server_default="1")
    filling_generation: Mapped[SmallInt | None]
    digest: Mapped[str | None]
    swapped_at: Mapped[Now]


class ProfileFact(Base):
    __tablename__ = "profile_facts"
    __table_args__ = (
        index("generation", "participant_id", why="The facts a profile is derived from."),
        index("generation", "volunteer_id", why="The facts a profile is derived from."),
        {
            "schema": "insight",
            "comment": "The newest revision of each fact as its event told it.",
            "postgresql_with": {"fillfactor": 90},
        },
    )

    generation: Mapped[SmallInt] = mapped_column(primary_key=True)
    fact_type: Mapped[TextKey]
    fact_id: Mapped[Key]
    revision: Mapped[int]
    event_id: Mapped[UUID]
    event_type: Mapped[str]
    participant_id: Mapped[UUID | None]
    volunteer_id: Mapped[UUID | None]
    occurred_at: Mapped[datetime | None]
    state: Mapped[Json] = mapped_column(comment="The event's payload; empty when retracted")
    retracted: Mapped[Flag]
    received_at: Mapped[Now]


class Profile(Base):
    __tablename__ = "profiles"
    __table_args__ = (
        {"schema": "insight", "comment": "A person's totals, derived from profile_facts."},
    )

    generation: Mapped[SmallInt] = mapped_column(primary_key=True)
    person_id: Mapped[Key]
    kinds: Mapped[Names]
    summary: Mapped[Details]
    revision: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[Now]


class ProfileFlag(Base):
    __tablename__ = "profile_flags"
    __table_args__ = (
        check(
            "override_has_reason",
            "overridden_by IS NULL OR reason IS NOT NULL",
            "Who sets a flag by hand says why.",
        ),
        {
            "schema": "insight",
            "comment": "A person's journey flags, each with the event that set it.",
        },
    )

    generation: Mapped[SmallInt] = mapped_column(primary_key=True)
    person_id: Mapped[Key]
    flag: Mapped[TextKey]
    value: Mapped[Any] = mapped_column(JSONB, comment="Any JSON value: true, false, a level")
    since: Mapped[datetime]
    event_id: Mapped[UUID | None]
    event_type: Mapped[str | None]
    rules_version: Mapped[str]
    overridden_by: Mapped[str | None]
    reason: Mapped[str | None]


class Milestone(Base):
    __tablename__ = "milestones"
    __table_args__ = (
        {"schema": "insight", "comment": "A milestone is reached, and published, once a person."},
    )

    person_id: Mapped[Key]
    milestone: Mapped[TextKey]
    reached_at: Mapped[datetime]
    event_id: Mapped[UUID]
    event_type: Mapped[str]
    rules_version: Mapped[str]
    published_at: Mapped[Now]


class Model(Base):
    __tablename__ = "models"
    __table_args__ = (
        {"schema": "insight", "comment": "A scoring model: the digest of all it is made of."},
    )

    model_id: Mapped[TextKey]
    provider: Mapped[str]
    description: Mapped[Details] = mapped_column(
        comment="Digests of weights, heads, lexicon, prompt"
    )
    created_at: Mapped[Now]


class ModelAssignment(Base):
    __tablename__ = "model_assignments"
    __table_args__ = (
        one_of("dimension", vocabulary.DIMENSIONS),
        one_of("role", ("active", "shadow")),
        refers("model_id", "insight.models.model_id", "Only a described model may score."),
        index(
            "dimension",
            "role",
            why="One model answers for a dimension, one runs in its shadow.",
            where="ended_at IS NULL",
            only_one=True,
        ),
        {
            "schema": "insight",
            "comment": "Which model scores a dimension since when, who decided it.",
        },
    )

    assignment_id: Mapped[NewId]
    dimension: Mapped[str]
    model_id: Mapped[str]
    role: Mapped[str]
    published: Mapped[Flag] = mapped_column(comment="May companies see figures made with it")
    decided_by: Mapped[str]
    reason: Mapped[str]
    started_at: Mapped[Now]
    ended_at: Mapped[datetime | None]


class OutcomeScore(Base):
    __tablename__ = "outcome_scores"
    __table_args__ = (
        one_of("dimension", vocabulary.DIMENSIONS),
        check(
            "score_or_reason",
            "(score IS NULL) = (abstention_reason IS NOT NULL)",
            "A score, or why there is none; never a made-up one.",
        ),
        check(
            "scale",
            "score BETWEEN 0 AND CASE dimension WHEN 'lang_level_proxy' THEN 6 ELSE 1 END",
            "0-1; the language level 0-6.",
        ),
        unit_interval("confidence"),
        unique("text_id", "model_id", "dimension", why="A text is scored once by a model."),
        index("person_id", why="A profile's outcomes; erasure.", where="person_id IS NOT NULL"),
        index("fact_type", "fact_id", why="A company's scores are those of its facts."),
        {
            "schema": "insight",
            "comment": "What a text says on a dimension, or why nothing is said.",
        },
    )

    score_id: Mapped[NewId]
    text_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    fact_type: Mapped[str]
    fact_id: Mapped[UUID]
    dimension: Mapped[str]
    score: Mapped[float | None]
    interval_low: Mapped[float | None]
    interval_high: Mapped[float | None]
    confidence: Mapped[float | None] = mapped_column(comment="Calibrated; null where it is not")
    abstention_reason: Mapped[str | None]
    model_id: Mapped[str]
    occurred_at: Mapped[datetime]
    created_at: Mapped[Now]


class ScoreOverride(Base):
    __tablename__ = "score_overrides"
    __table_args__ = (
        one_of("decision", ("accept", "correct", "reject")),
        refers("score_id", SCORE, "A verdict on no score means nothing.", "CASCADE"),
        check(
            "correction_has_value",
            "(decision = 'correct') = (value IS NOT NULL)",
            "Only a correction brings a value of its own.",
        ),
        index("score_id", why="A figure takes the newest verdict on each score."),
        {
            "schema": "insight",
            "comment": "What reviewers said of a score; replaces it in every figure.",
        },
    )

    override_id: Mapped[NewId]
    score_id: Mapped[UUID]
    decision: Mapped[str]
    value: Mapped[float | None]
    reviewer_id: Mapped[str]
    reason_code: Mapped[str]
    created_at: Mapped[Now]


class EvidenceSnippet(Base):
    __tablename__ = "evidence_snippets"
    __table_args__ = (
        refers("score_id", SCORE, "Evidence goes with its score.", "CASCADE"),
        check("span", "start_at >= 0 AND end_at > start_at", "Offsets cut a sentence of the text."),
        index("score_id", why="A trace shows a score's evidence."),
        {
            "schema": "insight",
            "comment": "Which sentence justifies a score: offsets and hash, no words.",
        },
    )

    snippet_id: Mapped[NewId]
    score_id: Mapped[UUID]
    text_id: Mapped[UUID]
    start_at: Mapped[int]
    end_at: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(comment="Keyed, of the quoted words")


class ReferenceValue(Base):
    __tablename__ = "reference_values"
    __table_args__ = (
        one_of("kind", vocabulary.REFERENCE_KINDS),
        unique(
            "kind",
            "key",
            "country",
            "valid_from",
            "version",
            why="A change is a new version; the newest of a date counts.",
        ),
        check("dates", "valid_to > valid_from", "A value holds for a while or not at all."),
        check("not_negative", "value >= 0", "Proxies, rates and shares are never below 0."),
        check(
            "range",
            "0 <= low AND low <= value AND value <= high AND (unit <> 'share' OR high <= 1)",
            "A range holds its value, and a share's ends are shares.",
        ),
        check(
            "share",
            "unit <> 'share' OR value <= 1",
            "A deduction above 1 would turn impact negative.",
        ),
        {"schema": "insight", "comment": "Dated assumptions of the figures, each with its source."},
    )

    reference_id: Mapped[NewId]
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(comment="The outcome, role or currency it is for; * is any")
    country: Mapped[str] = mapped_column(server_default="*", comment="ISO 3166-1 alpha-2, EU or *")
    value: Mapped[Decimal]
    unit: Mapped[str]
    currency: Mapped[str | None] = mapped_column(comment="ISO 4217")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(comment="Exclusive")
    source: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    created_by: Mapped[str]
    created_at: Mapped[Now]
    low: Mapped[Decimal | None] = mapped_column(comment="The least that the source finds possible")
    high: Mapped[Decimal | None] = mapped_column(comment="The most that the source finds possible")
    withdrawn: Mapped[Flag] = mapped_column(comment="Deleted before it held on any day")


class AccessLogEntry(Base):
    __tablename__ = "access_log"
    __table_args__ = (
        index("person_id", "at", why="A person asks who looked at what is held about them."),
        {"schema": "insight", "comment": "Who looked at whom, and which company got which figure."},
    )

    access_id: Mapped[NewId]
    person_id: Mapped[UUID]
    actor: Mapped[str]
    role: Mapped[str]
    company_id: Mapped[UUID | None]
    action: Mapped[str]
    object: Mapped[str | None] = mapped_column(comment="For a figure: company, period and metric")
    correlation_id: Mapped[str | None]
    at: Mapped[Now]
