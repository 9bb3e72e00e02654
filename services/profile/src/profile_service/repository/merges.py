"""Moves the canonical ids of people, and keeps each merge with what it moved."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.merging.groups import Merge, Side
from profile_service.repository.arrays import array


@dataclass(frozen=True, slots=True)
class Recorded:
    """A merge as it is kept; `revision` counts the merges and unmerges of the merged person."""

    merge_id: UUID
    keep_id: UUID
    merged_id: UUID
    moved_ids: list[UUID]
    merged_at: datetime
    revision: int


_COUNTING_AS = text("""
    SELECT p.person_id, coalesce(c.canonical_id, p.person_id)
    FROM pii.persons p
    LEFT JOIN program.canonical_persons c ON c.source_id = p.person_id
    WHERE p.person_id = ANY(CAST(:persons AS uuid[])) AND p.status <> 'erased'
        AND NOT EXISTS (SELECT FROM pii.persons k
            WHERE k.person_id = c.canonical_id AND k.status = 'erased')
""")

_STANDING = text("""
    SELECT keep_id, merged_id, choices FROM program.person_merges
    WHERE unmerged_at IS NULL AND merged_id = ANY(CAST(:sources AS uuid[]))
    ORDER BY merged_at, merge_id
""")

_MOVE = text("""
    INSERT INTO program.canonical_persons AS held (source_id, canonical_id)
    SELECT s.source_id, :canonical FROM (
        SELECT CAST(:merged AS uuid) AS source_id
        UNION SELECT source_id FROM program.canonical_persons WHERE canonical_id = :merged
    ) s
    ORDER BY s.source_id
    ON CONFLICT (source_id) DO UPDATE SET
        canonical_id = excluded.canonical_id, revision = held.revision + 1, updated_at = now()
    RETURNING source_id
""")

_RECORD = text("""
    WITH made AS (
        INSERT INTO program.person_merges
            (keep_id, merged_id, moved_ids, choices, reason, merged_by)
        VALUES (:keep, :merged, CAST(:moved AS uuid[]), CAST(:choices AS jsonb), :reason, :actor)
        RETURNING merge_id, keep_id, merged_id, moved_ids, merged_at
    )
    SELECT made.*, 2 * (SELECT count(*) FROM program.person_merges
        WHERE merged_id = :merged) + 1 AS revision
    FROM made
""")

_TAKE_BACK = text("""
    UPDATE program.person_merges SET unmerged_by = :actor, unmerged_at = now()
    WHERE merged_id = :merged AND unmerged_at IS NULL
    RETURNING merge_id, keep_id, merged_id, moved_ids, merged_at, 2 * (
        SELECT CAST(count(*) AS int) FROM program.person_merges WHERE merged_id = :merged)
""")

_PART = text("""
    WITH RECURSIVE own AS (
        SELECT CAST(:merged AS uuid) AS person_id, CAST(NULL AS timestamptz) AS since
        UNION ALL
        SELECT m.merged_id, greatest(own.since, m.merged_at)
        FROM program.person_merges m JOIN own ON m.keep_id = own.person_id
        WHERE m.unmerged_at IS NULL
    ), moved AS (
        UPDATE program.canonical_persons c
        SET canonical_id = :merged, revision = c.revision + 1, updated_at = own.since
        FROM own WHERE c.source_id = own.person_id AND c.source_id <> :merged
    )
    DELETE FROM program.canonical_persons WHERE source_id = :merged
""")

_KEEP_OWN = text("""
    UPDATE program.person_merges SET choices = choices || CAST(:choices AS jsonb)
    WHERE keep_id = :person AND unmerged_at IS NULL
""")


async def counting_as(session: AsyncSession, persons: Collection[UUID]) -> dict[UUID, UUID]:
    """Whom these people count as; the unknown and the erased are not in it."""
    found = await session.execute(_COUNTING_AS, {"persons": array(persons)})
    return {person: canonical for person, canonical in found}


async def standing(session: AsyncSession, sources: Collection[UUID]) -> list[Merge]:
    """The merges that stand by which these people were merged into others, oldest first."""
    return [Merge(*row) for row in await session.execute(_STANDING, {"sources": array(sources)})]


async def move(session: AsyncSession, canonical: UUID, merged: UUID) -> list[UUID]:
    """Have a person, and all who count as them, count as another; who was moved."""
    bound = {"canonical": canonical, "merged": merged}
    return sorted((await session.execute(_MOVE, bound)).scalars())


async def record(
    session: AsyncSession, merge: Merge, moved: Sequence[UUID], *, reason: str, actor: str
) -> Recorded:
    """Keep a merge with its choices, its reason and whom it moved."""
    bound: dict[str, Any] = {
        "keep": merge.keep_id,
        "merged": merge.merged_id,
        "moved": array(moved),
        "choices": json.dumps(dict(merge.choices)),
        "reason": reason,
        "actor": actor,
    }
    return Recorded(*(await session.execute(_RECORD, bound)).one())


async def take_back(session: AsyncSession, merged: UUID, *, actor: str) -> Recorded | None:
    """End the merge of a person into another; None where none stands."""
    found = await session.execute(_TAKE_BACK, {"merged": merged, "actor": actor})
    row = found.one_or_none()
    return Recorded(*row) if row else None


async def part(session: AsyncSession, merged: UUID) -> None:
    """Have a person count as themselves again, and with them all who were merged into them.

    Those count as them since they were merged into them: consents ask who spoke before and after.
    """
    await session.execute(_PART, {"merged": merged})


async def keep_own(session: AsyncSession, person: UUID, fields: Collection[str]) -> None:
    """Have what a person was given by hand count above what those merged into them have."""
    choices: Mapping[str, Side] = dict.fromkeys(fields, "keep")
    await session.execute(_KEEP_OWN, {"person": person, "choices": json.dumps(choices)})
