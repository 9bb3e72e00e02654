"""Writes erasures: people into tombstones, services' answers, the certificate; and erases here."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.erasing.answers import Step
from profile_service.repository.arrays import array

_IDENTIFIERS = text("""
    SELECT provider, external_id FROM pii.external_ids
    WHERE person_id = ANY(CAST(:persons AS uuid[]))
    UNION
    SELECT provider, external_id FROM pii.platform_accounts
    WHERE person_id = ANY(CAST(:persons AS uuid[]))
""")

_MARK = text("""
    SELECT pii.mark_erased(:erasure, CAST(:persons AS uuid[]), CAST(:hmacs AS bytea[]),
        :actor, :reason, now())
""")

_OF_PERSON = text("SELECT erasure_id FROM ops.erased_persons WHERE person_id = :person")

_ERASURE = text("""
    SELECT e.erasure_id, e.person_id, e.requested_by, e.reason, e.requested_at, e.completed_at,
        e.backups_expire_at, e.certificate, c.jws,
        EXISTS (SELECT FROM pii.erased_identifiers i
            WHERE i.erasure_id = e.erasure_id AND i.lifted_at IS NOT NULL) AS lifted
    FROM ops.erasures e LEFT JOIN ops.erasure_certificates c USING (erasure_id)
    WHERE e.erasure_id = :erasure
""")

_NEWEST = text("""
    SELECT erasure_id FROM ops.erasures
    WHERE CAST(:before AS uuid) IS NULL OR erasure_id < CAST(:before AS uuid)
    ORDER BY erasure_id DESC LIMIT :limit
""")

_HOLD = text("SELECT certificate IS NULL FROM ops.erasures WHERE erasure_id = :erasure FOR UPDATE")

_STEP = text("""
    INSERT INTO ops.erasure_steps (erasure_id, service, counts)
    VALUES (:erasure, :service, CAST(:counts AS jsonb))
    ON CONFLICT DO NOTHING
""")

_STEPS = text("""
    SELECT service, counts, completed_at FROM ops.erasure_steps WHERE erasure_id = :erasure
""")

_CERTIFY = text("""
    UPDATE ops.erasures SET certificate = CAST(:certificate AS jsonb),
        completed_at = CAST(:completed AS timestamptz),
        backups_expire_at = CAST(:expire AS timestamptz)
    WHERE erasure_id = :erasure
""")

_LIFT = text("""
    UPDATE pii.erased_identifiers SET lifted_at = now(), lifted_by = :actor
    WHERE erasure_id = :erasure AND lifted_at IS NULL
""")

_IS_ERASED = text("""
    SELECT EXISTS (SELECT FROM pii.erased_identifiers
        WHERE identifier_hmac = :hmac AND lifted_at IS NULL)
""")


@dataclass(frozen=True, slots=True)
class StoredErasure:
    """An erasure as it is kept."""

    erasure_id: UUID
    person_id: UUID
    requested_by: str
    reason: str | None
    requested_at: datetime
    completed_at: datetime | None
    backups_expire_at: datetime | None
    certificate: dict[str, Any] | None
    jws: str | None
    lifted: bool


async def identifiers_of(session: AsyncSession, persons: Collection[UUID]) -> list[tuple[str, str]]:
    """Everything that these people are known by: (provider, external id)."""
    rows = await session.execute(_IDENTIFIERS, {"persons": array(persons)})
    return [(provider, external_id) for provider, external_id in rows]


async def mark(
    session: AsyncSession,
    erasure_id: UUID,
    persons: Sequence[UUID],
    hmacs: Sequence[bytes],
    actor: str,
    reason: str,
) -> None:
    """Turn people into tombstones; from now on their identifiers are refused."""
    bound = {
        "erasure": erasure_id,
        "persons": list(persons),
        "hmacs": list(hmacs),
        "actor": actor,
        "reason": reason,
    }
    await session.execute(_MARK, bound)


async def erasure_of(session: AsyncSession, person_id: UUID) -> UUID | None:
    """The erasure that this person went with."""
    found: UUID | None = await session.scalar(_OF_PERSON, {"person": person_id})
    return found


async def erasure_by_id(session: AsyncSession, erasure_id: UUID) -> StoredErasure | None:
    row = (await session.execute(_ERASURE, {"erasure": erasure_id})).one_or_none()
    return StoredErasure(*row) if row else None


async def erasures_before(session: AsyncSession, before: UUID | None, limit: int) -> Sequence[UUID]:
    """Erasures, the newest first."""
    return (await session.scalars(_NEWEST, {"before": before, "limit": limit})).all()


async def hold(session: AsyncSession, erasure_id: UUID) -> bool:
    """Keep others from adding answers until the transaction ends; False if it is certified."""
    return bool(await session.scalar(_HOLD, {"erasure": erasure_id}))


async def add_step(
    session: AsyncSession, erasure_id: UUID, service: str, counts: Mapping[str, int]
) -> None:
    """Note what a service erased; its first answer stands."""
    bound = {"erasure": erasure_id, "service": service, "counts": json.dumps(dict(counts))}
    await session.execute(_STEP, bound)


async def steps_of(session: AsyncSession, erasure_id: UUID) -> dict[str, Step]:
    """The answers so far, by service."""
    rows = await session.execute(_STEPS, {"erasure": erasure_id})
    return {row.service: Step(row.service, row.counts, row.completed_at) for row in rows}


async def certify(session: AsyncSession, erasure_id: UUID, certificate: dict[str, Any]) -> None:
    """Keep what is certified."""
    bound = {
        "erasure": erasure_id,
        "certificate": json.dumps(certificate),
        "completed": certificate["completed_at"],
        "expire": certificate["backups_expire_at"],
    }
    await session.execute(_CERTIFY, bound)


async def lift(session: AsyncSession, erasure_id: UUID, actor: str) -> None:
    """Take the identifiers of an erasure again."""
    await session.execute(_LIFT, {"erasure": erasure_id, "actor": actor})


async def is_erased(session: AsyncSession, hmac: bytes) -> bool:
    """Whether an identifier belongs to an erased person, and nobody lifted that."""
    return bool(await session.scalar(_IS_ERASED, {"hmac": hmac}))
