"""Facts in, flags and clearances out: each text once, gone texts passed over."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from event_contracts import (
    CheckinCompleted,
    Envelope,
    Event,
    FactRetracted,
    TextFact,
    decode,
    decode_batch,
    uuid7,
    wrap,
)
from event_contracts.vocabulary import FactType, RetractionReason
from safety_service.handlers import close_reviews, text_screener
from safety_service.policy import load_policy
from shared_schema.tables.ops import Outbox, ReviewItem, Screening
from shared_schema.tables.pii import StoredText
from shared_utils.db import Database
from waymark.testing.databases import MigratedDatabase

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
screen_texts = text_screener(load_policy())
DIRE = "I want to kill myself."


@pytest.fixture
async def safety(database: MigratedDatabase) -> AsyncIterator[Database]:
    db = Database(database.url("safety_worker"), application_name="safety")
    yield db
    await db.close()


@pytest.fixture
async def owner(database: MigratedDatabase) -> AsyncIterator[Database]:
    db = Database(database.owner_url, application_name="connectors")
    yield db
    await db.close()


async def written(owner: Database, body: str) -> Envelope[TextFact]:
    fact = CheckinCompleted(
        checkin_id=uuid7(),
        revision=1,
        match_id=uuid7(),
        participant_id=uuid7(),
        buddy_id=uuid7(),
        checked_in_on=NOW.date(),
        text_id=uuid7(),
    )
    async with owner.work() as work:
        work.session.add(
            StoredText(
                text_id=fact.text_id,
                person_id=fact.participant_id,
                fact_type=FactType.BUDDY_CHECKIN,
                fact_id=fact.fact_id,
                field="notes",
                body=body,
                body_hmac=b"\0" * 32,
                occurred_at=NOW,
            )
        )
    return wrap(fact, source="connectors", correlation_id="c0ffee")


async def envelopes_out(owner: Database) -> list[Envelope[Event]]:
    async with owner.read() as session:
        rows = (await session.execute(select(Outbox.content_type, Outbox.body))).all()
    found = (decode_batch(body) if "batch" in kind else [decode(body)] for kind, body in rows)
    return [envelope for message in found for envelope in message]


async def events_out(owner: Database) -> list[tuple[str, UUID]]:
    found = await envelopes_out(owner)
    return sorted((e.type, e.data.text_id) for e in found)  # type: ignore[attr-defined]


async def deliver(db: Database, events: Sequence[Envelope[TextFact]]) -> None:
    async with db.work() as work:
        await screen_texts(events, work)


async def test_a_clean_text_is_cleared_and_a_dangerous_one_flagged(
    safety: Database, owner: Database
) -> None:
    clean = await written(owner, "We talked about grammar.")
    dangerous = await written(owner, "I want to kill myself. My mail is a@b.example.")

    await deliver(safety, [clean, dangerous])

    assert await events_out(owner) == [
        ("safety.flag.raised.v1", dangerous.data.text_id),
        ("safety.flag.raised.v1", dangerous.data.text_id),
        ("safety.text.cleared.v1", clean.data.text_id),
    ]
    async with owner.read() as session:
        items = (await session.scalars(select(ReviewItem).order_by(ReviewItem.severity))).all()
    assert [(i.category, i.severity, i.state) for i in items] == [
        ("self_harm", 1, "open"),
        ("personal_data", 3, "open"),
    ]


async def test_a_text_is_screened_once_however_often_its_fact_arrives(
    safety: Database, owner: Database
) -> None:
    fact = await written(owner, "I want to kill myself.")

    await deliver(safety, [fact])
    once = await events_out(owner)
    await deliver(safety, [fact, fact])

    assert await events_out(owner) == once
    async with owner.read() as session:
        assert len((await session.scalars(select(Screening))).all()) == 1


async def test_open_flags_of_a_fact_that_no_longer_holds_leave_the_queue(
    safety: Database, owner: Database
) -> None:
    kept, gone = await written(owner, DIRE), await written(owner, DIRE)
    async with safety.work() as work:
        await screen_texts([kept, gone], work)
    retracted = FactRetracted(
        fact_type=FactType.BUDDY_CHECKIN,
        fact_id=gone.data.fact_id,
        revision=2,
        reason=RetractionReason.UNDO,
    )

    for _ in range(2):
        async with safety.work() as work:
            await close_reviews([wrap(retracted, source="connectors", correlation_id="c")], work)

    async with safety.read() as session:
        left = set(await session.scalars(select(ReviewItem.fact_id)))
    assert left == {kept.data.fact_id}


async def test_a_text_that_is_gone_is_passed_over(safety: Database, owner: Database) -> None:
    erased = await written(owner, "Erased since.")
    gone = erased.model_copy(update={"data": erased.data.model_copy(update={"text_id": uuid7()})})

    await deliver(safety, [gone])

    assert await events_out(owner) == []


async def test_no_words_of_the_text_leave_in_events(safety: Database, owner: Database) -> None:
    await deliver(safety, [await written(owner, "Write to canary.person@hidden.example now.")])

    async with owner.read() as session:
        bodies = (await session.scalars(select(Outbox.body))).all()
    assert bodies
    assert not any(b"canary" in body or b"hidden" in body for body in bodies)


async def test_what_is_said_of_a_text_names_its_fact_as_the_cause(
    safety: Database, owner: Database
) -> None:
    facts = [await written(owner, "We talked about grammar."), await written(owner, DIRE)]

    await deliver(safety, facts)

    said = await envelopes_out(owner)
    assert {one.causationid for one in said} == {fact.id for fact in facts}
    assert {one.correlationid for one in said} == {"c0ffee"}
