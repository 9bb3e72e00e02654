"""The shapes of erasures."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from profile_service.schemas import Words

Reason = Annotated[Words, Field(max_length=500, description="Kept for ever: name nobody in it.")]


class Reasoned(BaseModel):
    """Why something is done."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class ErasurePreview(BaseModel):
    """What is held, by store; files, refused rows, logins and reviews are counted when erased."""

    person_id: UUID
    persons: list[UUID]
    stores: dict[str, int]
    services: list[str]


class ServiceAnswer(BaseModel):
    """What a service erased, in rows by store."""

    service: str
    completed_at: datetime
    counts: dict[str, int]


class ErasureShape(BaseModel):
    """How far an erasure is; once it is certified, `jws` proves `certificate` by the JWKS."""

    erasure_id: UUID
    person_id: UUID
    status: Literal["running", "signing", "completed"]
    requested_at: datetime
    requested_by: str
    reason: str | None
    completed_at: datetime | None
    backups_expire_at: datetime | None
    services: list[ServiceAnswer]
    waiting_for: list[str]
    lifted: bool
    certificate: dict[str, Any] | None
    jws: str | None
