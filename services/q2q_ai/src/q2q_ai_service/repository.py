"""All of q2q_ai's SQL: cleared texts in, scores and abstentions out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, delete, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from event_contracts import FactRetracted
from event_contracts.vocabulary import Dimension
from q2q_ai_service.providers import Item
from shared_schema.tables.insight import OutcomeScore

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
