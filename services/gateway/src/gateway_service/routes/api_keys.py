"""Partners' keys, for admins."""

from uuid import UUID

from fastapi import APIRouter

from gateway_service.errors import UnknownApiKeyError
from gateway_service.pages import after
from gateway_service.parts import InUse
from gateway_service.repository import api_keys
from gateway_service.schemas import ApiKeyOut, NewApiKey, ShownApiKey
from shared_utils.auth import Admin
from shared_utils.deps import Read
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, Page, next_cursor

router = APIRouter(prefix="/api-keys", tags=["api-keys"])


@router.post("", status_code=201)
async def make_key(new: NewApiKey, caller: Admin, parts: InUse) -> ShownApiKey:
    """A key for a partner; its secret is in this answer and nowhere else."""
    key, secret = await parts.api_keys.made(caller, new)
    shown = ApiKeyOut.model_validate(key)
    return ShownApiKey(**shown.model_dump(), secret=secret)


@router.get("")
async def list_keys(
    session: Read, _: Admin, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[ApiKeyOut]:
    """Every key there is or was, without its secret."""
    found = await api_keys.api_keys_page(session, after(cursor), limit + 1)
    following = next_cursor(found, limit, lambda key: (key.key_id,))
    return Page(items=[ApiKeyOut.model_validate(key) for key in found[:limit]], next=following)


@router.get("/{key_id}")
async def show_key(key_id: UUID, session: Read, _: Admin) -> ApiKeyOut:
    """One key, without its secret."""
    key = await api_keys.api_key_by_id(session, key_id)
    if key is None:
        raise UnknownApiKeyError
    return ApiKeyOut.model_validate(key)


@router.delete("/{key_id}")
async def revoke_key(key_id: UUID, caller: Admin, parts: InUse) -> ApiKeyOut:
    """The key opens nothing from the next request on."""
    return ApiKeyOut.model_validate(await parts.api_keys.revoked(caller, key_id))
