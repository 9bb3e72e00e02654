"""Logins, for admins."""

from uuid import UUID

from fastapi import APIRouter

from gateway_service.errors import UnknownUserError
from gateway_service.pages import after
from gateway_service.parts import InUse
from gateway_service.repository import users
from gateway_service.schemas import ChangedRole, InvitedUser, NewUser, UserOut
from shared_utils.auth import Admin
from shared_utils.deps import Read
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, Page, next_cursor

router = APIRouter(prefix="/users", tags=["users"])


@router.post("", status_code=201, response_model_exclude_none=True)
async def invite(new: NewUser, caller: Admin, parts: InUse) -> InvitedUser:
    """A login for somebody; without a password the answer holds a first one, this once."""
    user, made_up = await parts.accounts.invited(caller, new)
    shown = UserOut.model_validate(user)
    return InvitedUser(**shown.model_dump(), initial_password=made_up)


@router.get("")
async def list_users(
    session: Read, _: Admin, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[UserOut]:
    """Everybody who has or had a login, in the order they were added."""
    found = await users.users_page(session, after(cursor), limit + 1)
    following = next_cursor(found, limit, lambda user: (user.user_id,))
    return Page(items=[UserOut.model_validate(user) for user in found[:limit]], next=following)


@router.get("/{user_id}")
async def show_user(user_id: UUID, session: Read, _: Admin) -> UserOut:
    """One login."""
    user = await users.user_by_id(session, user_id)
    if user is None:
        raise UnknownUserError
    return UserOut.model_validate(user)


@router.patch("/{user_id}")
async def change_role(user_id: UUID, new: ChangedRole, caller: Admin, parts: InUse) -> UserOut:
    """Another role, with what ties it to a company or person; the user has to sign in again."""
    return UserOut.model_validate(await parts.accounts.changed_role(caller, user_id, new))


@router.post("/{user_id}/disable")
async def disable(user_id: UUID, caller: Admin, parts: InUse) -> UserOut:
    """No more signing in; the last access token ends within minutes."""
    return UserOut.model_validate(await parts.accounts.disabled(caller, user_id))


@router.post("/{user_id}/enable")
async def enable(user_id: UUID, caller: Admin, parts: InUse) -> UserOut:
    """Signing in works again."""
    return UserOut.model_validate(await parts.accounts.enabled(caller, user_id))
