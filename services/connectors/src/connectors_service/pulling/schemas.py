"""What the API of sources takes and answers."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from connectors_service.pulling.definition import NAME, Definition
from connectors_service.schemas import PreviewColumn, RowError

Secret = Annotated[
    str,
    Field(
        max_length=4000,
        pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$",
        json_schema_extra={"writeOnly": True},
    ),
]


class SourceSettings(Definition):
    """A source without its name; the secret is kept sealed and never shown again."""

    dataset: str = Field(max_length=100)
    secret: Secret | None = Field(None, repr=False)
    every_seconds: int | None = Field(None, ge=60, le=31 * 86400)
    enabled: bool = True

    def definition(self) -> Definition:
        """Return what is stored as the definition."""
        return Definition.model_validate(
            self.model_dump(include=set(Definition.model_fields), exclude_unset=True)
        )


class NewSource(SourceSettings):
    """A source to be."""

    name: str = Field(pattern=NAME, max_length=60)


class PullView(BaseModel):
    """A pull under way: pages read so far, and records kept."""

    import_id: UUID
    pages: int
    records: int
    bytes: int
    since: str | None
    failures: int


class SourceView(Definition):
    """A source as it is, and how its pulls go; no secret."""

    name: str
    dataset: str
    has_secret: bool
    enabled: bool
    every_seconds: int | None
    since: str | None = Field(description="The greatest value that completed imports have seen.")
    pull: PullView | None
    last_import_id: UUID | None
    last_problem: dict[str, Any] | None
    last_run_at: datetime | None
    next_run_at: datetime | None
    created_by: str
    created_at: datetime


class SourceList(BaseModel):
    """A page of sources by name."""

    items: list[SourceView]
    next: str | None


class Trial(BaseModel):
    """One page, fetched and read as a pull would, with nothing stored."""

    url: str
    records: int = 0
    has_next: bool = False
    accepted: int = 0
    refused: int = 0
    since: str | None = None
    columns: list[PreviewColumn] = Field(default_factory=list)
    errors: list[RowError] = Field(default_factory=list)
    problem: dict[str, Any] | None = None
