"""Rebuilding the projection from the event log."""

from fastapi import APIRouter

from profile_service.routes.parts import Replays
from profile_service.schemas import ReplayShape
from shared_utils.auth import Admin

router = APIRouter(tags=["replay"])


@router.post("/profile/replay", status_code=202)
async def start_replay(caller: Admin, replayer: Replays) -> ReplayShape:
    """Build the projection anew beside the one that answers, and swap if nothing was lost."""
    return await replayer.request()


@router.get("/profile/replay")
async def show_replay(caller: Admin, replayer: Replays) -> ReplayShape:
    """How far the newest replay is, and what it found."""
    return replayer.progress()
