"""All of q2q_ai's SQL: cleared texts in, scores and abstentions out."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from event_contracts import FactRetracted
from event_contracts.vocabulary import Dimension
from shared_schema.tables.insight import OutcomeScore
from shared_schema.tables.pii import StoredText

INSERT_AT_ONCE = 2000


async def texts_by_id(session: AsyncSession, ids: Iterable[UUID]) -> Sequence[RowMapping]:
    """Return the texts that still exist; one that is gone was erased."""
    query = select(StoredText.text_id, StoredText.body, StoredText.language).where(
        StoredText.text_id == func.any(list(ids))
    )
    return (await session.execute(query.order_by(StoredText.text_id))).mappings().all()


async def add_scores(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Write scores not there yet for their text, model and dimension; return the ids written."""
    written: set[UUID] = set()
    for start in range(0, len(rows), INSERT_AT_ONCE):
        statement = (
            insert(OutcomeScore)
            .values(rows[start : start + INSERT_AT_ONCE])
            .on_conflict_do_nothing()
            .returning(OutcomeScore.score_id)
        )
        written.update(await session.scalars(statement))
    return written


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
