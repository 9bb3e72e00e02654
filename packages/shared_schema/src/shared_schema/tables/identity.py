"""Who counts as whom, and what people agreed to: the people's part of schema `program`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from shared_schema import vocabulary
from shared_schema.base import Base, Details, Key, NewId, Now, TextKey, check, index, one_of


class CanonicalPerson(Base):
    __tablename__ = "canonical_persons"
    __table_args__ = (
        check("not_itself", "source_id <> canonical_id", "No row says that a person is itself."),
        index("canonical_id", why="Who counts as this person; unmerge and totals ask it."),
        {"schema": "program", "comment": "Which person a source person counts as; no row: itself."},
    )

    source_id: Mapped[Key]
    canonical_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[Now]


class PersonMerge(Base):
    __tablename__ = "person_merges"
    __table_args__ = (
        check("two_people", "keep_id <> merged_id", "No one is merged with themselves."),
        index(
            "merged_id",
            why="A person is merged away at most once at a time; unmerge finds the merge.",
            where="unmerged_at IS NULL",
            only_one=True,
        ),
        {
            "schema": "program",
            "comment": "Each merge with what it moved, so that unmerge is lossless.",
        },
    )

    merge_id: Mapped[NewId]
    keep_id: Mapped[UUID]
    merged_id: Mapped[UUID]
    moved_ids: Mapped[list[UUID]] = mapped_column(comment="The source persons that it moved")
    choices: Mapped[Details] = mapped_column(comment="{field: keep|merge} for conflicting fields")
    reason: Mapped[str]
    merged_by: Mapped[str]
    merged_at: Mapped[Now]
    unmerged_by: Mapped[str | None]
    unmerged_at: Mapped[datetime | None]


class Consent(Base):
    __tablename__ = "consents"
    __table_args__ = (
        one_of("state", vocabulary.CONSENT_STATES),
        one_of("purpose", vocabulary.CONSENT_PURPOSES),
        one_of("basis", vocabulary.CONSENT_BASES),
        one_of("recorded_role", vocabulary.ROLES),
        {
            "schema": "program",
            "comment": "What a person allowed, by purpose; each change is a row.",
        },
    )

    person_id: Mapped[Key]
    purpose: Mapped[TextKey]
    revision: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    effective_at: Mapped[datetime]
    recorded_by: Mapped[str]
    created_at: Mapped[Now]
    recorded_role: Mapped[str]
    basis: Mapped[str] = mapped_column(comment="How it is known; a code, never words")
    text_version: Mapped[int] = mapped_column(comment="Which wording of the purpose it is about")


class ConsentInForce(Base):
    __tablename__ = "consents_in_force"
    __table_args__ = (
        one_of("purpose", vocabulary.CONSENT_PURPOSES),
        {
            "schema": "program",
            "comment": "What a source person's consents come to; no row: nothing was said.",
        },
    )

    person_id: Mapped[Key]
    purpose: Mapped[TextKey]
    in_force: Mapped[bool] = mapped_column(
        comment="Of all who count as the same person the stricter; triggers keep it"
    )
