"""All of q2q_ai's SQL: cleared texts in, scores and abstentions out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, Select, delete, func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from event_contracts import FactRetracted
from event_contracts.vocabulary import Dimension, FactType
from q2q_ai_service.providers import Item
from shared_schema.locks import Lock
from shared_schema.tables.insight import EvidenceSnippet, OutcomeScore, ScoreOverride
from shared_schema.tables.ops import ErasedText
from shared_utils.erasing import Erasure

ERASE_AT_ONCE = 2000

_TEXTS = text("""
    SELECT CAST(text_id AS text), body, language FROM pii.texts
    WHERE text_id = ANY(CAST(:ids AS uuid[])) ORDER BY text_id
""")

_ADD = text("""
    INSERT INTO insight.outcome_scores
        (score_id, text_id, person_id, fact_type, fact_id, dimension, score, interval_low,
         interval_high, confidence, abstention_reason, model_id, occurred_at)
    SELECT score_id, text_id, person_id, fact_type, fact_id, dimension, value, interval_low,
        interval_high, confidence, abstention_reason, model_id, occurred_at
    FROM json_to_recordset(CAST(:said AS json)) AS said (
        score_id uuid, text_id uuid, person_id uuid, fact_type text, fact_id uuid,
        dimension text, value float8, interval_low float8, interval_high float8,
        confidence float8, abstention_reason text, model_id text, occurred_at timestamptz)
    ON CONFLICT (text_id, model_id, dimension) DO NOTHING
    RETURNING CAST(score_id AS text)
""")


@dataclass(frozen=True, slots=True)
class StandingText:
    """A text that still exists."""

    text_id: str
    body: str
    language: str | None

    @property
    def item(self) -> Item:
        """Return the text as providers take it."""
        return Item(self.body, self.language)


async def texts_by_id(session: AsyncSession, ids: Iterable[str]) -> list[StandingText]:
    """Return the texts that still exist, by id; one that is gone was erased."""
    found = await session.execute(_TEXTS, {"ids": list(ids)})
    return [StandingText(*row) for row in found]


async def add_scores(session: AsyncSession, said: Sequence[str]) -> set[str]:
    """Write what events say of scores, where not there yet; return the ids written.

    A score is one of its text, model and dimension.
    """
    return set(await session.scalars(_ADD, {"said": f"[{','.join(said)}]"}))


async def forget_scores(session: AsyncSession, retracted: Sequence[FactRetracted]) -> None:
    """Delete the scores of facts that no longer hold; found by the people whom the facts name."""
    people = {person for one in retracted for person in (one.participant_id, one.volunteer_id)}
    facts = [(one.fact_type, one.fact_id) for one in retracted]
    await session.execute(
        delete(OutcomeScore).where(
            OutcomeScore.person_id == func.any([person for person in people if person]),
            tuple_(OutcomeScore.fact_type, OutcomeScore.fact_id).in_(facts),
        )
    )


async def outcomes_before(
    session: AsyncSession,
    dimension: Dimension | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Return up to `limit` scores and abstentions before a place, the newest first."""
    place = tuple_(OutcomeScore.created_at, OutcomeScore.score_id)
    query = select(*OutcomeScore.__table__.columns).limit(limit)
    query = query.order_by(OutcomeScore.created_at.desc(), OutcomeScore.score_id.desc())
    if dimension is not None:
        query = query.where(OutcomeScore.dimension == dimension)
    if before is not None:
        query = query.where(place < tuple_(*before))
    return (await session.execute(query)).mappings().all()


@dataclass(frozen=True, slots=True)
class TextOfPerson:
    """What a score says of the text it is of."""

    text_id: UUID
    person_id: UUID | None
    fact_type: FactType
    fact_id: UUID
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class StandingScore:
    """A score or abstention that stood until now."""

    score_id: UUID
    dimension: Dimension
    model_id: str
    abstained: str | None
    text: TextOfPerson


_HOLD_CONSENTS = {
    True: text("SELECT pg_advisory_xact_lock(:key)"),
    False: text("SELECT pg_advisory_xact_lock_shared(:key)"),
}

_REFUSED = text("""
    SELECT CAST(t.text_id AS text) FROM pii.texts t
    JOIN program.consents_in_force c
        ON c.person_id = t.person_id AND c.purpose = 'scoring' AND NOT c.in_force
    WHERE t.text_id = ANY(CAST(:texts AS uuid[]))
""")

_FORGET_UNSETTLED = text("""
    WITH asked AS (
        SELECT coalesce(c.canonical_id, p.person_id) AS person_id
        FROM unnest(CAST(:people AS uuid[])) AS p (person_id)
        LEFT JOIN program.canonical_persons c ON c.source_id = p.person_id
    ), everyone AS (
        SELECT person_id FROM asked
        UNION SELECT c.source_id FROM program.canonical_persons c
        JOIN asked ON asked.person_id = c.canonical_id
    ), settled AS (
        SELECT e.person_id, coalesce(NOT f.in_force, false) AS refuses
        FROM everyone e LEFT JOIN program.consents_in_force f
            ON f.person_id = e.person_id AND f.purpose = 'scoring'
    )
    DELETE FROM insight.outcome_scores s USING settled e
    WHERE s.person_id = e.person_id
        AND e.refuses = (s.abstention_reason IS DISTINCT FROM 'no_consent')
    RETURNING s.score_id, s.dimension, s.model_id, s.abstention_reason, s.text_id, s.person_id,
        s.fact_type, s.fact_id, s.occurred_at
""")


async def hold_consents(session: AsyncSession, *, alone: bool) -> None:
    """Keep out whoever takes scores back (shared), or all who score too (alone), to the end."""
    await session.execute(_HOLD_CONSENTS[alone], {"key": int(Lock.CONSENTS)})


async def texts_of_refusing(session: AsyncSession, texts: Iterable[str]) -> set[str]:
    """Those of these texts whose author refuses to be scored."""
    return set((await session.execute(_REFUSED, {"texts": list(texts)})).scalars())


async def forget_unsettled(session: AsyncSession, people: Collection[UUID]) -> list[StandingScore]:
    """Delete what contradicts the consents of these people, and of all who count as one with them.

    Scores and other abstentions of who refuses, with their evidence; and of who doesn't refuse, the
    abstentions for want of consent.
    """
    found = await session.execute(_FORGET_UNSETTLED, {"people": list(people)})
    return [
        StandingScore(
            score_id,
            Dimension(dimension),
            model_id,
            abstained,
            TextOfPerson(text_id, person_id, FactType(fact_type), fact_id, occurred_at),
        )
        for (
            score_id,
            dimension,
            model_id,
            abstained,
            text_id,
            person_id,
            fact_type,
            fact_id,
            occurred_at,
        ) in found
    ]


async def erase_overrides(session: AsyncSession, erasure: Erasure) -> int:
    """Delete some reviewers' verdicts on scores of erased people; say how many."""
    key = ScoreOverride.override_id
    some = select(key).where(ScoreOverride.score_id.in_(_scores_of(erasure))).limit(ERASE_AT_ONCE)
    statement = delete(ScoreOverride).where(key.in_(some)).returning(key)
    return len((await session.scalars(statement)).all())


async def erase_evidence(session: AsyncSession, erasure: Erasure) -> int:
    """Delete some of the evidence of scores of erased people; say how many."""
    key = EvidenceSnippet.snippet_id
    some = select(key).where(EvidenceSnippet.score_id.in_(_scores_of(erasure)))
    statement = delete(EvidenceSnippet).where(key.in_(some.limit(ERASE_AT_ONCE))).returning(key)
    return len((await session.scalars(statement)).all())


async def erase_scores(session: AsyncSession, erasure: Erasure) -> int:
    """Delete some scores of erased people, and of texts that went with them; say how many."""
    some = _scores_of(erasure).limit(ERASE_AT_ONCE)
    statement = delete(OutcomeScore).where(OutcomeScore.score_id.in_(some))
    return len((await session.scalars(statement.returning(OutcomeScore.score_id))).all())


def _scores_of(erasure: Erasure) -> Select[UUID]:
    gone = select(ErasedText.text_id).where(ErasedText.erasure_id == erasure.erasure_id)
    whose = OutcomeScore.person_id == func.any(list(erasure.persons))
    return select(OutcomeScore.score_id).where(or_(whose, OutcomeScore.text_id.in_(gone)))
