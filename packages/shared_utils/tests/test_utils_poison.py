"""An event that can't be applied is counted, isolated, laid aside, and can be tried again."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from event_contracts import Envelope, SessionCompleted, encode, wrap
from shared_utils import deadletters
from shared_utils.consume import Handler, handles
from shared_utils.db import Database
from shared_utils.testing import (
    World,
    record_session,
    session_completed,
    subjects,
    until,
    write_effects,
)
from shared_utils.work import Work

SESSION = "kintell.session.completed.v1"


class SecretInWordsError(Exception):
    """A failure whose words quote what a person wrote."""


def failing_on(*poison: SessionCompleted) -> Handler[SessionCompleted]:
    """A handler that writes the effects first, and then can't bear some events."""
    unbearable = {event.session_id for event in poison}

    @handles(SessionCompleted)
    async def record_most(events: Sequence[Envelope[SessionCompleted]], work: Work) -> None:
        await write_effects(events, work)
        if any(event.data.session_id in unbearable for event in events):
            raise SecretInWordsError("ann@example.org wrote a poem")

    return record_most


async def letters(world: World) -> list[deadletters.DeadLetter]:
    database = Database(world.owner_url, 2, application_name="owner")
    async with database.read() as session:
        found = await deadletters.dead_letters(session, with_resolved=True)
    await database.close()
    return list(found)


async def until_letters(world: World, count: int) -> list[deadletters.DeadLetter]:
    async def are_there() -> bool:
        return bool(await world.value("SELECT count(*) FROM ops.dead_letters") >= count)

    await until(are_there)
    return await letters(world)


async def ask_to_replay(world: World, letter: deadletters.DeadLetter, body: bytes = b"") -> None:
    database = Database(world.owner_url, 2, application_name="owner")
    async with database.work() as work:
        if body:
            await deadletters.repair(work.session, letter.dead_letter_id, body)
        await deadletters.replay(work.session, letter.dead_letter_id)
    await database.close()


async def test_neighbours_of_a_poison_event_are_applied_once(world: World) -> None:
    packed = [session_completed() for _ in range(10)]
    others = [session_completed() for _ in range(5)]
    poison = packed[4]
    await world.relay()
    await world.subscriber(failing_on(poison), max_attempts=2)

    await world.publish(*packed)
    for other in others:
        await world.publish(other)

    await world.until_effects(14)
    await until_letters(world, 1)
    await world.until_quiet()
    assert await world.effects() == sorted(
        {*subjects(packed), *subjects(others)} - {poison.subject}
    )


async def test_a_dead_letter_says_which_event_why_and_after_how_many_attempts(world: World) -> None:
    poison = session_completed()
    await world.relay()
    await world.subscriber(failing_on(poison), max_attempts=2)

    await world.publish(poison)

    [letter] = await until_letters(world, 1)
    assert letter.consumer == "profile-kintell-session-completed-v1"
    assert (letter.type, letter.attempts, letter.resolved_at) == (SESSION, 2, None)
    assert poison.subject in letter.body.decode()
    assert letter.event_id in letter.body.decode()
    assert letter.reason.startswith("SecretInWordsError in ")
    assert "poem" not in letter.reason
    assert "@" not in letter.reason
    [(consumer, event_id)] = await world.rows("SELECT consumer, event_id FROM ops.inbox_exceptions")
    assert (consumer, event_id) == (letter.consumer, letter.event_id)
    assert await world.value("SELECT count(*) FROM ops.delivery_attempts") == 0


async def test_attempts_are_remembered_when_the_process_is_not(world: World) -> None:
    poison = session_completed()
    await world.relay()
    first = await world.subscriber(failing_on(poison), max_attempts=1000)
    await world.publish(poison)

    async def is_counted() -> bool:
        return bool(
            await world.value("SELECT coalesce(max(attempts), 0) FROM ops.delivery_attempts") > 1
        )

    await until(is_counted)
    await first.close()
    counted = await world.value("SELECT attempts FROM ops.delivery_attempts")

    await world.subscriber(failing_on(poison), max_attempts=counted + 1)

    [letter] = await until_letters(world, 1)
    assert letter.attempts == counted + 1


async def test_a_dead_letter_is_applied_when_its_handler_is_mended(world: World) -> None:
    poison, neighbour = session_completed(), session_completed()
    await world.relay()
    broken = await world.subscriber(failing_on(poison), max_attempts=1)
    await world.publish(poison, neighbour)
    [letter] = await until_letters(world, 1)
    await broken.close()

    await world.subscriber(record_session)
    await ask_to_replay(world, letter)

    await world.until_effects(2)
    assert await world.effects() == subjects([poison, neighbour])
    [letter] = await letters(world)
    assert letter.resolved_at is not None
    assert await world.value("SELECT count(*) FROM ops.inbox_exceptions") == 0


async def test_a_replay_that_fails_opens_the_dead_letter_again(world: World) -> None:
    poison = session_completed()
    await world.relay()
    await world.subscriber(failing_on(poison), max_attempts=1)
    await world.publish(poison)
    [letter] = await until_letters(world, 1)

    await ask_to_replay(world, letter)

    async def failed_again() -> bool:
        return bool(await world.value("SELECT attempts FROM ops.dead_letters") == 2)

    await until(failed_again)
    [letter] = await letters(world)
    assert (letter.replayed_at, letter.resolved_at) == (None, None)
    assert await world.effects() == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff\xfe not JSON", "(message)"),
        (b"[1, 2", "is not a JSON array"),
        (b'{"specversion": "1.0", "type": "no.such.event.v1"}', "unknown event type"),
    ],
)
async def test_a_message_that_is_no_event_is_laid_aside_at_once(
    world: World, body: bytes, reason: str
) -> None:
    await world.relay()
    await world.subscriber(record_session)
    event = session_completed()
    await world.publish(event)
    await world.until_effects(1)
    bus = await world.bus()
    await bus.connected()

    await bus.publish(SESSION, body, transport_id="x", content_type="text/plain", correlation="c")

    [letter] = await until_letters(world, 1)
    assert (letter.event_id, letter.attempts) == ("", 1)
    assert reason in letter.reason
    assert letter.body == body
    await world.until_quiet()
    assert await world.effects() == [event.subject]


async def test_a_broken_event_in_a_batch_harms_none_beside_it(world: World) -> None:
    await world.relay()
    await world.subscriber(record_session)
    good = [session_completed() for _ in range(2)]
    await world.publish(session_completed())
    await world.until_effects(1)
    wrapped = [encode(wrap(event, source="x", correlation_id="c")) for event in good]
    broken = wrapped[0].replace(b'"revision":1', b'"revision":-1')
    bus = await world.bus()
    await bus.connected()

    body = b"[" + b",".join([wrapped[0], broken, wrapped[1]]) + b"]"
    await bus.publish(SESSION, body, transport_id="x", content_type="text/plain", correlation="c")

    [letter] = await until_letters(world, 1)
    await world.until_effects(3)
    assert "data.revision" in letter.reason
    assert UUID(letter.event_id)
    assert len(await world.effects()) == 3


async def test_a_repaired_dead_letter_is_applied(world: World) -> None:
    await world.relay()
    await world.subscriber(record_session)
    await world.publish(session_completed())
    await world.until_effects(1)
    bus = await world.bus()
    await bus.connected()
    await bus.publish(SESSION, b"{}", transport_id="x", content_type="text/plain", correlation="c")
    [letter] = await until_letters(world, 1)
    event = session_completed()

    await ask_to_replay(world, letter, encode(wrap(event, source="x", correlation_id="c")))

    await world.until_effects(2)
    assert event.subject in await world.effects()


async def test_a_dead_letter_can_be_closed_without_its_effects(world: World) -> None:
    poison = session_completed()
    await world.relay()
    await world.subscriber(failing_on(poison), max_attempts=1)
    await world.publish(poison)
    [letter] = await until_letters(world, 1)
    database = Database(world.owner_url, 2, application_name="owner")

    async with database.work() as work:
        await deadletters.resolve(work.session, letter.dead_letter_id)
    async with database.work() as work:
        with pytest.raises(deadletters.ResolvedDeadLetterError):
            await deadletters.replay(work.session, letter.dead_letter_id)
    async with database.read() as session:
        assert await deadletters.dead_letters(session) == []
        with pytest.raises(deadletters.UnknownDeadLetterError):
            await deadletters.dead_letter(session, UUID(int=0))
    await database.close()
