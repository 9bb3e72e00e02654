"""Cleared texts in; scores or reasons out, once each, and never a made-up number."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from event_contracts import (
    Envelope,
    FactRetracted,
    ScoreRecorded,
    TextCleared,
    decode_batch,
    uuid7,
    wrap,
)
from event_contracts.vocabulary import ClearedBecause, Dimension, FactType, RetractionReason
from q2q_ai_service.handlers import forget_scores, text_scorer
from q2q_ai_service.providers import Evidence, Item, NoModel, Provider, Score
from shared_schema.tables.insight import OutcomeScore
from shared_schema.tables.ops import Outbox
from shared_schema.tables.pii import StoredText
from shared_utils.db import Database
from waymark.testing.databases import MigratedDatabase

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


class Measured:
    """A provider whose scores are a function of the text, as a model's are."""

    model_id = "measured.1"

    async def score(
        self, items: Sequence[Item], dimensions: Collection[Dimension]
    ) -> list[list[Score]]:
        return [[self._score(item, dimension) for dimension in dimensions] for item in items]

    def _score(self, item: Item, dimension: Dimension) -> Score:
        value = len(item.text) % 10 / 10
        evidence = Evidence(0, 2, sha256(item.text[:2].encode()).hexdigest())
        return Score(dimension, value, (0.0, 1.0), 0.7, None, (evidence,), self.model_id)


@pytest.fixture
async def q2q(database: MigratedDatabase) -> AsyncIterator[Database]:
    db = Database(database.url("q2q_ai_worker"), application_name="q2q_ai")
    yield db
    await db.close()


@pytest.fixture
async def owner(database: MigratedDatabase) -> AsyncIterator[Database]:
    db = Database(database.owner_url, application_name="connectors")
    yield db
    await db.close()


async def cleared(owner: Database, body: str) -> Envelope[TextCleared]:
    event = TextCleared(
        text_id=uuid7(),
        person_id=uuid7(),
        fact_type=FactType.BUDDY_CHECKIN,
        fact_id=uuid7(),
        occurred_at=NOW,
        because=ClearedBecause.SCREENED,
        policy_version="test-1",
    )
    async with owner.work() as work:
        work.session.add(
            StoredText(
                text_id=event.text_id,
                person_id=event.person_id,
                fact_type=event.fact_type,
                fact_id=event.fact_id,
                field="notes",
                body=body,
                body_hmac=b"\0" * 32,
                occurred_at=NOW,
            )
        )
    return wrap(event, source="safety", correlation_id="c0ffee")


async def deliver(db: Database, provider: Provider, *events: Envelope[TextCleared]) -> None:
    async with db.work() as work:
        await text_scorer(provider)(events, work)


async def stored(owner: Database) -> list[OutcomeScore]:
    async with owner.read() as session:
        return list((await session.scalars(select(OutcomeScore))).all())


async def told(owner: Database) -> list[ScoreRecorded]:
    async with owner.read() as session:
        bodies = (await session.scalars(select(Outbox.body))).all()
    events = [envelope.data for body in bodies for envelope in decode_batch(body)]
    return [event for event in events if isinstance(event, ScoreRecorded)]


async def test_without_a_model_every_dimension_gets_a_reason_and_no_number(
    q2q: Database, owner: Database
) -> None:
    await deliver(q2q, NoModel(), await cleared(owner, "I called the office alone."))

    rows = await stored(owner)
    assert {row.dimension for row in rows} == set(Dimension)
    assert {(row.score, row.confidence) for row in rows} == {(None, None)}
    assert {row.abstention_reason for row in rows} == {"no_model"}
    assert {event.abstention_reason for event in await told(owner)} == {"no_model"}


async def test_a_text_is_scored_once_by_a_model_however_often_it_is_cleared(
    q2q: Database, owner: Database
) -> None:
    event = await cleared(owner, "I called the office alone.")

    await deliver(q2q, NoModel(), event)
    await deliver(q2q, NoModel(), event, event)

    assert len(await stored(owner)) == len(await told(owner)) == len(Dimension)


async def test_a_new_model_appends_its_scores_and_keeps_the_old(
    q2q: Database, owner: Database
) -> None:
    event = await cleared(owner, "I called the office alone.")

    await deliver(q2q, NoModel(), event)
    await deliver(q2q, Measured(), event)

    by_model = {(row.model_id, row.score) for row in await stored(owner)}
    assert by_model == {("no-model.1", None), ("measured.1", 0.6)}


async def test_equal_texts_share_no_row(q2q: Database, owner: Database) -> None:
    first, second = await cleared(owner, "Same words."), await cleared(owner, "Same words.")

    await deliver(q2q, Measured(), first, second)

    assert len(await stored(owner)) == 2 * len(Dimension)


async def test_a_text_that_is_gone_is_passed_over(q2q: Database, owner: Database) -> None:
    event = await cleared(owner, "Erased since.")
    data = event.data.model_copy(update={"text_id": uuid7()})

    await deliver(q2q, NoModel(), event.model_copy(update={"data": data}))

    assert await stored(owner) == []


async def test_scores_of_a_fact_that_no_longer_holds_go(q2q: Database, owner: Database) -> None:
    kept, gone = await cleared(owner, "I feel at home."), await cleared(owner, "I don't.")
    async with q2q.work() as work:
        await text_scorer(Measured())([kept, gone], work)
    retracted = FactRetracted(
        fact_type=gone.data.fact_type,
        fact_id=gone.data.fact_id,
        revision=2,
        participant_id=gone.data.person_id,
        reason=RetractionReason.UNDO,
    )

    for _ in range(2):
        async with q2q.work() as work:
            await forget_scores([wrap(retracted, source="connectors", correlation_id="c")], work)

    async with q2q.read() as session:
        left = set(await session.scalars(select(OutcomeScore.text_id)))
    assert left == {kept.data.text_id}


async def test_a_score_off_its_scale_is_refused_and_none_of_it_stands(
    q2q: Database, owner: Database
) -> None:
    class Boundless(Measured):
        def _score(self, item: Item, dimension: Dimension) -> Score:
            return replace(super()._score(item, dimension), value=7.0)

    event = await cleared(owner, "I called the office alone.")

    with pytest.raises(ValidationError):
        await deliver(q2q, Boundless(), event)

    assert await stored(owner) == []


async def test_what_is_told_of_a_score_is_what_is_stored(q2q: Database, owner: Database) -> None:
    event = await cleared(owner, "I called the office alone.")

    await deliver(q2q, Measured(), event)

    rows, events = await stored(owner), await told(owner)
    kept = {(r.score_id, r.dimension, r.score, r.confidence) for r in rows}
    said = {(e.score_id, e.dimension, e.value, e.confidence) for e in events}
    assert kept == said
    assert len(said) == len(Dimension)
    assert {(r.interval_low, r.interval_high) for r in rows} == {(0.0, 1.0)}
    assert {row.occurred_at for row in rows} == {NOW}
