"""All of safety's SQL: texts to screen, verdicts, and the review queue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import (
    RowMapping,
    Select,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from event_contracts import FlagRaised, uuid7
from event_contracts.vocabulary import FactType
from safety_service.screening import Flag
from shared_schema.tables.ops import (
    AuditEntry,
    ErasedText,
    ReviewDecision,
    ReviewItem,
    Screening,
)
from shared_schema.tables.pii import StoredText
from shared_utils.auth import Caller
from shared_utils.erasing import Erasure
from shared_utils.work import Work

ERASE_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class PendingText:
    """A text that the policy in force has not screened yet."""

    text_id: UUID
    person_id: UUID | None
    fact_type: FactType
    fact_id: UUID
    occurred_at: datetime
    language: str | None
    body: str


@dataclass(frozen=True, slots=True)
class NewFlag:
    """A flag to raise: one category of one text."""

    flag_id: UUID
    text: PendingText
    flag: Flag
    policy_version: str

    @classmethod
    def of(cls, text: PendingText, flag: Flag, policy_version: str) -> Self:
        """Return the flag under an id of its own."""
        return cls(uuid7(), text, flag, policy_version)

    def event(self) -> FlagRaised:
        """Return the event that says so: ids and rules, no words."""
        return FlagRaised(
            flag_id=self.flag_id,
            text_id=self.text.text_id,
            person_id=self.text.person_id,
            fact_type=self.text.fact_type,
            fact_id=self.text.fact_id,
            category=self.flag.category,
            severity=self.flag.severity,
            rules=self.flag.rules,
            policy_version=self.policy_version,
        )

    def row(self) -> dict[str, Any]:
        """Return the review item."""
        return {
            "flag_id": self.flag_id,
            "text_id": self.text.text_id,
            "person_id": self.text.person_id,
            "fact_type": self.text.fact_type,
            "fact_id": self.text.fact_id,
            "category": self.flag.category,
            "severity": self.flag.severity,
            "rules": list(self.flag.rules),
            "spans": [{"start": f.start, "end": f.end, "rule": f.rule} for f in self.flag.findings],
            "policy_version": self.policy_version,
            "language": self.text.language,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policy says of a text: no flags means cleared."""

    text: PendingText
    flags: tuple[NewFlag, ...]


_UNSCREENED = text("""
    SELECT text_id, person_id, fact_type, fact_id, occurred_at, language, body
    FROM pii.texts
    WHERE text_id = ANY(CAST(:ids AS uuid[])) AND NOT EXISTS (
        SELECT FROM ops.screenings
        WHERE screenings.text_id = texts.text_id AND policy_version = :policy_version)
    ORDER BY text_id
""")

_RECORD = text("""
    INSERT INTO ops.screenings (text_id, policy_version, outcome)
    SELECT text_id, :policy_version, outcome
    FROM unnest(CAST(:ids AS uuid[]), CAST(:outcomes AS text[])) AS screened (text_id, outcome)
""")


async def unscreened_texts(
    session: AsyncSession, ids: Iterable[str], policy_version: str
) -> list[PendingText]:
    """Return those of the texts that exist and that this policy has not screened, by id."""
    bound = {"ids": list(ids), "policy_version": policy_version}
    found = await session.execute(_UNSCREENED, bound)
    return [
        PendingText(text_id, person_id, FactType(kind), *rest)
        for text_id, person_id, kind, *rest in found
    ]


async def record_verdicts(
    session: AsyncSession, verdicts: Sequence[Verdict], policy_version: str
) -> None:
    """Write screenings and review items."""
    bound = {
        "ids": [verdict.text.text_id for verdict in verdicts],
        "outcomes": ["flagged" if verdict.flags else "cleared" for verdict in verdicts],
        "policy_version": policy_version,
    }
    await session.execute(_RECORD, bound)
    if raised := [flag for verdict in verdicts for flag in verdict.flags]:
        await session.execute(insert(ReviewItem), [flag.row() for flag in raised])


async def forget_open_reviews(
    session: AsyncSession, facts: Sequence[tuple[FactType, UUID]]
) -> None:
    """Delete the undecided review items of these facts, on which no one has decided anything."""
    decided = exists().where(ReviewDecision.flag_id == ReviewItem.flag_id)
    await session.execute(
        delete(ReviewItem).where(
            ReviewItem.state != "decided",
            tuple_(ReviewItem.fact_type, ReviewItem.fact_id).in_(facts),
            ~decided,
        )
    )


async def reviews_after(
    session: AsyncSession, state: str | None, after: tuple[int, datetime, UUID] | None, limit: int
) -> Sequence[RowMapping]:
    """Return up to `limit` review items after a place: the worst first, then the oldest."""
    place = tuple_(ReviewItem.severity, ReviewItem.created_at, ReviewItem.flag_id)
    query = select(*_LISTED).order_by(*place.clauses).limit(limit)
    if state is not None:
        query = query.where(ReviewItem.state == state)
    if after is not None:
        query = query.where(place > tuple_(*after))
    return (await session.execute(query)).mappings().all()


async def review_by_id(session: AsyncSession, flag_id: UUID) -> RowMapping | None:
    """Return a review item with its text; the text is null once erased."""
    query = (
        select(*_LISTED, StoredText.body)
        .outerjoin(StoredText, StoredText.text_id == ReviewItem.text_id)
        .where(ReviewItem.flag_id == flag_id)
    )
    return (await session.execute(query)).mappings().one_or_none()


async def record_look(work: Work, caller: Caller, flag_id: UUID) -> None:
    """Write to the audit log who looked at the words of a flag."""
    look = {
        "actor": caller.subject,
        "role": caller.role,
        "action": "safety.review.viewed",
        "object_type": "review_item",
        "object_id": str(flag_id),
        "correlation_id": work.correlation_id,
    }
    await work.session.execute(insert(AuditEntry).values(look))


async def erase_decisions(session: AsyncSession, erasure: Erasure) -> int:
    """Delete some verdicts on flags of erased people; say how many."""
    key = ReviewDecision.decision_id
    some = select(key).where(ReviewDecision.flag_id.in_(_flags_of(erasure))).limit(ERASE_AT_ONCE)
    statement = delete(ReviewDecision).where(key.in_(some)).returning(key)
    return len((await session.scalars(statement)).all())


async def erase_reviews(session: AsyncSession, erasure: Erasure) -> int:
    """Delete some flags of erased people, and of texts that went with them; say how many."""
    some = _flags_of(erasure).limit(ERASE_AT_ONCE)
    statement = delete(ReviewItem).where(ReviewItem.flag_id.in_(some))
    return len((await session.scalars(statement.returning(ReviewItem.flag_id))).all())


async def erase_screenings(session: AsyncSession, erasure: Erasure) -> int:
    """Delete some screenings of texts that went with erased people; say how many."""
    some = select(Screening.text_id).where(Screening.text_id.in_(_texts_of(erasure)))
    statement = delete(Screening).where(Screening.text_id.in_(some.limit(ERASE_AT_ONCE)))
    return len((await session.scalars(statement.returning(Screening.text_id))).all())


def _texts_of(erasure: Erasure) -> Select[UUID]:
    return select(ErasedText.text_id).where(ErasedText.erasure_id == erasure.erasure_id)


def _flags_of(erasure: Erasure) -> Select[UUID]:
    whose = ReviewItem.person_id == func.any(list(erasure.persons))
    return select(ReviewItem.flag_id).where(or_(whose, ReviewItem.text_id.in_(_texts_of(erasure))))


_LISTED = (
    ReviewItem.flag_id,
    ReviewItem.text_id,
    ReviewItem.person_id,
    ReviewItem.fact_type,
    ReviewItem.fact_id,
    ReviewItem.category,
    ReviewItem.severity,
    ReviewItem.rules,
    ReviewItem.spans,
    ReviewItem.policy_version,
    ReviewItem.language,
    ReviewItem.state,
    ReviewItem.created_at,
)
