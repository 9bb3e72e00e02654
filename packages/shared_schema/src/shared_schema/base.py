"""What every table is declared with: types, names of constraints, and a reason for each of them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Json = dict[str, Any]
SmallInt = Annotated[int, mapped_column(SmallInteger)]
BigInt = Annotated[int, mapped_column(BigInteger)]
Money = Annotated[Decimal, mapped_column(Numeric(18, 2))]
NewId = Annotated[UUID, mapped_column(primary_key=True, server_default=text("uuidv7()"))]
FactId = Annotated[UUID, mapped_column(server_default=text("uuidv7()"), sort_order=96)]
Key = Annotated[UUID, mapped_column(primary_key=True)]
TextKey = Annotated[str, mapped_column(primary_key=True)]
Now = Annotated[datetime, mapped_column(server_default=text("now()"))]
Details = Annotated[Json, mapped_column(server_default=text("'{}'::jsonb"))]
Listing = Annotated[
    list[Any], mapped_column(JSONB(none_as_null=True), server_default=text("'[]'::jsonb"))
]
Names = Annotated[list[str], mapped_column(server_default=text("'{}'::text[]"))]
Count = Annotated[int, mapped_column(server_default=text("0"))]
Flag = Annotated[bool, mapped_column(server_default=text("false"))]


class Base(DeclarativeBase):
    """The parent of every table; a column's type follows from its annotation."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads a plain dict here
        UUID: Uuid(),
        str: Text(),
        int: Integer(),
        float: Double(),
        Decimal: Numeric(),
        bytes: LargeBinary(),
        date: Date(),
        datetime: TIMESTAMP(timezone=True),
        Json: JSONB(none_as_null=True),
        list[str]: ARRAY(Text()),
        list[int]: ARRAY(Integer()),
        list[UUID]: ARRAY(Uuid()),
    }


class Fact:
    """What every fact carries: its revision, and the file, row and mapping it came from."""

    revision: Mapped[int] = mapped_column(server_default=text("1"), sort_order=90)
    import_id: Mapped[UUID | None] = mapped_column(sort_order=91)
    row_no: Mapped[int | None] = mapped_column(sort_order=92)
    mapping_version: Mapped[str | None] = mapped_column(sort_order=93)
    created_at: Mapped[Now] = mapped_column(sort_order=94)
    updated_at: Mapped[Now] = mapped_column(sort_order=95)


def one_of(column: str, values: Sequence[str]) -> CheckConstraint:
    """A check that `column` holds one of the words of a vocabulary."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(
        f"{column} IN ({listed})", name=column, comment="A word outside the vocabulary is a bug."
    )


def check(name: str, rule: str, why: str) -> CheckConstraint:
    """A rule that every row keeps, with its reason."""
    return CheckConstraint(rule, name=name, comment=why)


def unit_interval(column: str) -> CheckConstraint:
    """A check that `column` lies within 0 and 1."""
    return check(column, f"{column} BETWEEN 0 AND 1", "Stored on 0-1, whatever scale it came on.")


def unique(*columns: str, why: str, nulls_equal: bool = False) -> UniqueConstraint:
    """A key beside the primary one, with its reason."""
    if nulls_equal:
        return UniqueConstraint(*columns, comment=why, postgresql_nulls_not_distinct=True)
    return UniqueConstraint(*columns, comment=why)


def index(
    *columns: str,
    why: str,
    where: str | None = None,
    only_one: bool = False,
    name: str | None = None,
) -> Index:
    """An index with the query that pays for it; `only_one` makes it unique."""
    condition = None if where is None else text(where)
    return Index(name, *columns, unique=only_one, info={"why": why}, postgresql_where=condition)


def refers(column: str, target: str, why: str, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A foreign key of one column to `schema.table.column`, with its reason."""
    return ForeignKeyConstraint([column], [target], ondelete=ondelete, comment=why)
