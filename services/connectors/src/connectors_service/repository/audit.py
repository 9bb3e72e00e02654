"""Privileged actions, for the audit log."""

from sqlalchemy import insert

from shared_schema.tables.ops import AuditEntry
from shared_utils.auth import Caller
from shared_utils.work import Work


async def record(work: Work, caller: Caller, action: str, kind: str, object_id: str) -> None:
    """Write who did what to which object."""
    entry = {
        "actor": caller.subject,
        "role": caller.role,
        "action": action,
        "object_type": kind,
        "object_id": object_id,
        "correlation_id": work.correlation_id,
    }
    await work.session.execute(insert(AuditEntry).values(entry))
