"""Keeps the attributions in line: of the facts that changed, and of people whose ties moved."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.changes import Changes
from profile_service.facts import FactRow
from profile_service.people import Canon
from profile_service.repository import marks, ties
from profile_service.restating.cause import Cause
from shared_utils.attribution import COUNTED_TYPES, Deed, attributions


async def count_changed(
    session: AsyncSession, changes: Changes, generation: int, zone: ZoneInfo
) -> None:
    """Attribute the facts that a batch changed; those that no longer count lose their rows."""
    rows = [row for row in changes.new_rows(generation) if row.fact_type in COUNTED_TYPES]
    settled = [one.key for one in changes.replaced(generation) if one.key[0] in COUNTED_TYPES]
    cause = next((Cause(one.event_type, one.event_id) for one in rows), Cause("unknown"))
    await _write(session, rows, settled, changes.canon, zone, cause)


async def recount(
    session: AsyncSession,
    persons: Collection[UUID],
    generation: int,
    zone: ZoneInfo,
    cause: Cause,
) -> None:
    """Attribute anew every fact of these canonical persons; the ties lock is held alone."""
    sources = await ties.with_sources(session, persons)
    async for rows in ties.deeds_of(session, generation, sources):
        canon = await ties.canon(session, _people(rows))
        await _write(session, rows, [row.key for row in rows], canon, zone, cause)


async def _write(
    session: AsyncSession,
    rows: Sequence[FactRow],
    settled: Sequence[tuple[str, UUID]],
    canon: Canon,
    zone: ZoneInfo,
    cause: Cause,
) -> None:
    deeds = [_deed(row, canon) for row in rows if row.counts]
    known = await ties.ties_of(
        session,
        {deed.participant for deed in deeds if deed.participant},
        {deed.volunteer for deed in deeds if deed.volunteer},
    )
    counted = attributions(deeds, known, zone)
    left = await ties.write_attributions(session, settled, counted)
    touched = {*left, *((one.company_id, one.occurred_at) for one in counted)}
    await marks.mark(session, touched, zone, cause)


def _deed(row: FactRow, canon: Canon) -> Deed:
    if row.occurred_at is None:
        raise ValueError("a fact without a time counts for no company")
    return Deed(
        fact_type=row.fact_type,
        fact_id=row.fact_id,
        participant=canon.maybe(row.participant_id),
        volunteer=canon.maybe(row.volunteer_id),
        occurred_at=row.occurred_at,
        program=row.program,
        participant_id=row.participant_id,
        volunteer_id=row.volunteer_id,
    )


def _people(rows: Iterable[FactRow]) -> set[UUID]:
    found = {person for row in rows for person in (row.participant_id, row.volunteer_id)}
    return {person for person in found if person}
