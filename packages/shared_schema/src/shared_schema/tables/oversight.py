"""Audit, idempotency, erasure, and safety's policies, screenings and review queue."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from shared_schema import vocabulary
from shared_schema.base import (
    Base,
    Flag,
    Json,
    Key,
    Listing,
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
)


class AuditEntry(Base):
    __tablename__ = "audit_log"
    __table_args__ = (
        index("object_type", "object_id", why="What was done to this object, and by whom."),
        {"schema": "ops", "comment": "Privileged actions; only ever appended to."},
    )

    audit_id: Mapped[NewId]
    service: Mapped[str] = mapped_column(server_default=text("ops.current_service()"))
    actor: Mapped[str]
    role: Mapped[str]
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str | None]
    reason: Mapped[str | None]
    correlation_id: Mapped[str | None]
    at: Mapped[Now]


class IdempotencyKey(Base):
    __tablename__ = "idempotency_keys"
    __table_args__ = (
        index("created_at", why="Retention forgets the old ones."),
        {"schema": "ops", "comment": "Answers to writes that a client may send again."},
    )

    caller: Mapped[TextKey]
    key: Mapped[TextKey]
    request_digest: Mapped[bytes]
    status: Mapped[SmallInt | None] = mapped_column(comment="Null while the first one runs")
    response: Mapped[Json | None]
    created_at: Mapped[Now]


class Erasure(Base):
    __tablename__ = "erasures"
    __table_args__ = (
        index("person_id", why="A person is erased once; replay and restore ask for it."),
        {"schema": "ops", "comment": "Erasures and their certificates."},
    )

    erasure_id: Mapped[NewId]
    person_id: Mapped[UUID]
    requested_by: Mapped[str]
    reason: Mapped[str | None]
    requested_at: Mapped[Now]
    completed_at: Mapped[datetime | None]
    backups_expire_at: Mapped[datetime | None]
    certificate: Mapped[Json | None]


class ErasureStep(Base):
    __tablename__ = "erasure_steps"
    __table_args__ = (
        refers("erasure_id", "ops.erasures.erasure_id", "A step goes with its erasure.", "CASCADE"),
        {"schema": "ops", "comment": "What each service erased; the certificate waits for all."},
    )

    erasure_id: Mapped[Key]
    service: Mapped[TextKey]
    counts: Mapped[Json]
    completed_at: Mapped[Now]


class PolicyVersion(Base):
    __tablename__ = "policy_versions"
    __table_args__ = (
        one_of("state", ("draft", "shadow", "active", "retired")),
        index(
            "state",
            why="One policy screens, one runs in its shadow.",
            where="state IN ('active', 'shadow')",
            only_one=True,
        ),
        {"schema": "ops", "comment": "The safety policies that were loaded, and which one rules."},
    )

    policy_version: Mapped[TextKey]
    digest: Mapped[str]
    body: Mapped[Json]
    state: Mapped[str] = mapped_column(server_default="draft")
    activated_by: Mapped[str | None]
    activated_at: Mapped[datetime | None]
    created_at: Mapped[Now]


class Screening(Base):
    __tablename__ = "screenings"
    __table_args__ = (
        one_of("outcome", ("cleared", "flagged")),
        {"schema": "ops", "comment": "Which text was screened by which policy, and how it ended."},
    )

    text_id: Mapped[Key]
    policy_version: Mapped[TextKey]
    outcome: Mapped[str]
    at: Mapped[Now]


class ReviewItem(Base):
    __tablename__ = "review_items"
    __table_args__ = (
        one_of("state", ("open", "claimed", "decided")),
        one_of("decision", vocabulary.REVIEW_DECISIONS),
        check("severity", "severity BETWEEN 1 AND 4", "1 is the worst, 4 the mildest."),
        check(
            "claim_has_lease",
            "state <> 'claimed' OR (claimed_by IS NOT NULL AND lease_until IS NOT NULL)",
            "A claim without an end would block the queue.",
        ),
        check(
            "decided_has_decision",
            "(state = 'decided') = (decision IS NOT NULL AND decided_at IS NOT NULL)",
            "Decided says how and when.",
        ),
        unique("text_id", "category", "policy_version", why="A text is flagged once a category."),
        index(
            "severity",
            "created_at",
            why="The queue: the worst and oldest first.",
            where="state <> 'decided'",
        ),
        {"schema": "ops", "comment": "Flags that wait for a person's decision."},
    )

    flag_id: Mapped[NewId]
    text_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    fact_type: Mapped[str]
    fact_id: Mapped[UUID]
    category: Mapped[str]
    severity: Mapped[SmallInt]
    rules: Mapped[Names]
    spans: Mapped[Listing] = mapped_column(comment="[{start, end, rule}]; offsets, no words")
    policy_version: Mapped[str]
    language: Mapped[str | None]
    reviewer_group: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="open")
    claimed_by: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(comment="By the severity's service level")
    decision: Mapped[str | None]
    reason_code: Mapped[str | None]
    created_at: Mapped[Now]
    decided_at: Mapped[datetime | None]


class ReviewDecision(Base):
    __tablename__ = "review_decisions"
    __table_args__ = (
        one_of("decision", vocabulary.REVIEW_DECISIONS),
        refers("flag_id", "ops.review_items.flag_id", "A verdict goes with its flag.", "CASCADE"),
        unique("flag_id", "reviewer_id", why="Two verdicts on a flag come from two people."),
        {
            "schema": "ops",
            "comment": "Each reviewer's verdict; the worst flags need two, appeals another.",
        },
    )

    decision_id: Mapped[NewId]
    flag_id: Mapped[UUID]
    reviewer_id: Mapped[str]
    decision: Mapped[str]
    reason_code: Mapped[str]
    appeal: Mapped[Flag]
    at: Mapped[Now]
