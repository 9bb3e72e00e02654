"""From a committed transaction to an effect in another service, exactly once."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from uuid import uuid4

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import text

from event_contracts import Envelope, MatchCreated, MilestoneReached, SessionCompleted
from event_contracts.codec import decode_each
from shared_utils.bus import BusUnavailableError, NoStreamError
from shared_utils.bus.messages import transport_id
from shared_utils.consume import handles
from shared_utils.correlation import correlated, correlation_id
from shared_utils.testing import (
    NOW,
    PATIENCE,
    World,
    match_created,
    record_session,
    session_completed,
    subjects,
    until,
    write_effects,
)
from shared_utils.work import Work

SESSION = "kintell.session.completed.v1"


async def test_what_is_published_in_a_work_has_its_effect_once(world: World) -> None:
    events = [session_completed() for _ in range(250)]
    await world.relay()
    await world.subscriber(record_session)

    await world.publish(*events)

    await world.until_effects(250)
    await world.until_quiet()
    assert await world.effects() == subjects(events)


async def test_events_of_a_work_that_fails_are_never_seen(world: World) -> None:
    database = await world.database("connectors")

    with suppress(ZeroDivisionError):
        async with database.work() as work:
            work.publish(session_completed())
            work.publish_packed([session_completed()], "batch")
            _ = 1 / 0

    assert await world.value("SELECT count(*) FROM ops.outbox") == 0


async def test_a_part_that_fails_takes_back_its_events_alone(world: World) -> None:
    kept, lost = session_completed(), session_completed()
    database = await world.database("connectors")

    async with database.work() as work:
        work.publish(kept)
        with suppress(ZeroDivisionError):
            async with work.attempt():
                work.publish(lost)
                work.publish_packed([lost], "lost")
                _ = 1 / 0

    bodies = [bytes(row[0]) for row in await world.rows("SELECT body FROM ops.outbox")]
    assert [kept.subject in body.decode() for body in bodies] == [True]


async def test_many_events_travel_a_hundred_a_message(world: World) -> None:
    events = [*(session_completed() for _ in range(205)), *(match_created() for _ in range(3))]
    database = await world.database("connectors")

    async with database.work() as work:
        work.publish_packed(events, "import-1:0")

    counts = await world.rows("SELECT type, event_count FROM ops.outbox ORDER BY 1, 2")
    assert counts == [("buddy.match.created.v1", 3), (SESSION, 5), (SESSION, 100), (SESSION, 100)]


async def test_a_packed_batch_has_the_ids_of_its_name_and_is_written_once(world: World) -> None:
    events = [session_completed() for _ in range(2)]
    database = await world.database("connectors")
    async with database.work() as work:
        work.publish_packed(events, "import-1:0")
    before = await world.rows("SELECT outbox_id, body FROM ops.outbox")

    with pytest.raises(UniqueViolation):
        async with database.work() as work:
            work.publish_packed(events, "import-1:0")

    await world.execute("DELETE FROM ops.outbox")
    async with database.work() as work:
        work.publish_packed(events, "import-1:0")
    after = await world.rows("SELECT outbox_id, body FROM ops.outbox")
    ids = [
        {part.id for part in decode_each(found[0][1]) if isinstance(part, Envelope)}
        for found in (before, after)
    ]
    assert before[0][0] == after[0][0]
    assert ids[0] == ids[1]


async def test_a_message_that_comes_twice_works_once(world: World) -> None:
    await world.relay()
    await world.subscriber(record_session)
    event = session_completed()
    await world.publish(event)
    await world.until_effects(1)
    rows = await world.rows("SELECT outbox_id, body, content_type, correlation_id FROM ops.outbox")
    outbox_id, body, content_type, correlation = rows[0]
    bus = await world.bus()
    await bus.connected()

    for number in range(3):
        await bus.publish(
            SESSION,
            body,
            transport_id=transport_id(outbox_id, number),
            content_type=content_type,
            correlation=correlation,
        )

    await world.until_quiet()
    assert await world.value("SELECT count(*) FROM effects") == 1


async def test_two_processes_of_a_service_share_the_work(world: World) -> None:
    await world.relay()
    first, second = [await world.subscriber(record_session) for _ in range(2)]
    events = [session_completed() for _ in range(300)]

    for start in range(0, 300, 10):
        await world.publish(*events[start : start + 10])

    await world.until_effects(300)
    await world.until_quiet()
    assert await world.effects() == subjects(events)
    assert list(first.consumers) == list(second.consumers)


async def test_each_service_has_its_own_effects(world: World) -> None:
    await world.relay()
    await world.subscriber(record_session, service="profile")
    await world.subscriber(record_session, service="safety")
    events = [session_completed() for _ in range(20)]

    await world.publish(*events)

    await world.until_effects(40)
    await world.until_quiet()
    assert await world.effects() == sorted(subjects(events) * 2)


async def test_a_service_that_comes_late_gets_what_was_published_before(world: World) -> None:
    await world.relay()
    await world.subscriber(record_session, service="profile")
    events = [session_completed() for _ in range(5)]
    await world.publish(*events)
    await world.until_effects(5)

    await world.subscriber(record_session, service="safety")

    await world.until_effects(10)


_KEEP_HIGHEST = text(
    """
    INSERT INTO public.facts AS known (fact_id, revision)
    SELECT fact_id, max(revision)
    FROM unnest(CAST(:fact_ids AS uuid[]), CAST(:revisions AS int[])) AS come (fact_id, revision)
    GROUP BY fact_id ORDER BY fact_id
    ON CONFLICT (fact_id) DO UPDATE SET revision = excluded.revision
    WHERE excluded.revision > known.revision
    """
)


@handles(SessionCompleted)
async def project(events: Sequence[Envelope[SessionCompleted]], work: Work) -> None:
    values = {
        "fact_ids": [event.data.session_id for event in events],
        "revisions": [event.data.revision for event in events],
    }
    await work.session.execute(_KEEP_HIGHEST, values)


@pytest.mark.parametrize("seed", range(3))
async def test_a_projection_by_revision_is_the_same_for_every_order(
    world: World, seed: int
) -> None:
    facts = [uuid4() for _ in range(10)]
    history = [session_completed(session_id=fact, revision=n) for fact in facts for n in (1, 2, 3)]
    told = random.Random(seed).sample(history * 2, 60)
    await world.execute("CREATE TABLE facts (fact_id uuid PRIMARY KEY, revision int)")
    await world.execute("GRANT ALL ON facts TO PUBLIC")
    await world.relay()
    await world.subscriber(project)

    for event in told:
        await world.publish(event)

    await world.until_quiet()
    found = await world.rows("SELECT fact_id, revision FROM facts ORDER BY fact_id")
    assert found == [(fact, 3) for fact in sorted(facts)]


@handles(SessionCompleted)
async def reach_milestones(events: Sequence[Envelope[SessionCompleted]], work: Work) -> None:
    for event in events:
        milestone = MilestoneReached(
            person_id=event.data.participant_id,
            milestone="first_session",
            reached_at=NOW,
            because_event_id=event.id,
            because_type=event.type,
            rules_version="1",
        )
        work.publish(milestone)


@handles(MilestoneReached)
async def record_milestone(events: Sequence[Envelope[MilestoneReached]], work: Work) -> None:
    await write_effects(events, work)


async def test_the_correlation_id_goes_from_the_request_to_the_last_effect(world: World) -> None:
    await world.relay()
    await world.subscriber(reach_milestones)
    await world.subscriber(record_milestone, service="safety")

    for request in ("request-1", "request-2"):
        with correlated(request):
            await world.publish(session_completed())

    await world.until_effects(2)
    found = await world.rows("SELECT correlation_id FROM effects ORDER BY 1")
    assert found == [("request-1",), ("request-2",)]
    rows = await world.rows("SELECT correlation_id, body FROM ops.outbox ORDER BY outbox_id")
    events = {row[1]: decode_each(b"[" + row[1] + b"]")[0] for row in rows}
    ids = {event.id for event in events.values() if isinstance(event, Envelope)}
    causes = {event.causationid for event in events.values() if isinstance(event, Envelope)}
    assert len(causes - {None}) == 2
    assert causes - {None} < ids


async def test_a_handler_logs_under_the_correlation_id_of_its_events(world: World) -> None:
    seen: asyncio.Queue[str | None] = asyncio.Queue()

    @handles(MatchCreated)
    async def note(events: Sequence[Envelope[MatchCreated]], work: Work) -> None:
        seen.put_nowait(correlation_id.get())

    await world.relay()
    await world.subscriber(note)
    with correlated("request-3"):
        await world.publish(match_created())

    assert await asyncio.wait_for(seen.get(), PATIENCE) == "request-3"


async def test_without_a_stream_publishing_says_so(world: World) -> None:
    bus = await world.bus()
    await bus.connected()

    with pytest.raises(NoStreamError):
        await bus.publish(
            SESSION, b"{}", transport_id="1", content_type="text/plain", correlation="c"
        )


async def test_a_service_sees_only_its_own_outbox_and_inbox(world: World) -> None:
    await world.relay()
    await world.subscriber(record_session)
    await world.publish(session_completed())
    await world.until_effects(1)
    safety = await world.database("safety")

    async with safety.read() as session:
        inbox = await session.connection()
        found = (await inbox.exec_driver_sql("SELECT count(*) FROM ops.inbox")).scalar_one()

    assert found == 0
    assert await world.value("SELECT count(*) FROM ops.inbox") == 1


async def test_questions_are_answered_by_one_of_those_who_can(world: World) -> None:
    answering, asking = await world.bus("answering"), await world.bus("asking")
    await answering.connected()
    await asking.connected()

    async def double(question: bytes) -> bytes:
        return question * 2

    await answering.answer("rpc.test.double", double)

    async def is_answered() -> bool:
        try:
            return await asking.ask("rpc.test.double", b"ab") == b"abab"
        except BusUnavailableError:
            return False

    await until(is_answered)
