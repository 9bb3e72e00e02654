"""Dead letters that someone asked to try again, applied by the consumer that gave them up."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from event_contracts import Envelope, Event
from shared_utils.consume.consumer import Consumer
from shared_utils.consume.delivery import decoded
from shared_utils.consume.failures import is_transient, reason
from shared_utils.correlation import correlated
from shared_utils.db import Database
from shared_utils.log import get_logger
from shared_utils.work import Work

_log = get_logger(__name__)

_ASKED_FOR = text(
    """
    SELECT dead_letter_id, consumer, message_id, event_id, body, correlation_id
    FROM ops.dead_letters
    WHERE resolved_at IS NULL AND replayed_at IS NOT NULL AND consumer = ANY(:consumers)
    ORDER BY dead_letter_id LIMIT 1 FOR UPDATE SKIP LOCKED
    """
)

_RESOLVE = text(
    """
    WITH letter AS (
        UPDATE ops.dead_letters SET resolved_at = now() WHERE dead_letter_id = :dead_letter_id
    )
    DELETE FROM ops.inbox_exceptions
    WHERE consumer = :consumer AND message_id = :message_id AND event_id = :event_id
    """
)

_FAILED_AGAIN = text(
    """
    UPDATE ops.dead_letters SET replayed_at = NULL, attempts = attempts + 1, reason = :reason
    WHERE dead_letter_id = :dead_letter_id
    """
)

_COUNT_OPEN = text("SELECT count(*) FROM ops.dead_letters WHERE resolved_at IS NULL")


@dataclass(frozen=True)
class _Asked:
    dead_letter_id: UUID
    consumer: str
    message_id: str
    event_id: str
    body: bytes
    correlation_id: str | None


class NotYetRepairedError(Exception):
    """The body of the dead letter is still no event of its type."""


class Replays:
    """The dead letters of one process's consumers."""

    def __init__(self, database: Database, consumers: Mapping[str, Consumer]) -> None:
        self._database = database
        self._consumers = consumers

    async def apply_next(self) -> bool:
        """Try one that was asked for, in a transaction that also resolves it; False if none is."""
        async with self._database.work() as work:
            letter = await self._next(work.session)
            if letter is None:
                return False
            with correlated(letter.correlation_id) as correlation:
                work.correlation_id = correlation
                await self._try(letter, work)
        return True

    async def open_letters(self) -> int:
        """How many nobody has resolved yet."""
        async with self._database.read() as session:
            return int((await session.execute(_COUNT_OPEN)).scalar_one())

    async def _next(self, session: AsyncSession) -> _Asked | None:
        rows = await session.execute(_ASKED_FOR, {"consumers": list(self._consumers)})
        row = rows.one_or_none()
        return _Asked(*row) if row else None

    async def _try(self, letter: _Asked, work: Work) -> None:
        consumer = self._consumers[letter.consumer]
        try:
            async with work.attempt():
                await consumer.handle(_repaired(letter, consumer), work)
                await work.session.execute(_RESOLVE, vars(letter))
        except Exception as failure:
            if is_transient(failure):
                raise
            again = {"dead_letter_id": letter.dead_letter_id, "reason": reason(failure)}
            await work.session.execute(_FAILED_AGAIN, again)
            _log.warning("dead letter failed again", consumer=letter.consumer, exc_info=failure)
        else:
            _log.info("dead letter applied", consumer=letter.consumer)


def _repaired(letter: _Asked, consumer: Consumer) -> tuple[Envelope[Event], ...]:
    envelopes, broken = decoded(bytes(letter.body), consumer.event_class)
    if broken:
        raise NotYetRepairedError
    return envelopes
