"""Dead letters for those who look after them: list, show, repair, ask to replay, resolve.

Each function takes a session of a login that may see them all (the owner) or one service's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared_utils.errors import ConflictError, NotFoundError

_COLUMNS = (
    "dead_letter_id, consumer, message_id, event_id, type, body, reason, attempts,"
    " correlation_id, created_at, replayed_at, resolved_at"
)

_LIST = text(
    f"""
    SELECT {_COLUMNS} FROM ops.dead_letters
    WHERE (resolved_at IS NULL OR :with_resolved)
      AND (CAST(:consumer AS text) IS NULL OR consumer = :consumer)
      AND (CAST(:after AS uuid) IS NULL OR dead_letter_id > :after)
    ORDER BY dead_letter_id LIMIT :limit
    """  # noqa: S608 - the columns are a constant
)

_SHOW = text(f"SELECT {_COLUMNS} FROM ops.dead_letters WHERE dead_letter_id = :dead_letter_id")  # noqa: S608

_REPAIR = text(
    "UPDATE ops.dead_letters SET body = :body"
    " WHERE dead_letter_id = :dead_letter_id AND resolved_at IS NULL"
)

_REPLAY = text(
    "UPDATE ops.dead_letters SET replayed_at = now()"
    " WHERE dead_letter_id = :dead_letter_id AND resolved_at IS NULL"
)

_RESOLVE = text(
    "UPDATE ops.dead_letters SET resolved_at = now()"
    " WHERE dead_letter_id = :dead_letter_id AND resolved_at IS NULL"
)


class UnknownDeadLetterError(NotFoundError):
    """There is no such dead letter, or none that this login may see."""

    type = "unknown-dead-letter"
    title = "There is no such dead letter"


class ResolvedDeadLetterError(ConflictError):
    """The dead letter is done with."""

    type = "resolved-dead-letter"
    title = "This dead letter is resolved already"


@dataclass(frozen=True)
class DeadLetter:
    """An event that a consumer gave up: what it was, why, and what became of it.

    `body` is the CloudEvent (or the whole message where `event_id` is empty). It is waiting for
    its consumer while `replayed_at` is set and `resolved_at` is not.
    """

    dead_letter_id: UUID
    consumer: str
    message_id: str
    event_id: str
    type: str
    body: bytes
    reason: str
    attempts: int
    correlation_id: str | None
    created_at: datetime
    replayed_at: datetime | None
    resolved_at: datetime | None


async def dead_letters(
    session: AsyncSession,
    *,
    consumer: str | None = None,
    with_resolved: bool = False,
    after: UUID | None = None,
    limit: int = 100,
) -> Sequence[DeadLetter]:
    """Dead letters from the oldest on; `after` is the last one of the page before."""
    rows = await session.execute(
        _LIST,
        {"consumer": consumer, "with_resolved": with_resolved, "after": after, "limit": limit},
    )
    return [DeadLetter(*row) for row in rows]


async def dead_letter(session: AsyncSession, dead_letter_id: UUID) -> DeadLetter:
    """One dead letter; UnknownDeadLetterError."""
    row = (await session.execute(_SHOW, {"dead_letter_id": dead_letter_id})).one_or_none()
    if row is None:
        raise UnknownDeadLetterError
    return DeadLetter(*row)


async def repair(session: AsyncSession, dead_letter_id: UUID, body: bytes) -> None:
    """Put a corrected CloudEvent in the place of the one that failed."""
    await _change(session, dead_letter_id)
    await session.execute(_REPAIR, {"dead_letter_id": dead_letter_id, "body": body})


async def replay(session: AsyncSession, dead_letter_id: UUID) -> None:
    """Ask the consumer that gave it up to try once more; it does within seconds of the commit.

    If that fails the letter is open again, with one attempt more and the new reason.
    """
    await _change(session, dead_letter_id)
    await session.execute(_REPLAY, {"dead_letter_id": dead_letter_id})


async def resolve(session: AsyncSession, dead_letter_id: UUID) -> None:
    """Close it without its effects: somebody has looked and decided so."""
    await _change(session, dead_letter_id)
    await session.execute(_RESOLVE, {"dead_letter_id": dead_letter_id})


async def _change(session: AsyncSession, dead_letter_id: UUID) -> None:
    if (await dead_letter(session, dead_letter_id)).resolved_at is not None:
        raise ResolvedDeadLetterError
