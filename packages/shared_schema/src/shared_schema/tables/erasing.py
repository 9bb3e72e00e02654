"""What an erasure leaves and needs: who is gone, how far each service is, and what it must find."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from shared_schema import vocabulary
from shared_schema.base import Base, Count, Flag, Json, Key, Names, Now, TextKey, index, one_of


class ErasedPerson(Base):
    __tablename__ = "erased_persons"
    __table_args__ = (
        index("erasure_id", why="A service asks whom an erasure is about."),
        {"schema": "ops", "comment": "Every source person who was erased; tombstones, no names."},
    )

    person_id: Mapped[Key]
    erasure_id: Mapped[UUID]


class ErasureWork(Base):
    __tablename__ = "erasure_work"
    __table_args__ = (
        index(
            "begun_at",
            why="A worker that starts goes on with what is not done.",
            where="completed_at IS NULL",
        ),
        {"schema": "ops", "comment": "How far each service is with an erasure; its own rows only."},
    )

    erasure_id: Mapped[Key]
    service: Mapped[str] = mapped_column(
        primary_key=True, server_default=text("ops.current_service()")
    )
    done: Mapped[Names] = mapped_column(comment="The stores where nothing is left")
    counts: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    round: Mapped[Count] = mapped_column(comment="How often the stores were gone through")
    begun_at: Mapped[Now]
    completed_at: Mapped[datetime | None]


class ErasureFact(Base):
    __tablename__ = "erasure_facts"
    __table_args__ = (
        one_of("fact_type", vocabulary.FACT_TYPES),
        {"schema": "ops", "comment": "The facts of a person who is being erased, and their side."},
    )

    erasure_id: Mapped[Key]
    fact_type: Mapped[TextKey]
    fact_id: Mapped[Key]
    side: Mapped[str] = mapped_column(comment="participant, volunteer, or both")
    done: Mapped[Flag]


class ErasureRow(Base):
    __tablename__ = "erasure_rows"
    __table_args__ = (
        {"schema": "ops", "comment": "The rows of imports that name a person who is erased."},
    )

    erasure_id: Mapped[Key]
    import_id: Mapped[Key]
    row_no: Mapped[int] = mapped_column(primary_key=True, comment="0: whoever looks into the file")
    done: Mapped[Flag]


class ErasedText(Base):
    __tablename__ = "erased_texts"
    __table_args__ = (
        index("erasure_id", why="Those who made something of the texts let it go."),
        {"schema": "ops", "comment": "Texts that went with a person: ids, no words."},
    )

    text_id: Mapped[Key]
    erasure_id: Mapped[UUID]


class ErasureCertificate(Base):
    __tablename__ = "erasure_certificates"
    __table_args__ = (
        {"schema": "ops", "comment": "The signed certificate of an erasure, as compact JWS."},
    )

    erasure_id: Mapped[Key]
    jws: Mapped[str]
    signed_at: Mapped[Now]


class ErasureIdentifier(Base):
    __tablename__ = "erasure_identifiers"
    __table_args__ = (
        {
            "schema": "pii",
            "comment": "What a person was known by, while it is being looked for; then gone.",
        },
    )

    erasure_id: Mapped[Key]
    kind: Mapped[TextKey] = mapped_column(comment="A provider, `name` or `phone`")
    value: Mapped[TextKey]
