"""The SQL of consuming: what was taken, how often it failed, what was given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TAKE = text(
    """
    INSERT INTO ops.inbox (consumer, message_id)
    SELECT :consumer, message_id
    FROM unnest(CAST(:message_ids AS text[])) AS message_id ORDER BY message_id
    ON CONFLICT DO NOTHING
    RETURNING message_id
    """
)

_COUNT_ATTEMPT = text(
    """
    INSERT INTO ops.delivery_attempts AS known (consumer, message_id, attempts, last_error)
    VALUES (:consumer, :message_id, 1, :last_error)
    ON CONFLICT (consumer, message_id, event_id)
    DO UPDATE SET attempts = known.attempts + 1, last_error = excluded.last_error
    RETURNING attempts
    """
)

_FORGET_ATTEMPTS = text(
    "DELETE FROM ops.delivery_attempts"
    " WHERE consumer = :consumer AND message_id = ANY(CAST(:message_ids AS text[]))"
)

_GIVE_UP = text(
    """
    WITH letter AS (
        INSERT INTO ops.dead_letters
            (consumer, message_id, event_id, type, body, reason, attempts, correlation_id)
        VALUES (:consumer, :message_id, :event_id, :type, :body, :reason, :attempts,
                :correlation_id)
    )
    INSERT INTO ops.inbox_exceptions (consumer, message_id, event_id)
    VALUES (:consumer, :message_id, :event_id)
    ON CONFLICT DO NOTHING
    """
)

_PRUNE = text(
    "DELETE FROM ops.inbox WHERE consumer = :consumer AND received_at < now() - :older_than"
)


@dataclass(frozen=True)
class Given:
    """An event that is given up, as it goes to the dead letters."""

    message_id: str
    event_id: str
    type: str
    body: bytes
    reason: str
    attempts: int
    correlation_id: str | None


async def take(session: AsyncSession, consumer: str, message_ids: Sequence[str]) -> set[str]:
    """Record messages as taken and return those that were not before.

    A message that another process is just taking is waited for.
    """
    rows = await session.scalars(_TAKE, {"consumer": consumer, "message_ids": list(message_ids)})
    return set(rows)


async def count_attempt(
    session: AsyncSession, consumer: str, message_id: str, last_error: str
) -> int:
    """Count a failed attempt at a message and return how many there were."""
    values = {"consumer": consumer, "message_id": message_id, "last_error": last_error}
    attempts: int = (await session.execute(_COUNT_ATTEMPT, values)).scalar_one()
    return attempts


async def forget_attempts(session: AsyncSession, consumer: str, message_ids: Sequence[str]) -> None:
    """Drop the counts of messages whose effects stand."""
    values = {"consumer": consumer, "message_ids": list(message_ids)}
    await session.execute(_FORGET_ATTEMPTS, values)


async def give_up(session: AsyncSession, consumer: str, given: Given) -> None:
    """Lay an event with the dead letters, and note that its effects don't stand."""
    await session.execute(_GIVE_UP, {"consumer": consumer, **vars(given)})


async def prune(session: AsyncSession, consumer: str, older_than: timedelta) -> None:
    """Forget messages that can't come again."""
    await session.execute(_PRUNE, {"consumer": consumer, "older_than": older_than})
