"""All SQL of the relay: what to publish, what was published where, what nobody has confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared_utils.work import Work

_CLAIM = """
    WITH fresh AS (
        SELECT * FROM ops.outbox WHERE published_at IS NULL AND stream_seq IS NULL
        ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
    ), again AS (
        SELECT * FROM ops.outbox WHERE published_at IS NULL AND stream_seq IS NOT NULL
        ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
    )
    SELECT outbox_id, type, content_type, body, event_count, correlation_id, stream_seq
    FROM (SELECT * FROM fresh UNION ALL SELECT * FROM again) AS claimed
"""
"""For psycopg itself: it alone can fetch the bodies as they are, not as two letters a byte."""

_MARK = text(
    """
    UPDATE ops.outbox SET published_at = now(), stream_seq = marked.stream_seq
    FROM unnest(CAST(:outbox_ids AS uuid[]), CAST(:sequences AS bigint[]))
        AS marked (outbox_id, stream_seq)
    WHERE outbox.outbox_id = marked.outbox_id
    """
)

_LAST_PUBLISHED = text(
    """
    SELECT outbox_id, stream_seq FROM ops.outbox
    WHERE stream_seq IS NOT NULL AND published_at IS NOT NULL
    ORDER BY stream_seq DESC LIMIT 1
    """
)

_HIGHEST_SEQUENCE = text("SELECT coalesce(max(stream_seq), 0) FROM ops.outbox")

_SWEEP = text(
    """
    WITH examined AS (
        SELECT outbox_id, type, stream_seq, published_at FROM ops.outbox
        WHERE stream_seq >= :down_to AND stream_seq < :below
        ORDER BY stream_seq DESC LIMIT :most
    ), unconfirmed AS (
        SELECT DISTINCT outbox_id FROM examined
        JOIN unnest(CAST(:consumers AS text[]), CAST(:types AS text[]))
            AS known (consumer, type) USING (type)
        WHERE published_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM ops.inbox
            WHERE inbox.consumer = known.consumer AND inbox.message_id = CAST(outbox_id AS text))
    ), again AS (
        UPDATE ops.outbox SET published_at = NULL
        FROM unconfirmed WHERE outbox.outbox_id = unconfirmed.outbox_id
        RETURNING 1
    )
    SELECT count(*), coalesce(min(stream_seq), :down_to), (SELECT count(*) FROM again)
    FROM examined
    """
)

_WAITING = text(
    """
    SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)
    FROM ops.outbox WHERE published_at IS NULL
    """
)

_PRUNE = text(
    """
    DELETE FROM ops.outbox WHERE outbox_id IN (
        SELECT outbox_id FROM ops.outbox
        WHERE published_at IS NOT NULL AND created_at < now() - :older_than LIMIT 5000)
    """
)

_OWNER = text(
    """
    SELECT (SELECT system_identifier FROM pg_control_system()) || '-' || oid
    FROM pg_database WHERE datname = current_database()
    """
)


@dataclass(frozen=True)
class Row:
    """A message to publish; `stream_seq` says where it stood before it had to go out again."""

    outbox_id: UUID
    type: str
    content_type: str
    body: bytes
    event_count: int
    correlation_id: str | None
    stream_seq: int | None


@dataclass(frozen=True)
class Mark:
    """A message that the stream has acknowledged, and where it stands."""

    outbox_id: UUID
    stream_seq: int


@dataclass(frozen=True)
class Swept:
    """How many rows a sweep examined, the lowest sequence it came to, how many go out again."""

    examined: int
    lowest: int
    again: int


async def claim(work: Work, fresh: int, again: int) -> list[Row]:
    """The oldest rows to publish, locked for this transaction; new ones beside repeated ones."""
    async with (await work.raw()).cursor(binary=True) as cursor:
        await cursor.execute(_CLAIM, (fresh, again))
        return [Row(*row) for row in await cursor.fetchall()]


async def mark(session: AsyncSession, marks: Sequence[Mark]) -> None:
    """Note where published messages stand."""
    values = {
        "outbox_ids": [mark.outbox_id for mark in marks],
        "sequences": [mark.stream_seq for mark in marks],
    }
    await session.execute(_MARK, values)


async def last_published(session: AsyncSession) -> Mark | None:
    """The message that stands highest in the stream, as far as the outbox knows."""
    row = (await session.execute(_LAST_PUBLISHED)).one_or_none()
    return Mark(*row) if row else None


async def highest_sequence(session: AsyncSession) -> int:
    """The highest sequence ever given to a message that is kept, 0 if there is none."""
    return int((await session.execute(_HIGHEST_SEQUENCE)).scalar_one())


async def sweep(
    session: AsyncSession,
    consumers: Sequence[tuple[str, str]],
    *,
    below: int,
    down_to: int,
    most: int,
) -> Swept:
    """Send out again what of these sequences some consumer of its type has not taken.

    `consumers` are pairs of consumer and event type. Examines the highest sequences first.
    """
    values: dict[str, Any] = {
        "consumers": [consumer for consumer, _ in consumers],
        "types": [event_type for _, event_type in consumers],
        "below": below,
        "down_to": down_to,
        "most": most,
    }
    return Swept(*(await session.execute(_SWEEP, values)).one())


async def waiting(session: AsyncSession) -> tuple[int, float]:
    """How many messages wait to be published, and the age of the oldest in seconds."""
    count, age = (await session.execute(_WAITING)).one()
    return int(count), float(age)


async def prune(session: AsyncSession, older_than: timedelta) -> None:
    """Forget some published messages that are older than anybody may ask for."""
    await session.execute(_PRUNE, {"older_than": older_than})


async def owner(session: AsyncSession) -> str:
    """What tells this database from every other, a copy of it in the same server included."""
    return str((await session.execute(_OWNER)).scalar_one())
