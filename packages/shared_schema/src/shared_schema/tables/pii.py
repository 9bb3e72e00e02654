"""Names, contacts, texts and raw uploads: the only schema that holds them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import Computed, ForeignKeyConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from shared_schema import vocabulary
from shared_schema.base import (
    Base,
    BigInt,
    Count,
    Details,
    Fact,
    FactId,
    Flag,
    Json,
    Key,
    Listing,
    NewId,
    Now,
    SmallInt,
    TextKey,
    check,
    index,
    one_of,
    refers,
    unique,
)

EMBEDDING_DIMENSIONS = 384


class Person(Base):
    __tablename__ = "persons"
    __table_args__ = (
        one_of("status", vocabulary.PERSON_STATUSES),
        check(
            "erased_is_nameless",
            "status <> 'erased'"
            " OR (display_name IS NULL AND phone IS NULL AND erased_at IS NOT NULL)",
            "The row of an erased person stays as a tombstone without anything personal.",
        ),
        {"schema": "pii", "comment": "One row a source person; facts name it for ever."},
    )

    person_id: Mapped[NewId]
    status: Mapped[str] = mapped_column(server_default="provisional")
    display_name: Mapped[str | None]
    phone: Mapped[str | None] = mapped_column(comment="E.164")
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    erased_at: Mapped[datetime | None]


class ExternalId(Base):
    __tablename__ = "external_ids"
    __table_args__ = (
        refers(
            "person_id", "pii.persons.person_id", "An id without its person would be lost data."
        ),
        check(
            "email_is_folded",
            "external_id = pii.folded(provider, external_id)",
            "Two cases of one address must not make two people.",
        ),
        index("person_id", why="A profile lists its ids; merge and erasure find them."),
        index(
            "domain",
            why="A company whose e-mail domain changes finds its people.",
            where="domain IS NOT NULL",
        ),
        {"schema": "pii", "comment": "Which person a partner's identifier means."},
    )

    provider: Mapped[TextKey]
    external_id: Mapped[TextKey]
    person_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(server_default="1")
    domain: Mapped[str | None] = mapped_column(
        Computed("CASE WHEN provider = 'email' THEN split_part(external_id, '@', -1) END", True)
    )
    created_at: Mapped[Now]


class PlatformAccount(Fact, Base):
    __tablename__ = "platform_accounts"
    __table_args__ = (
        one_of("kind", vocabulary.PERSON_KINDS),
        index("person_id", why="A profile lists its accounts; erasure finds them."),
        unique("account_id", why="The ledger of imports names a fact by one id."),
        {"schema": "pii", "comment": "What a platform's user export says about an account."},
    )

    provider: Mapped[TextKey]
    external_id: Mapped[TextKey]
    person_id: Mapped[UUID]
    kind: Mapped[str | None]
    verification_status: Mapped[str | None]
    linkedin_url: Mapped[str | None]
    grant_access: Mapped[str | None]
    joined_on: Mapped[date | None]
    details: Mapped[Details]
    account_id: Mapped[FactId]


class StoredText(Base):
    __tablename__ = "texts"
    __table_args__ = (
        one_of("fact_type", vocabulary.FACT_TYPES),
        index("person_id", why="Export and erasure find what a person wrote."),
        {
            "schema": "pii",
            "comment": "What people wrote; a row never changes, an edit is a new id.",
        },
    )

    text_id: Mapped[NewId]
    person_id: Mapped[UUID | None] = mapped_column(comment="The author")
    fact_type: Mapped[str]
    fact_id: Mapped[UUID]
    field: Mapped[str]
    language: Mapped[str | None] = mapped_column(comment="ISO 639-1")
    body: Mapped[str]
    body_hmac: Mapped[bytes] = mapped_column(
        comment="Keyed, so that texts can't be guessed from it"
    )
    occurred_at: Mapped[datetime]
    created_at: Mapped[Now]


class TextEmbedding(Base):
    __tablename__ = "text_embeddings"
    __table_args__ = (
        refers(
            "text_id",
            "pii.texts.text_id",
            "A vector gives its text away: it goes with it.",
            "CASCADE",
        ),
        check("span", "start_at >= 0 AND end_at > start_at", "Offsets cut a sentence of the text."),
        {"schema": "pii", "comment": "A vector for each sentence of a text, by model."},
    )

    text_id: Mapped[Key]
    model_id: Mapped[TextKey]
    start_at: Mapped[int] = mapped_column(primary_key=True)
    end_at: Mapped[int]
    embedding: Mapped[Any] = mapped_column(HALFVEC(EMBEDDING_DIMENSIONS))


class FactDetail(Base):
    __tablename__ = "fact_details"
    __table_args__ = (
        one_of("fact_type", vocabulary.FACT_TYPES),
        {"schema": "pii", "comment": "A fact's free words and unknown columns (`extra`)."},
    )

    fact_type: Mapped[TextKey]
    fact_id: Mapped[Key]
    details: Mapped[Json]


class RawUpload(Base):
    __tablename__ = "raw_uploads"
    __table_args__ = (
        check("size", "size_bytes >= 0", "A size is counted, never guessed."),
        {"schema": "pii", "comment": "A received file; its bytes are in raw_upload_chunks."},
    )

    import_id: Mapped[Key]
    filename: Mapped[str | None]
    content_type: Mapped[str | None]
    size_bytes: Mapped[BigInt] = mapped_column(server_default="0")
    sha256: Mapped[bytes | None]
    rewritten_sha256: Mapped[bytes | None] = mapped_column(comment="After an erasure took rows out")
    complete: Mapped[Flag]
    created_at: Mapped[Now]


class RawUploadChunk(Base):
    __tablename__ = "raw_upload_chunks"
    __table_args__ = (
        refers("import_id", "pii.raw_uploads.import_id", "Bytes go with their upload.", "CASCADE"),
        {"schema": "pii", "comment": "The bytes of an upload, compressed with zstd."},
    )

    import_id: Mapped[Key]
    chunk_no: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary, info={"storage": "EXTERNAL"})


class RefusedRow(Base):
    __tablename__ = "refused_rows"
    __table_args__ = (
        one_of("state", ("refused", "held", "replayed", "discarded")),
        index(
            "waits_for",
            why="A fact that arrives frees the rows held for it.",
            where="state = 'held'",
        ),
        {"schema": "pii", "comment": "Rows that were not taken: why, and what they were."},
    )

    import_id: Mapped[Key]
    row_no: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(server_default="refused")
    reasons: Mapped[Listing] = mapped_column(comment="[{code, column, message}]")
    original: Mapped[Json]
    waits_for: Mapped[str | None] = mapped_column(comment="The natural key of the missing fact")
    created_at: Mapped[Now]
    resolved_at: Mapped[datetime | None]


class BeforeImage(Base):
    __tablename__ = "before_images"
    __table_args__ = (
        one_of("fact_type", vocabulary.FACT_TYPES),
        index("created_at", why="Retention forgets the old ones."),
        {"schema": "pii", "comment": "What an import overwrote, so that undo can put it back."},
    )

    import_id: Mapped[UUID] = mapped_column(comment="Which import overwrote it")
    fact_type: Mapped[TextKey]
    fact_id: Mapped[Key]
    revision: Mapped[int] = mapped_column(
        primary_key=True, comment="The revision that the image is of"
    )
    image: Mapped[Json]
    created_at: Mapped[Now]


class WebhookBody(Base):
    __tablename__ = "webhook_bodies"
    __table_args__ = (
        index(
            "received_at", why="The worker takes the oldest first.", where="processed_at IS NULL"
        ),
        index("source", "received_at", why="Support looks up what a sender sent lately."),
        {"schema": "pii", "comment": "A webhook as it came, stored before it is answered."},
    )

    source: Mapped[TextKey] = mapped_column(comment="Whose secret verified it")
    webhook_id: Mapped[TextKey]
    body: Mapped[bytes]
    headers: Mapped[Details]
    received_at: Mapped[Now]
    processed_at: Mapped[datetime | None]
    attempts: Mapped[SmallInt] = mapped_column(server_default="0")
    problem: Mapped[Json | None]
    shape: Mapped[str] = mapped_column(comment="The path it came by, such as kintell/session")
    rejected: Mapped[Count] = mapped_column(
        comment="How often its id came again with another content, which was refused"
    )
    routed_at: Mapped[datetime | None] = mapped_column(comment="When it became rows of imports")
    correlation_id: Mapped[str | None]
    sha256: Mapped[bytes | None] = mapped_column(comment="Of the body as it came, once rewritten")
    rewritten_sha256: Mapped[bytes | None] = mapped_column(comment="After an erasure")


class WebhookRow(Base):
    __tablename__ = "webhook_rows"
    __table_args__ = (
        ForeignKeyConstraint(
            ["source", "webhook_id"],
            ["pii.webhook_bodies.source", "pii.webhook_bodies.webhook_id"],
            ondelete="CASCADE",
            comment="A row goes with the webhook that says it.",
        ),
        index("source", "webhook_id", why="A webhook is done when all its rows are."),
        {"schema": "pii", "comment": "Which webhook a row of an import came from."},
    )

    import_id: Mapped[Key]
    row_no: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    webhook_id: Mapped[str]
    item: Mapped[Count] = mapped_column(comment="Which object of a webhook that holds several")


class ErasedIdentifier(Base):
    __tablename__ = "erased_identifiers"
    __table_args__ = (
        {
            "schema": "pii",
            "comment": "Keyed hashes of erased identifiers; they refuse a re-import.",
        },
    )

    identifier_hmac: Mapped[bytes] = mapped_column(primary_key=True)
    erasure_id: Mapped[UUID]
    erased_at: Mapped[Now]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]


class DuplicateCandidate(Base):
    __tablename__ = "duplicate_candidates"
    __table_args__ = (
        one_of("state", ("open", "merged", "distinct")),
        refers("left_id", "pii.persons.person_id", "A pair names two people that exist."),
        refers("right_id", "pii.persons.person_id", "A pair names two people that exist."),
        check("ordered", "left_id < right_id", "A pair stands once, and no one beside themselves."),
        check("score", "score BETWEEN 0 AND 1", "A probability."),
        index("score", why="The queue shows the likeliest first.", where="state = 'open'"),
        index("right_id", why="A merge and an erasure find the pairs of a person."),
        unique("duplicate_id", why="A route names a pair by one id, which stays at every scan."),
        {
            "schema": "pii",
            "comment": "Pairs that may be one person, with what speaks for and against.",
        },
    )

    left_id: Mapped[Key]
    right_id: Mapped[Key]
    score: Mapped[float]
    evidence: Mapped[Listing] = mapped_column(comment="[{field, finding, weight, verdict}]")
    state: Mapped[str] = mapped_column(server_default="open")
    found_at: Mapped[Now]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    duplicate_id: Mapped[FactId]
    model: Mapped[str] = mapped_column(
        server_default="", comment="The version of the weights that the score was made with"
    )
