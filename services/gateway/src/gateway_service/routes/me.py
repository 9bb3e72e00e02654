"""The caller themselves."""

from uuid import UUID

from fastapi import APIRouter, Request

from gateway_service.parts import InUse
from gateway_service.schemas import Me, NewPassword
from shared_utils.auth import Caller, Role, Signed
from shared_utils.errors import ForbiddenError

router = APIRouter(prefix="/me", tags=["me"])


@router.get("", response_model_exclude_none=True)
async def show_me(caller: Signed) -> Me:
    """Who the token says you are."""
    return Me(
        subject=caller.subject,
        role=caller.role,
        company_id=caller.company_id,
        position=caller.position,
        person_id=caller.person_id,
        scopes=sorted(caller.scopes) if caller.role is Role.PARTNER else None,
    )


@router.put("/password", status_code=204)
async def change_password(new: NewPassword, caller: Signed, request: Request, parts: InUse) -> None:
    """A new password for your own login; all your sessions end, so sign in again."""
    address = request.client.host if request.client else "unknown"
    await parts.logins.change_password(
        _login_of(caller), new.current_password, new.new_password, address
    )


def _login_of(caller: Caller) -> UUID:
    try:
        return UUID(caller.subject)
    except ValueError:
        raise ForbiddenError("Your token does not belong to a login with a password.") from None
