"""The shapes in which consent is recorded and shown."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

PurposeName = Literal["scoring", "evidence"]
State = Literal["given", "denied", "withdrawn"]
Basis = Literal["self", "written", "oral", "guardian", "partner", "correction"]

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


class ConsentChange(BaseModel):
    """A statement to record; staff say how it is known (`basis`), the person need not."""

    model_config = ConfigDict(extra="forbid")

    purpose: PurposeName
    state: State
    effective_at: Annotated[AwareDatetime, Field(ge=EARLIEST)] | None = None
    basis: Basis | None = None


class StatementShape(BaseModel):
    """One statement; `recorded_by` names who recorded it, for staff alone."""

    state: State
    effective_at: datetime
    recorded_at: datetime
    recorded_role: str
    recorded_by: str | None = None
    basis: Basis
    text_version: int


class ConsentShape(BaseModel):
    """What a person was asked, what holds (`in_force`), and everything they said, newest first.

    `state` and `since` are of the newest statement, null while nothing was said.
    """

    purpose: PurposeName
    title: str
    text: str
    text_version: int
    unrecorded: Literal["allowed", "refused"]
    in_force: bool
    state: State | None = None
    since: datetime | None = None
    history: list[StatementShape] = []


class Consents(BaseModel):
    """All purposes of a person."""

    items: list[ConsentShape]
