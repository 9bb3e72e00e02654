"""Who has to answer before an erasure is certified, and what the certificate says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

ANSWERING = ("connectors", "q2q_ai", "safety", "gateway", "profile")
"""The services that hold something about people; a new one is added here."""

ALL = "waymark"
"""Whose answer it is when all have answered: what the gateway signs."""

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Step:
    """What one service erased, row counts by store."""

    service: str
    counts: Counts
    completed_at: datetime


def waiting_for(steps: Mapping[str, Step]) -> list[str]:
    """The services that have not answered yet."""
    return [service for service in ANSWERING if service not in steps]


def backups_expire_at(completed_at: datetime, keep_days: int) -> datetime:
    """When no backup that was taken before the erasure is kept any more."""
    return completed_at + timedelta(days=keep_days)


def certificate(
    erasure_id: UUID, requested_at: datetime, steps: Mapping[str, Step], keep_days: int
) -> dict[str, Any]:
    """What is certified: no word about whom, only what was erased, when, and how far backups go."""
    completed_at = max(step.completed_at for step in steps.values())
    return {
        "erasure_id": str(erasure_id),
        "requested_at": requested_at.isoformat(),
        "completed_at": completed_at.isoformat(),
        "backups_expire_at": backups_expire_at(completed_at, keep_days).isoformat(),
        "erased": {name: dict(steps[name].counts) for name in sorted(steps)},
    }


def summed(steps: Mapping[str, Step]) -> dict[str, int]:
    """Row counts by store over all services."""
    found: dict[str, int] = {}
    for step in steps.values():
        for store, count in step.counts.items():
            found[store] = found.get(store, 0) + count
    return found
