"""Who is one person: merging two, and taking a merge back."""

from typing import Annotated

from fastapi import APIRouter, Query

from profile_service.merging.merges import Merging, answer, mergeable, partable
from profile_service.merging.previews import Previewing
from profile_service.merging.schemas import (
    MergeAnswer,
    MergePreview,
    MergeRequest,
    UnmergeRequest,
)
from profile_service.routes.parts import Figures, Projects
from shared_utils.auth import AdminOrCoordinator
from shared_utils.deps import Write

router = APIRouter(tags=["identity"])

Preview = Annotated[bool, Query(description="Show what would change, and write nothing.")]


@router.post("/profile/merge")
async def merge_people(
    asked: MergeRequest,
    work: Write,
    caller: AdminOrCoordinator,
    projector: Projects,
    figuring: Figures,
    preview: Preview = False,
) -> MergeAnswer | MergePreview:
    """Have two people count as one; both keep their facts, ids and addresses."""
    pair = await mergeable(work, asked, projector.rules)
    merging = Merging(work, projector, caller)
    if preview:
        return await Previewing(merging, figuring).merge(pair)
    return answer(pair, await merging.merge(pair, asked.reason))


@router.post("/profile/unmerge")
async def unmerge_people(
    asked: UnmergeRequest,
    work: Write,
    caller: AdminOrCoordinator,
    projector: Projects,
    figuring: Figures,
    preview: Preview = False,
) -> MergeAnswer | MergePreview:
    """Take a merge back, as if it had never been; merges made since then stay."""
    pair = await partable(work, asked)
    merging = Merging(work, projector, caller)
    if preview:
        return await Previewing(merging, figuring).unmerge(pair)
    return answer(pair, await merging.unmerge(pair, asked.reason))
