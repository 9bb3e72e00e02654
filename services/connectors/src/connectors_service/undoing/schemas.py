"""What the API answers about an undo."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class Holder(BaseModel):
    """Whose word a record goes by now; `import_id` and `subject` only if the caller sees them."""

    role: str | None
    import_id: UUID | None = None
    subject: str | None = None


class RowLeft(BaseModel):
    """A record of a row that stays: why, because of whom, and since when."""

    row: int
    record: str
    fate: str
    code: str | None
    message: str
    by: Holder | None = None
    at: datetime | None = None


class Figures(BaseModel):
    """A company's figures that move, and by how many records of each kind."""

    company: str
    period: str
    facts: dict[str, int]


class People(BaseModel):
    """Whose profiles change; `ids` are the first of them."""

    count: int
    ids: list[UUID]


class UndoPreview(BaseModel):
    """What undo would do now; the counts are rows, `facts` are records by kind and fate.

    What was taken back before is not counted again.
    """

    import_id: UUID
    preview: bool = True
    restored: int
    removed: int
    kept: int
    refused: int
    facts: dict[str, dict[str, int]]
    undone_before: int = Field(0, description="Records that an undo before this one settled")
    discarded: int = Field(description="Refused and waiting rows that would be let go")
    people: People
    figures: list[Figures]
    rows: list[RowLeft] = Field(description="The first records that would stay")
    note: str


class RowsLeft(BaseModel):
    """A page of records that stayed, in the order of the file."""

    items: list[RowLeft]
    next: str | None
