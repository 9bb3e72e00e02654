"""What the webhook API answers; fields may be added, none is removed."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from connectors_service.schemas import RowError


class TakenWebhook(BaseModel):
    """A webhook that is stored; `repeated` says that it was there before: nothing happens twice."""

    source: str
    kind: str
    webhook_id: str
    repeated: bool
    dry_run: Literal[False] = False


class DriftView(BaseModel):
    """A member that is not as the shape says: unknown, missing, or of another type."""

    field: str
    kind: str


class RehearsedRow(BaseModel):
    """What one row would become, and why not if it would be refused."""

    dataset: str
    mapping: str
    would_be: str
    errors: list[RowError]


class RehearsedWebhook(BaseModel):
    """What a webhook would do; nothing of it is stored."""

    source: str
    kind: str
    dry_run: Literal[True] = True
    rows: list[RehearsedRow]
    drift: list[DriftView]


class CountedDrift(DriftView):
    """How often a partner's payloads differed in a field; `source` is the webhook's path."""

    model_config = ConfigDict(from_attributes=True)

    source: str
    seen: int
    first_seen_at: datetime
    last_seen_at: datetime


class RowPlace(BaseModel):
    """A row of an import."""

    import_id: UUID
    row: int


class Delivery(BaseModel):
    """A webhook that was taken, and what became of it; never what it holds."""

    source: str
    webhook_id: str
    webhook: str
    received_at: datetime
    processed_at: datetime | None
    rejected_repeats: int
    problem: dict[str, Any] | None
    rows: list[RowPlace]


class ShapeField(BaseModel):
    """A member of a payload by its path."""

    field: str
    types: list[str]
    required: bool


class ShapeView(BaseModel):
    """A webhook that partners send."""

    source: str
    kind: str
    description: str
    path: str
    fields: list[ShapeField]
    datasets: list[str]
    several: bool


class ShapeList(BaseModel):
    """Every webhook there is."""

    items: list[ShapeView]
    next: str | None = None
