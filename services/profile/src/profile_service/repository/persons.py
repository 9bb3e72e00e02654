"""Reads and writes who a person is: names, external ids, and the logs of who looked and changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared_utils.auth import Caller
from shared_utils.correlation import current_id


@dataclass(frozen=True, slots=True)
class Person:
    """A canonical person with the source persons that count as them."""

    person_id: UUID
    status: str
    display_name: str | None
    phone: str | None
    sources: list[UUID]


_PERSON = text("""
    SELECT p.person_id, p.status, p.display_name, p.phone,
        p.person_id || ARRAY(SELECT source_id FROM program.canonical_persons
            WHERE canonical_id = p.person_id ORDER BY source_id)
    FROM pii.persons p
    WHERE p.status <> 'erased' AND p.person_id = coalesce(
        (SELECT canonical_id FROM program.canonical_persons WHERE source_id = :person), :person)
""")

_OWNER = text("""
    SELECT person_id FROM pii.external_ids
    WHERE provider = :provider AND external_id = :external_id
""")

_LINK = text("""
    INSERT INTO pii.external_ids (provider, external_id, person_id)
    VALUES (:provider, :external_id, :person)
    ON CONFLICT (provider, external_id) DO NOTHING
    RETURNING revision
""")

_RENAME = text("""
    UPDATE pii.persons SET
        display_name = CASE WHEN :set_name THEN CAST(:display_name AS text) ELSE display_name END,
        phone = CASE WHEN :set_phone THEN CAST(:phone AS text) ELSE phone END,
        updated_at = now()
    WHERE person_id = :person
""")

_LOOKED = text("""
    INSERT INTO insight.access_log (person_id, actor, role, company_id, action, correlation_id)
    VALUES (:person, :actor, :role, :company, :action, :correlation)
""")

_AUDIT = text("""
    INSERT INTO ops.audit_log
        (actor, role, action, object_type, object_id, reason, correlation_id)
    VALUES (:actor, :role, :action, :object_type, :object_id, :reason, :correlation)
""")


async def person_by_id(session: AsyncSession, person_id: UUID) -> Person | None:
    """The person that this one counts as; None where there is none, or none any more."""
    row = (await session.execute(_PERSON, {"person": person_id})).one_or_none()
    return Person(*row) if row else None


async def owner_of(session: AsyncSession, provider: str, external_id: str) -> UUID | None:
    """The source person whom an external id means."""
    bound = {"provider": provider, "external_id": external_id}
    found: UUID | None = (await session.execute(_OWNER, bound)).scalar_one_or_none()
    return found


async def link(
    session: AsyncSession, provider: str, external_id: str, person_id: UUID
) -> int | None:
    """Link an id that nobody has; its revision, or None where somebody has it."""
    bound = {"provider": provider, "external_id": external_id, "person": person_id}
    revision: int | None = (await session.execute(_LINK, bound)).scalar_one_or_none()
    return revision


async def rename(session: AsyncSession, person_id: UUID, given: Mapping[str, Any]) -> None:
    """Set name and phone, those of the two that are given; None empties."""
    bound = {
        "person": person_id,
        "set_name": "display_name" in given,
        "display_name": given.get("display_name"),
        "set_phone": "phone" in given,
        "phone": given.get("phone"),
    }
    await session.execute(_RENAME, bound)


async def log_access(session: AsyncSession, person_id: UUID, caller: Caller, action: str) -> None:
    """Record that the caller looked at what is held about a person."""
    bound = {
        "person": person_id,
        "actor": caller.subject,
        "role": caller.role,
        "company": caller.company_id,
        "action": action,
        "correlation": current_id(),
    }
    await session.execute(_LOOKED, bound)


async def log_change(
    session: AsyncSession,
    caller: Caller,
    action: str,
    of: tuple[str, str],
    reason: str | None = None,
) -> None:
    """Record a privileged action on (type, id) and why it was taken."""
    bound = {
        "actor": caller.subject,
        "role": caller.role,
        "action": action,
        "object_type": of[0],
        "object_id": of[1],
        "reason": reason,
        "correlation": current_id(),
    }
    await session.execute(_AUDIT, bound)
