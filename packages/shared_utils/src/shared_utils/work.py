"""One unit of work: a transaction and the events that become true with it."""

from collections.abc import AsyncIterator, Hashable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid5

from psycopg import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncSession

from event_contracts import JSON, JSON_BATCH, Envelope, Event, encode, encode_batch, uuid7, wrap
from event_contracts.plain import written_batch
from shared_utils.correlation import current_id

PACK = 100
"""The most events that travel as one message."""

CHANNEL = "waymark_outbox"
"""What the relay listens to."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Because:
    """An event that led to another, where the event itself is not at hand."""

    id: UUID
    correlationid: str


class PlainCause(NamedTuple):
    """An event that led to another, as text: its id and its correlation id."""

    event_id: str
    correlation_id: str

    @property
    def because(self) -> Because:
        """The same for `Work.publish`."""
        return Because(UUID(self.event_id), self.correlation_id)


class PlainSaid(NamedTuple):
    """An event that is JSON already: its subject, its data, and what led to it."""

    subject: str
    data: str
    cause: PlainCause


_NAMES = UUID("6f3c1c0e-5d0b-5a54-9d55-7a2f0b9c8e11")


@dataclass(frozen=True)
class OutboxRow:
    """One message to be: a single CloudEvent or a batch of one type and one correlation id."""

    outbox_id: UUID
    type: str
    subject: str | None
    content_type: str
    body: bytes
    event_count: int
    correlation_id: str


class Work:
    """A transaction with its `session`; nobody commits it but the database that opened it.

    Events that are published reach others only if the transaction commits, and then they do.
    """

    def __init__(
        self,
        session: AsyncSession,
        service: str,
        correlation_id: str | None = None,
        causation_id: UUID | None = None,
        at_hand: Iterable[Envelope[Event]] = (),
    ) -> None:
        self.session = session
        self.service = service
        self.correlation_id = correlation_id or current_id()
        self.causation_id = causation_id
        self._at_hand: dict[UUID | None, Envelope[Event]] = {seen.id: seen for seen in at_hand}
        self._envelopes: list[Envelope[Event]] = []
        self._rows: list[OutboxRow] = []

    def publish(
        self,
        *events: Event,
        company_id: UUID | None = None,
        because: Envelope[Event] | Because | None = None,
    ) -> None:
        """Let the events out when this work commits.

        `because` is the event that led to these: they carry its id as their cause, and its
        correlation id. An event at hand that `because_event_id` names is found without it.
        """
        for event in events:
            cause = because or self._cause_of(event)
            self._envelopes.append(
                wrap(
                    event,
                    source=self.service,
                    correlation_id=cause.correlationid if cause else self.correlation_id,
                    causation_id=cause.id if cause else self.causation_id,
                    company_id=company_id,
                )
            )

    def _cause_of(self, event: Event) -> Envelope[Event] | None:
        """The event at hand that this one names as its reason, if it names one."""
        return self._at_hand.get(getattr(event, "because_event_id", None))

    def publish_plain(
        self, event_class: type[Event], stated: Iterable[tuple[str, str, PlainCause]]
    ) -> None:
        """Let out many events that are JSON already: (subject, data, what led to it).

        The caller answers for the data being what the class would say, letter by letter.
        """
        batch = written_batch(event_class, self.service, datetime.now(UTC))
        for correlation_id, group in _grouped(stated, lambda one: one[2].correlation_id).items():
            for start in range(0, len(group), PACK):
                part = group[start : start + PACK]
                said = [(subject, data, cause.event_id) for subject, data, cause in part]
                correlation = str(correlation_id)
                body = batch(correlation, said)
                row = (uuid7(), event_class.type, None, JSON_BATCH, body, len(said), correlation)
                self._rows.append(OutboxRow(*row))

    def publish_packed(
        self, events: Iterable[Event], batch_id: str | UUID, *, company_id: UUID | None = None
    ) -> None:
        """Let many events out, up to 100 a message; the ids follow from `batch_id` and position.

        The same batch published twice is refused by the outbox's key, so that a chunk which was
        committed can't be committed again.
        """
        for kind, group in _grouped(events, lambda event: event.type).items():
            for start in range(0, len(group), PACK):
                message_id, first = packed_ids(batch_id, str(kind), start)
                envelopes = self._stable(group[start : start + PACK], first, company_id)
                self._rows.append(_row(message_id, envelopes))

    def _stable(
        self, events: Sequence[Event], first: UUID, company_id: UUID | None
    ) -> list[Envelope[Event]]:
        return [
            wrap(
                event,
                id=UUID(int=first.int ^ position),
                source=self.service,
                correlation_id=self.correlation_id,
                causation_id=self.causation_id,
                company_id=company_id,
            )
            for position, event in enumerate(events)
        ]

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """A part of the work that may fail alone: then its rows and events are taken back."""
        envelopes, rows = len(self._envelopes), len(self._rows)
        try:
            async with self.session.begin_nested():
                yield
        except BaseException:
            del self._envelopes[envelopes:], self._rows[rows:]
            raise

    async def raw(self) -> AsyncConnection[Any]:
        """The psycopg connection of this very transaction, for COPY."""
        return await raw_connection(self.session)

    async def wake_relay(self) -> None:
        """Wake the relay on commit, for who writes to the outbox within the database."""
        await (await self.raw()).execute("SELECT pg_notify(%s, '')", (CHANNEL,))

    async def write_outbox(self) -> None:
        """Write what was published so far, in one statement, and wake the relay on commit."""
        rows = [*self._rows, *packed(self._envelopes)]
        self._rows, self._envelopes = [], []
        if rows:
            await (await self.raw()).execute(_INSERT, _columns(rows))


async def raw_connection(session: AsyncSession) -> AsyncConnection[Any]:
    """The psycopg connection of a session's transaction."""
    pooled = await (await session.connection()).get_raw_connection()
    connection: AsyncConnection[Any] | None = pooled.driver_connection
    if connection is None:
        raise RuntimeError("the transaction has no connection any more")
    return connection


_INSERT = """
    WITH written AS (
        INSERT INTO ops.outbox
            (outbox_id, type, subject, content_type, body, event_count, correlation_id)
        SELECT * FROM unnest(
            CAST(%(outbox_id)b AS uuid[]), CAST(%(type)b AS text[]), CAST(%(subject)b AS text[]),
            CAST(%(content_type)b AS text[]), CAST(%(body)b AS bytea[]),
            CAST(%(event_count)b AS int[]), CAST(%(correlation_id)b AS text[]))
    )
    SELECT pg_notify('waymark_outbox', '')
"""
"""For psycopg itself: it alone can send the bodies as they are, and need not escape each byte."""


def packed_ids(batch_id: str | UUID, kind: str, start: int) -> tuple[UUID, UUID]:
    """Return the ids of the message that begins at an event of a stable batch, and of that event.

    The ids of the message's other events are the first one's with their position XORed into it.
    """
    name = f"{batch_id}:{kind}:{start}"
    return uuid5(_NAMES, name), uuid5(_NAMES, f"{name}:event")


def packed(envelopes: Iterable[Envelope[Event]]) -> Iterator[OutboxRow]:
    """Yield a row for up to 100 envelopes of the same type and correlation id."""
    grouped = _grouped(envelopes, lambda envelope: (envelope.type, envelope.correlationid))
    for group in grouped.values():
        for start in range(0, len(group), PACK):
            yield _row(uuid7(), group[start : start + PACK])


def _row(outbox_id: UUID, envelopes: Sequence[Envelope[Event]]) -> OutboxRow:
    first, single = envelopes[0], len(envelopes) == 1
    return OutboxRow(
        outbox_id,
        first.type,
        first.subject if single else None,
        JSON if single else JSON_BATCH,
        encode(first) if single else encode_batch(envelopes),
        len(envelopes),
        first.correlationid,
    )


def _columns(rows: Sequence[OutboxRow]) -> dict[str, list[Any]]:
    return {name: [getattr(row, name) for row in rows] for name in OutboxRow.__annotations__}


def _grouped(items: Iterable[Item], key: Any) -> dict[Hashable, list[Item]]:
    groups: dict[Hashable, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
