"""Keeps the pairs of people who may be one, and what was decided of them."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.duplicates.finding import Candidate
from profile_service.repository.arrays import array
from shared_schema.locks import Lock

Apart = set[tuple[str, str]]
"""The findings (field, finding) that were known when two people were told apart."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A pair in the queue with its people, as JSON."""

    duplicate_id: UUID
    state: str
    score: float
    model: str
    evidence: list[dict[str, Any]]
    found_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    left_id: UUID
    right_id: UUID
    people: list[dict[str, Any]]


_HOLD = text("SELECT pg_advisory_xact_lock(:key)")

_TOLD_APART = text("""
    SELECT coalesce(l.canonical_id, d.left_id), coalesce(r.canonical_id, d.right_id), d.evidence
    FROM pii.duplicate_candidates d
    LEFT JOIN program.canonical_persons l ON l.source_id = d.left_id
    LEFT JOIN program.canonical_persons r ON r.source_id = d.right_id
    WHERE d.state = 'distinct'
""")

_PROPOSE = text("""
    INSERT INTO pii.duplicate_candidates AS held (left_id, right_id, score, evidence, model)
    SELECT n.left_id, n.right_id, n.score, n.evidence, :model
    FROM unnest(CAST(:left AS uuid[]), CAST(:right AS uuid[]), CAST(:scores AS float8[]),
        CAST(:evidence AS jsonb[])) AS n (left_id, right_id, score, evidence)
    JOIN pii.persons l ON l.person_id = n.left_id AND l.status <> 'erased'
    JOIN pii.persons r ON r.person_id = n.right_id AND r.status <> 'erased'
    ORDER BY n.left_id, n.right_id
    ON CONFLICT (left_id, right_id) DO UPDATE SET
        score = excluded.score, evidence = excluded.evidence, model = excluded.model,
        state = 'open', decided_by = NULL, decided_at = NULL, reason = NULL,
        found_at = CASE WHEN held.state = 'open' THEN held.found_at ELSE now() END
    WHERE (held.state, held.score, held.evidence, held.model)
        IS DISTINCT FROM ('open', excluded.score, excluded.evidence, excluded.model)
""")

_WITHDRAW = text("""
    DELETE FROM pii.duplicate_candidates d
    USING pii.persons l, pii.persons r
    WHERE l.person_id = d.left_id AND r.person_id = d.right_id
        AND ('erased' IN (l.status, r.status) OR (d.state = 'open' AND NOT EXISTS (
            SELECT FROM unnest(CAST(:left AS uuid[]), CAST(:right AS uuid[])) AS n (one, other)
            WHERE n.one = d.left_id AND n.other = d.right_id)))
""")

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

_QUEUED = """
    SELECT d.duplicate_id, d.state, d.score, d.model, d.evidence, d.found_at, d.decided_by,
        d.decided_at, d.reason, d.left_id, d.right_id, (
            SELECT jsonb_agg(jsonb_build_object('person_id', p.person_id, 'status', p.status,
                'name', p.display_name, 'phone', p.phone, 'ids', (
                    SELECT coalesce(jsonb_agg(jsonb_build_array(e.provider, e.external_id)
                        ORDER BY e.provider, e.external_id), '[]')
                    FROM pii.external_ids e
                    WHERE e.person_id = p.person_id OR e.person_id IN (
                        SELECT source_id FROM program.canonical_persons
                        WHERE canonical_id = p.person_id))) ORDER BY p.person_id)
            FROM pii.persons p WHERE p.person_id IN (d.left_id, d.right_id)) AS people
    FROM pii.duplicate_candidates d
    WHERE NOT EXISTS (SELECT FROM pii.persons p
            WHERE p.person_id IN (d.left_id, d.right_id) AND p.status = 'erased')
        AND (d.state <> 'open' OR NOT EXISTS (SELECT FROM program.canonical_persons c
            WHERE c.source_id IN (d.left_id, d.right_id)))
"""

_PAGE = text(
    _QUEUED
    + """
        AND d.state = :state
        AND (CAST(:score AS float8) IS NULL
            OR (-d.score, d.duplicate_id) > (-CAST(:score AS float8), CAST(:after AS uuid)))
    ORDER BY d.score DESC, d.duplicate_id LIMIT :limit
"""
)

_ONE = text(_QUEUED + " AND d.duplicate_id = :duplicate")

_STATE = text("""
    SELECT state FROM pii.duplicate_candidates WHERE duplicate_id = :duplicate FOR UPDATE
""")

_DECIDE = text("""
    UPDATE pii.duplicate_candidates
    SET state = 'distinct', decided_by = :actor, decided_at = now(), reason = :reason
    WHERE duplicate_id = :duplicate AND state = 'open'
    RETURNING duplicate_id
""")


async def hold(session: AsyncSession) -> None:
    """Let one scan write at a time, until the transaction ends."""
    await session.execute(_HOLD, {"key": int(Lock.DUPLICATES)})


async def told_apart(session: AsyncSession) -> dict[tuple[UUID, UUID], Apart]:
    """The canonical persons who were told apart, and what was known of them then.

    Whoever was told apart from someone is told apart from those who count as the same.
    """
    found: dict[tuple[UUID, UUID], Apart] = defaultdict(set)
    for left, right, evidence in await session.execute(_TOLD_APART):
        pair = (left, right) if left < right else (right, left)
        found[pair] |= {(one["field"], one["finding"]) for one in evidence}
    return found


async def propose(session: AsyncSession, found: Sequence[Candidate], model: str) -> None:
    """Open these pairs, or bring those that are open in line."""
    shown = [json.dumps([evidence.shown for evidence in one.evidence]) for one in found]
    bound = {
        "left": array(one.left_id for one in found),
        "right": array(one.right_id for one in found),
        "scores": "{" + ",".join(str(one.score) for one in found) + "}",
        "evidence": array(shown),
        "model": model,
    }
    await session.execute(_PROPOSE, bound)


async def withdraw(session: AsyncSession, found: Sequence[tuple[UUID, UUID]]) -> None:
    """Forget the open pairs that are not among these, and every pair of an erased person."""
    bound = {"left": array(one for one, _ in found), "right": array(two for _, two in found)}
    await session.execute(_WITHDRAW, bound)


async def settle(
    session: AsyncSession, sources: Collection[UUID], *, actor: str, reason: str
) -> None:
    """Bring pairs of these people in line with who counts as whom.

    Pairs who are one person now are merged; those who were merged and no longer are one were told
    apart by somebody, and so are distinct.
    """
    bound = {"sources": array(sources), "actor": actor, "reason": reason}
    await session.execute(_SETTLE, bound)


async def page(
    session: AsyncSession, state: str, after: tuple[float, UUID] | None, limit: int
) -> list[Queued]:
    """The pairs of a state, likeliest first, from after the given (score, id) on."""
    score, duplicate = after or (None, UUID(int=0))
    bound = {
        "state": state,
        "score": score,
        "after": duplicate,
        "limit": limit,
    }
    return [Queued(*row) for row in await session.execute(_PAGE, bound)]


async def peek(session: AsyncSession, duplicate_id: UUID) -> Queued | None:
    """A pair; None where there is none, or one of its people is gone or counts as someone else."""
    row = (await session.execute(_ONE, {"duplicate": duplicate_id})).one_or_none()
    return Queued(*row) if row else None


async def is_open(session: AsyncSession, duplicate_id: UUID) -> bool:
    """Whether nobody has decided of a pair; nobody else can until the transaction ends."""
    found = await session.execute(_STATE, {"duplicate": duplicate_id})
    return found.scalar_one_or_none() == "open"


async def tell_apart(session: AsyncSession, duplicate_id: UUID, *, actor: str, reason: str) -> bool:
    """Decide that the two are two; false where somebody has decided already."""
    bound = {"duplicate": duplicate_id, "actor": actor, "reason": reason}
    return (await session.execute(_DECIDE, bound)).one_or_none() is not None
