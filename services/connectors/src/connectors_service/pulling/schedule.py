"""When a source is pulled next: pure decisions."""

import random
from datetime import datetime, timedelta

from shared_schema.tables.imports import Source

RETRIES = 5
"""How often a failed pull is tried again before it waits for its schedule."""

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_ASKED = timedelta(days=1)


def next_due(anchor: datetime, every_seconds: int | None, now: datetime) -> datetime | None:
    """Return the next moment on the grid that begins at `anchor`; what was missed is not made up.

    None without a schedule.
    """
    if every_seconds is None:
        return None
    passed = max(0.0, (now - anchor).total_seconds())
    return anchor + timedelta(seconds=every_seconds * (passed // every_seconds + 1))


def due(source: Source, now: datetime) -> datetime | None:
    """Return when a source is pulled next if nothing else happens."""
    return next_due(source.created_at, source.every_seconds, now) if source.enabled else None


def retry_at(failures: int, asked_seconds: float | None, now: datetime) -> datetime | None:
    """Return when to try a failed pull again; None once that was often enough.

    What the source asked for goes before our own doubling wait, up to a day.
    """
    if failures > RETRIES:
        return None
    if asked_seconds is not None:
        return now + min(timedelta(seconds=asked_seconds), LONGEST_ASKED)
    doubled = min(FIRST_WAIT * 2.0 ** (failures - 1), LONGEST_WAIT)
    return now + doubled * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
