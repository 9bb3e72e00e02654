"""The shapes of merging: what is asked, what was done, what would change."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from profile_service.facts import Json
from profile_service.schemas import Words

Choice = Literal["keep", "merge"]
Reason = Annotated[Words, Field(max_length=500)]


class UnmergeRequest(BaseModel):
    """Two people, and why."""

    model_config = ConfigDict(extra="forbid")

    keep: UUID
    merge: UUID
    reason: Reason


class MergeRequest(UnmergeRequest):
    """Two people who are one; of conflicting fields the kept person's counts unless chosen."""

    choices: dict[Annotated[str, Field(max_length=100)], Choice] = Field(default={}, max_length=60)


class MergeAnswer(BaseModel):
    """What was done; `person_id` is whom the kept person counts as, `moved` who moved."""

    merge_id: UUID
    keep: UUID
    merge: UUID
    person_id: UUID
    moved: list[UUID]
    merged_at: datetime


class ConflictShape(BaseModel):
    """A field in which the two differ.

    `resolution` is what holds after the merge: `keep` or `merge` where it can be chosen, `both`
    where nothing is given up, `stricter` for consents.
    """

    field: str
    keep: Json
    merge: Json
    can_choose: bool
    resolution: Literal["keep", "merge", "both", "stricter"]


class FigureSide(BaseModel):
    """A figure before or after; digests tell that its inputs differ although the value doesn't."""

    value: int | float | None
    reason: str | None = None
    interval: tuple[float, float] | None = None
    n: int | None = None
    digest: str | None = None


class MovedFigure(BaseModel):
    """A company's figure that would move; `status` of its period: a closed one is restated."""

    company_id: UUID
    period: str
    status: str
    metric: str
    before: FigureSide
    after: FigureSide


class MergePreview(BaseModel):
    """What a merge or unmerge would change; nothing was written.

    `complete` is false where so many periods are touched that only the newest were computed.
    """

    keep: UUID
    merge: UUID
    person_id: UUID
    moved: list[UUID]
    conflicts: list[ConflictShape]
    figures: list[MovedFigure]
    complete: bool
