"""The shapes of the queue of duplicates."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from profile_service.merging.schemas import Choice, MergeAnswer, Reason
from profile_service.schemas import Contact, ExternalIdentity

State = Literal["open", "merged", "distinct"]


class EvidenceShape(BaseModel):
    """What was found of a field; `weight` is log-odds for (+) or against (-) their being one."""

    field: str
    finding: str
    weight: float
    verdict: Literal["for", "against"]


class CandidatePerson(BaseModel):
    person_id: UUID
    status: str
    contact: Contact
    external_ids: list[ExternalIdentity]


class DuplicateShape(BaseModel):
    """Two people who may be one; `score` orders pairs and is not calibrated (see `model`)."""

    duplicate_id: UUID
    state: State
    score: float
    model: str
    evidence: list[EvidenceShape]
    people: list[CandidatePerson]
    found_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


class Decision(BaseModel):
    """What a pair is; `keep` is whom a merge keeps, the one known longer if it isn't said."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["merge", "distinct"]
    reason: Reason
    keep: UUID | None = None
    choices: dict[Annotated[str, Field(max_length=100)], Choice] = Field(default={}, max_length=60)


class DecisionAnswer(BaseModel):
    duplicate_id: UUID
    state: State
    merge: MergeAnswer | None = None


class ScanShape(BaseModel):
    """How the newest scan of this process went.

    `found` pairs are likely enough; `proposed` of them are open, the others were told apart.
    """

    status: Literal["idle", "running", "completed", "failed"]
    people: int | None = None
    found: int | None = None
    proposed: int | None = None
    seconds: float | None = None
    problem: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
