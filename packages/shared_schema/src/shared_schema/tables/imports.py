"""Imports and their ledger, the mappings they used and the sources that are pulled."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Computed, text
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER
from sqlalchemy.orm import Mapped, mapped_column

from shared_schema import vocabulary
from shared_schema.base import (
    Base,
    BigInt,
    Count,
    Details,
    Flag,
    Json,
    Key,
    NewId,
    Now,
    TextKey,
    check,
    index,
    one_of,
    refers,
    unique,
)


class Import(Base):
    __tablename__ = "imports"
    __table_args__ = (
        one_of("status", vocabulary.IMPORT_STATUSES),
        one_of("program", vocabulary.PROGRAMS),
        one_of("channel", vocabulary.IMPORT_CHANNELS),
        check(
            "rows_add_up",
            "rows_read = rows_created + rows_updated + rows_unchanged + rows_refused + rows_held",
            "Every row that was read is accounted for.",
        ),
        index(
            "status",
            why="A worker that starts picks up what a crash left.",
            where="status IN ('receiving', 'received', 'running')",
        ),
        index("company_id", "import_id", why="A manager lists the company's own imports by page."),
        index(
            "import_id",
            why="A worker that starts goes on with what is being taken back or tried again.",
            where="undo ->> 'status' = 'running' OR replay ->> 'status' = 'running'",
            name="ix_imports_changing",
        ),
        {"schema": "ops", "comment": "Every upload, what became of it and how far it is."},
    )

    import_id: Mapped[NewId]
    dataset: Mapped[str]
    company_id: Mapped[UUID | None] = mapped_column(comment="Whose manager uploaded it")
    uploaded_by: Mapped[str]
    uploaded_role: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="receiving")
    dry_run: Mapped[Flag]
    atomic: Mapped[Flag]
    program: Mapped[str | None]
    mapping: Mapped[str | None]
    mapping_version: Mapped[str | None]
    filename_kind: Mapped[str | None] = mapped_column(comment="csv, xlsx or ndjson; never the name")
    sha256: Mapped[bytes | None]
    rows_read: Mapped[Count]
    rows_created: Mapped[Count]
    rows_updated: Mapped[Count]
    rows_unchanged: Mapped[Count]
    rows_refused: Mapped[Count]
    rows_held: Mapped[Count]
    next_row: Mapped[Count] = mapped_column(comment="Where a resume goes on")
    checkpoint: Mapped[Details]
    problem: Mapped[Json | None]
    preview: Mapped[Json | None]
    correlation_id: Mapped[str | None]
    received_at: Mapped[Now]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    channel: Mapped[str] = mapped_column(
        server_default="file", comment="A webhook import takes the webhooks of one UTC day"
    )
    undo: Mapped[Json | None] = mapped_column(comment="Who took it back, how far, what came of it")
    replay: Mapped[Json | None] = mapped_column(comment="Who tried its refused rows again, how far")
    report: Mapped[Json | None] = mapped_column(
        comment="Counts by column and code; what would move"
    )


class ImportRows(Base):
    __tablename__ = "import_rows"
    __table_args__ = (
        one_of("fact_type", vocabulary.FACT_TYPES),
        refers("import_id", "ops.imports.import_id", "A ledger goes with its import.", "CASCADE"),
        check(
            "packed_alike",
            "cardinality(row_nos) = cardinality(fact_ids)"
            " AND cardinality(row_nos) = cardinality(revisions_before)"
            " AND cardinality(row_nos) = cardinality(revisions_after)",
            "Four columns of one table: a shorter one would shift the rest.",
        ),
        index("fact_type", "highest_id", why="An erasure finds the rows that state a fact."),
        {"schema": "ops", "comment": "Which row became which fact: one packed row a chunk."},
    )

    import_id: Mapped[Key]
    chunk_no: Mapped[int] = mapped_column(primary_key=True)
    fact_type: Mapped[TextKey]
    first_row: Mapped[int]
    last_row: Mapped[int]
    row_nos: Mapped[list[int]]
    fact_ids: Mapped[list[UUID]]
    revisions_before: Mapped[list[int | None]] = mapped_column(
        ARRAY(INTEGER), comment="Null: the row created the fact"
    )
    revisions_after: Mapped[list[int]] = mapped_column(comment="Equal to before: unchanged")
    spoken: Mapped[list[str] | None] = mapped_column(
        comment="The columns, and with a dot the details, that the rows speak about; null: all"
    )
    asserts: Mapped[bool] = mapped_column(
        server_default=text("true"), comment="False: facts that were only told anew"
    )
    lowest_id: Mapped[UUID | None] = mapped_column(
        Computed("(array_sort(fact_ids))[1]", persisted=True),
        comment="With highest_id: which rows of other imports can hold the same facts",
    )
    highest_id: Mapped[UUID | None] = mapped_column(
        Computed("(array_sort(fact_ids))[cardinality(fact_ids)]", persisted=True)
    )
    unheard: Mapped[list[int] | None] = mapped_column(
        comment="Rows that changed nothing since what was stored goes first"
    )


class UndoneFact(Base):
    __tablename__ = "undone_facts"
    __table_args__ = (
        one_of("fact_type", vocabulary.FACT_TYPES),
        one_of("fate", ("removed", "restored", "kept", "refused")),
        refers("import_id", "ops.imports.import_id", "It goes with its import.", "CASCADE"),
        index("import_id", "row_no", why="What stayed of an import is listed by row."),
        {"schema": "ops", "comment": "What undoing an import did to each of its facts, and why."},
    )

    fact_type: Mapped[TextKey]
    fact_id: Mapped[Key]
    import_id: Mapped[Key]
    row_no: Mapped[int]
    fate: Mapped[str]
    revision: Mapped[int | None] = mapped_column(comment="The revision that the undo wrote")
    withdrawn: Mapped[bool] = mapped_column(
        comment="The import no longer speaks for the fact; else it may be asked again"
    )
    reason: Mapped[str | None] = mapped_column(comment="Why it stayed: a code")
    by_import: Mapped[UUID | None] = mapped_column(comment="The import that holds it")
    changed_at: Mapped[datetime | None]


class Mapping(Base):
    __tablename__ = "mappings"
    __table_args__ = (
        unique("name", "digest", why="The same mapping again is the same version."),
        {"schema": "ops", "comment": "Mappings that uploads brought; the shipped ones are files."},
    )

    name: Mapped[TextKey]
    version: Mapped[TextKey]
    dataset: Mapped[str]
    definition: Mapped[Json]
    digest: Mapped[str]
    company_id: Mapped[UUID | None]
    created_by: Mapped[str]
    created_at: Mapped[Now]


class Source(Base):
    __tablename__ = "sources"
    __table_args__ = (
        unique("name", why="People and logs call a source by its name."),
        index("next_run_at", why="The schedule takes what is due.", where="enabled"),
        {"schema": "ops", "comment": "APIs that are pulled on schedule or demand."},
    )

    source_id: Mapped[NewId]
    name: Mapped[str]
    dataset: Mapped[str]
    definition: Mapped[Json] = mapped_column(comment="Base URL, pagination, limits; no secret")
    sealed_secret: Mapped[bytes | None]
    enabled: Mapped[Flag]
    every_seconds: Mapped[int | None]
    cursor: Mapped[Details] = mapped_column(comment="Page and incremental cursor to resume at")
    last_import_id: Mapped[UUID | None]
    last_problem: Mapped[Json | None]
    created_by: Mapped[str]
    created_at: Mapped[Now]
    last_run_at: Mapped[datetime | None]
    next_run_at: Mapped[datetime | None]


class SchemaDrift(Base):
    __tablename__ = "schema_drift"
    __table_args__ = (
        one_of("kind", ("unknown", "missing", "type")),
        {"schema": "ops", "comment": "Fields that a partner sends and we don't expect, counted."},
    )

    source: Mapped[TextKey]
    field: Mapped[TextKey]
    kind: Mapped[TextKey]
    seen: Mapped[BigInt] = mapped_column(server_default="1")
    first_seen_at: Mapped[Now]
    last_seen_at: Mapped[Now]
