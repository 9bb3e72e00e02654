"""What was done with special rights, for admins."""

from typing import Annotated

from fastapi import APIRouter, Query

from gateway_service.pages import after
from gateway_service.repository import audit
from gateway_service.schemas import AuditOut
from shared_utils.auth import Admin
from shared_utils.deps import Read
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, Page, next_cursor

router = APIRouter(prefix="/audit", tags=["audit"])

Only = Annotated[str | None, Query(max_length=200)]


@router.get("")
async def list_audit(
    session: Read,
    _: Admin,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
    actor: Only = None,
    action: Only = None,
    object_type: Only = None,
    object_id: Only = None,
) -> Page[AuditOut]:
    """Privileged actions of all services, the newest first."""
    wanted = {"actor": actor, "action": action, "object_type": object_type, "object_id": object_id}
    only = {name: value for name, value in wanted.items() if value is not None}
    found = await audit.audit_page(session, after(cursor), limit + 1, **only)
    following = next_cursor(found, limit, lambda row: (row.audit_id,))
    return Page(items=[AuditOut.model_validate(row) for row in found[:limit]], next=following)
