"""Keeps the pairs of people who may be one, and what was decided of them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.repository.arrays import array

_SETTLE = text("""
    UPDATE pii.duplicate_candidates d
    SET state = CASE WHEN s.same THEN 'merged' ELSE 'distinct' END,
        decided_by = :actor, decided_at = now(), reason = :reason
    FROM (
        SELECT c.duplicate_id, coalesce(l.canonical_id, c.left_id)
            = coalesce(r.canonical_id, c.right_id) AS same
        FROM pii.duplicate_candidates c
        LEFT JOIN program.canonical_persons l ON l.source_id = c.left_id
        LEFT JOIN program.canonical_persons r ON r.source_id = c.right_id
        WHERE c.left_id = ANY(CAST(:sources AS uuid[]))
            OR c.right_id = ANY(CAST(:sources AS uuid[]))
    ) s
    WHERE d.duplicate_id = s.duplicate_id AND s.same = (d.state <> 'merged')
""")


async def settle(
    session: AsyncSession, sources: Collection[UUID], *, actor: str, reason: str
) -> None:
    """Bring pairs of these people in line with who counts as whom.

    Pairs who are one person now are merged; those who were merged and no longer are one were told
    apart by somebody, and so are distinct.
    """
    bound = {"sources": array(sources), "actor": actor, "reason": reason}
    await session.execute(_SETTLE, bound)
