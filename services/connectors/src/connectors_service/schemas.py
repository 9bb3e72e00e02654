"""What the API answers; fields may be added, none is removed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class Rows(BaseModel):
    """What became of the rows; `read` is the sum of the others."""

    read: int
    created: int
    updated: int
    unchanged: int
    refused: int
    held: int


class Alternative(BaseModel):
    """Another field that a column may feed."""

    field: str
    confidence: float


class ProposedColumn(BaseModel):
    """What a column is proposed for; with a doubt it is shown, but not part of the mapping."""

    header: str
    index: int
    field: str | None
    confidence: float
    reason: str
    doubt: str | None = None
    alternatives: list[Alternative] = Field(default_factory=list)


class Lacking(BaseModel):
    """A required field that no column is beyond doubt for, and why."""

    field: str
    why: str


class Proposal(BaseModel):
    """A mapping for columns that none knows: `yaml` is ready to be sent as `mapping`.

    It is `complete` if it can be used, and confirmed, as it stands.
    """

    complete: bool
    yaml: str
    missing: list[str]
    lacking: list[Lacking] = Field(default_factory=list)
    doubtful: list[str]
    notes: list[str]
    columns: list[ProposedColumn]


class PreviewColumn(BaseModel):
    """What a column was taken for, and why; samples only for the uploader and admins.

    `fits` is the share of the cells looked at, without the empty ones, that keep the field's rule.
    """

    header: str
    field: str | None
    reason: str
    looked_at: int | None = None
    empty: int | None = None
    fits: float | None = None
    confidence: float | None = None
    doubt: str | None = None
    alternatives: list[Alternative] = Field(default_factory=list)
    samples: list[str] = Field(default_factory=list)


class Preview(BaseModel):
    """How the file was understood."""

    format: str = "csv"
    dialect: dict[str, str]
    encoding: str
    sheet: str | None = None
    header_row: int
    header_rows: int = 1
    footer_row: int | None = None
    columns: list[PreviewColumn]
    unknown_columns: list[str]
    warnings: list[str] = Field(default_factory=list)
    proposal: Proposal | None = None


class UndoView(BaseModel):
    """An undo and how far it is; the counts are rows, `facts` are records by kind and fate."""

    status: str
    asked_by: str
    asked_role: str
    asked_at: datetime
    finished_at: datetime | None = None
    done: int
    total: int
    restored: int = 0
    removed: int = 0
    kept: int = 0
    refused: int = 0
    facts: dict[str, dict[str, int]] = Field(default_factory=dict)
    note: str = ""


class ReplayView(BaseModel):
    """A replay of refused rows and how far it is."""

    status: str
    asked_by: str
    asked_role: str
    asked_at: datetime
    finished_at: datetime | None = None
    mapping: str
    version: str
    tried: int


class ColumnErrors(BaseModel):
    """How many rows a code refuses because of one column; no column: because of the row."""

    column: str | None
    code: str
    rows: int


class NewPeople(BaseModel):
    """How many people an import would create, and the first rows that name one."""

    new: int
    rows: list[int]


class Change(BaseModel):
    """A field that a row would change; words and whom a fact names are not repeated."""

    row: int
    record: str
    field: str
    old: Any
    new: Any


class Changes(BaseModel):
    """How many facts would change, by kind and field; the first changes for who may see rows."""

    fields: dict[str, dict[str, int]]
    first: list[Change] | None = None


class MovedFigures(BaseModel):
    """How a company's figures of a period would move; `facts` are new or changed records by kind.

    Differences may be below zero. `participants` are those whom these records name.
    """

    company: str
    period: str = Field(description="A quarter; all: memberships, sponsors or costs change")
    facts: dict[str, int]
    sessions_completed: int
    volunteer_hours: float
    participants: int | None


class Would(BaseModel):
    """What a dry run finds beside the counts; `figures` by company and quarter, the first 200."""

    people: NewPeople | None
    changes: Changes | None = None
    figures: list[MovedFigures] | None = None


class Report(BaseModel):
    """What an import's rows come to, once it is over: refusals by code and column, new people."""

    would: Would | None = None

    codes: dict[str, int] = Field(default_factory=dict)
    columns: list[ColumnErrors] = Field(default_factory=list)


class ImportView(BaseModel):
    """An import and how far it is."""

    import_id: UUID
    dataset: str
    channel: str = Field("file", description="file, json, webhook or pull")
    status: str
    dry_run: bool
    atomic: bool = False
    rows: Rows
    mapping: str | None
    mapping_version: str | None
    program: str | None
    sha256: str | None
    received_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    problem: dict[str, Any] | None = None
    preview: Preview | None = None
    report: Report | None = None
    undo: UndoView | None = None
    replay: ReplayView | None = None


class ImportList(BaseModel):
    """A page of imports, newest first."""

    items: list[ImportView]
    next: str | None


class RowError(BaseModel):
    """Why a row was refused; `row` is the line that a spreadsheet shows."""

    row: int
    code: str
    column: str | None
    message: str


class RowErrors(BaseModel):
    """A page of reasons, in the order of the file."""

    items: list[RowError]
    next: str | None
