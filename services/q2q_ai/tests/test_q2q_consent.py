"""No text is scored against its author's will, whenever they say so; and again once they agree."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from services.q2q_ai.tests.test_q2q_scoring import Measured, cleared, deliver, stored
from sqlalchemy import select, text

from event_contracts import (
    ConsentChanged,
    Envelope,
    Event,
    PersonMerged,
    ScoreRecorded,
    ScoreRetracted,
    TextCleared,
    decode_each,
    wrap,
)
from event_contracts.vocabulary import ConsentState, Dimension
from q2q_ai_service.consent import Changes, consent_keeper
from q2q_ai_service.providers import Item, Provider, Score
from shared_schema.tables.insight import EvidenceSnippet
from shared_schema.tables.ops import Outbox
from shared_utils.db import Database
from waymark.testing.databases import MigratedDatabase

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
OURS = "I felt at home."


class Watched(Measured):
    """A model that remembers what it was given to read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    async def score(
        self, items: Sequence[Item], dimensions: Collection[Dimension]
    ) -> list[list[Score]]:
        self.read += [item.text for item in items]
        return await super().score(items, dimensions)


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


async def say(owner: Database, person: UUID, state: str, revision: int = 1) -> None:
    async with owner.work() as work:
        await work.session.execute(
            text(
                "INSERT INTO program.consents (person_id, purpose, revision, state, effective_at,"
                " recorded_by, recorded_role, basis, text_version)"
                " VALUES (:person, 'scoring', :revision, :state, now(), 'x', 'admin', 'oral', 1)"
            ),
            {"person": person, "revision": revision, "state": state},
        )


def author(event: Envelope[TextCleared]) -> UUID:
    person = event.data.person_id
    assert person is not None
    return person


async def hear(q2q: Database, provider: Provider, *events: Changes) -> None:
    told: list[Envelope[Changes]] = [
        wrap(event, source="profile", correlation_id="c0ffee") for event in events
    ]
    async with q2q.work() as work:
        await consent_keeper(provider)(told, work)


def changed(person: UUID, state: ConsentState, purpose: str = "scoring") -> ConsentChanged:
    return ConsentChanged(
        person_id=person, revision=1, purpose=purpose, state=state, effective_at=NOW
    )


async def said(owner: Database, kind: type[Event]) -> list[Event]:
    async with owner.read() as session:
        rows = (await session.execute(select(Outbox.body, Outbox.content_type))).all()
    found = [one for body, _ in rows for one in decode_each(body)] if rows else []
    return [one.data for one in found if isinstance(one, Envelope) and isinstance(one.data, kind)]


@pytest.mark.parametrize("state", ["denied", "withdrawn"])
async def test_who_refuses_is_not_read_and_their_neighbours_are(
    q2q: Database, owner: Database, state: str
) -> None:
    refused, other = await cleared(owner, OURS), await cleared(owner, "A neighbour's words.")
    await say(owner, author(refused), state)
    model = Watched()

    await deliver(q2q, model, refused, other)

    assert model.read == ["A neighbour's words."]
    rows = {(row.text_id, row.score is None, row.abstention_reason) for row in await stored(owner)}
    assert rows == {
        (refused.data.text_id, True, "no_consent"),
        (other.data.text_id, False, None),
    }


async def test_a_withdrawal_takes_scores_and_evidence_back_and_says_so(
    q2q: Database, owner: Database
) -> None:
    mine, other = await cleared(owner, OURS), await cleared(owner, "A neighbour's words.")
    await deliver(q2q, Measured(), mine, other)
    before = {row.score_id for row in await stored(owner) if row.text_id == mine.data.text_id}
    await plant_evidence(owner, before)
    await say(owner, author(mine), "withdrawn")

    for _ in range(2):
        await hear(q2q, Measured(), changed(author(mine), ConsentState.WITHDRAWN))

    reasons = {row.text_id: row.abstention_reason for row in await stored(owner)}
    assert reasons == {mine.data.text_id: "no_consent", other.data.text_id: None}
    async with owner.read() as session:
        assert (await session.scalars(select(EvidenceSnippet))).all() == []
    retracted = await said(owner, ScoreRetracted)
    assert {one.score_id for one in retracted if isinstance(one, ScoreRetracted)} == before
    assert len(retracted) == len(Dimension)


async def plant_evidence(owner: Database, scores: Collection[UUID]) -> None:
    async with owner.work() as work:
        for score in scores:
            work.session.add(
                EvidenceSnippet(score_id=score, text_id=uuid4(), start_at=0, end_at=2, sha256=b"")
            )


async def test_consent_given_again_has_the_texts_scored(q2q: Database, owner: Database) -> None:
    mine = await cleared(owner, OURS)
    await say(owner, author(mine), "denied")
    await deliver(q2q, Measured(), mine)
    await say(owner, author(mine), "given", 2)

    for _ in range(2):
        await hear(q2q, Measured(), changed(author(mine), ConsentState.GIVEN))

    rows = await stored(owner)
    assert {(row.score, row.abstention_reason) for row in rows} == {(0.5, None)}
    assert len(rows) == len(Dimension)
    recorded = [one for one in await said(owner, ScoreRecorded) if isinstance(one, ScoreRecorded)]
    assert sum(one.value is not None for one in recorded) == len(Dimension)
    assert len(await said(owner, ScoreRetracted)) == len(Dimension)


async def test_what_was_said_of_another_purpose_changes_no_score(
    q2q: Database, owner: Database
) -> None:
    mine = await cleared(owner, OURS)
    await deliver(q2q, Measured(), mine)
    await say(owner, author(mine), "denied")

    await hear(q2q, Measured(), changed(author(mine), ConsentState.DENIED, "evidence"))

    assert {row.abstention_reason for row in await stored(owner)} == {None}


async def test_a_merge_with_someone_who_refuses_takes_the_scores_back(
    q2q: Database, owner: Database
) -> None:
    mine = await cleared(owner, OURS)
    await deliver(q2q, Measured(), mine)
    refusing = uuid4()
    await say(owner, refusing, "denied")
    async with owner.work() as work:
        await work.session.execute(
            text("INSERT INTO program.canonical_persons (source_id, canonical_id) VALUES (:a, :b)"),
            {"a": refusing, "b": author(mine)},
        )

    await hear(q2q, Measured(), PersonMerged(keep_id=author(mine), merged_id=refusing, revision=1))

    assert {row.abstention_reason for row in await stored(owner)} == {"no_consent"}
