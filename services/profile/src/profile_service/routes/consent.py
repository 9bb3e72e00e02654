"""What a person allows."""

from uuid import UUID

from fastapi import APIRouter

from profile_service.consent.changing import change_consent
from profile_service.consent.purposes import load_purposes
from profile_service.consent.schemas import ConsentChange, Consents
from profile_service.routes.parts import Figures
from shared_utils.auth import AdminOrSelf
from shared_utils.deps import Write

router = APIRouter(tags=["profiles"])


@router.put("/profile/{person_id}/consent")
async def put_consent(
    person_id: UUID,
    change: ConsentChange,
    work: Write,
    caller: AdminOrSelf,
    figuring: Figures,
) -> Consents:
    """Record what the person says of a purpose: they themselves, or staff who say how they know."""
    return await change_consent(work, caller, person_id, change, load_purposes(), figuring.zone)
