"""Outbox, inbox and dead letters: how an event leaves once and works once."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from shared_schema.base import (
    Base,
    BigInt,
    Count,
    NewId,
    Now,
    TextKey,
    check,
    index,
)


class Outbox(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        check("counts", "event_count > 0", "An empty message would be published for nothing."),
        index(
            "created_at",
            why="The relay takes what is not published, oldest first.",
            where="published_at IS NULL",
        ),
        index(
            "stream_seq",
            why="Reconcile asks which row stands at a sequence, and what came after it.",
            where="stream_seq IS NOT NULL",
        ),
        {
            "schema": "ops",
            "comment": "Events as they were written with their facts: the event log.",
        },
    )

    outbox_id: Mapped[NewId] = mapped_column(comment="Also the message's Nats-Msg-Id")
    producer: Mapped[str] = mapped_column(server_default=text("ops.current_service()"))
    type: Mapped[str] = mapped_column(comment="The event type; the subject is `waymark.` + type")
    subject: Mapped[str | None] = mapped_column(comment="CloudEvents subject; null for a batch")
    content_type: Mapped[str]
    body: Mapped[bytes] = mapped_column(
        comment="One CloudEvent, or a batch of up to 100",
        info={"storage": "EXTERNAL"},  # compressing it costs a third of the writing
    )
    event_count: Mapped[int] = mapped_column(server_default="1")
    correlation_id: Mapped[str | None]
    created_at: Mapped[Now]
    published_at: Mapped[datetime | None]
    stream_seq: Mapped[BigInt | None]


class Inbox(Base):
    __tablename__ = "inbox"
    __table_args__ = (
        {"schema": "ops", "comment": "Messages whose effects stand; one row a packed batch."},
    )

    consumer: Mapped[TextKey] = mapped_column(comment="<service>-<type-with-dashes>")
    message_id: Mapped[TextKey]
    received_at: Mapped[Now]


class InboxException(Base):
    __tablename__ = "inbox_exceptions"
    __table_args__ = (
        {"schema": "ops", "comment": "Events of a taken batch whose effects do not stand."},
    )

    consumer: Mapped[TextKey]
    message_id: Mapped[TextKey]
    event_id: Mapped[TextKey]
    created_at: Mapped[Now]


class DeliveryAttempt(Base):
    __tablename__ = "delivery_attempts"
    __table_args__ = (
        {"schema": "ops", "comment": "Failed attempts, counted here since NATS may forget them."},
    )

    consumer: Mapped[TextKey]
    message_id: Mapped[TextKey]
    event_id: Mapped[str] = mapped_column(
        primary_key=True, server_default="", comment="Empty: the whole message"
    )
    attempts: Mapped[Count]
    last_error: Mapped[str | None] = mapped_column(comment="The error's class, never its words")
    next_at: Mapped[datetime | None]


class DeadLetter(Base):
    __tablename__ = "dead_letters"
    __table_args__ = (
        index(
            "consumer",
            "dead_letter_id",
            why="The open ones are listed and counted.",
            where="resolved_at IS NULL",
        ),
        {"schema": "ops", "comment": "Events that could not be applied, to be fixed and replayed."},
    )

    dead_letter_id: Mapped[NewId]
    consumer: Mapped[str]
    message_id: Mapped[str]
    event_id: Mapped[str] = mapped_column(server_default="", comment="Empty: not decodable")
    type: Mapped[str]
    body: Mapped[bytes]
    reason: Mapped[str]
    attempts: Mapped[Count]
    correlation_id: Mapped[str | None]
    created_at: Mapped[Now]
    replayed_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
