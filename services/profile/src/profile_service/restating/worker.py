"""Restates what went stale and closes what is due, in the background."""

import asyncio
import time
from collections import defaultdict
from datetime import UTC, date, datetime
from uuid import UUID

from profile_service.periods import CLOSES_AFTER
from profile_service.repository import marks, periods
from profile_service.restating.keeper import Keeper, due_periods
from profile_service.settings import Settings
from shared_utils.db import Database

_PAUSE_SECONDS = 5.0
_COMPANIES_AT_ONCE = 20


async def keep_for_ever(database: Database, keeper: Keeper, settings: Settings) -> None:
    """Look again and again; what fails is tried again when the job is started again."""
    looked = float("-inf")
    while True:
        await restate_stale(database, keeper, settings.restating_quiet_seconds)
        if time.monotonic() - looked >= settings.closing_interval_seconds:
            await close_due(database, keeper)
            looked = time.monotonic()
        await asyncio.sleep(_PAUSE_SECONDS)


async def restate_stale(database: Database, keeper: Keeper, quiet_seconds: float) -> int:
    """Restate the companies whose facts changed and rest now; how many they were."""
    async with database.read() as session:
        waiting = await marks.waiting_companies(session, quiet_seconds, _COMPANIES_AT_ONCE)
    for company_id in waiting:
        async with database.work() as work:
            await keeper.catch_up(work, company_id)
    return len(waiting)


async def close_due(database: Database, keeper: Keeper) -> int:
    """Close the periods that ended 30 days ago and whose events have arrived; for how many."""
    now = datetime.now(UTC)
    async with database.read() as session:
        found = await periods.unclosed_months(session, now - CLOSES_AFTER, keeper.figuring.zone)
    months: dict[UUID, set[date]] = defaultdict(set)
    for company_id, month in found:
        months[company_id].add(month)
    for company_id, its in months.items():
        async with database.work() as work:
            await keeper.close_due(work, company_id, due_periods(its, now, keeper.figuring))
    return len(months)
