"""When an import has had its effects, and whether they are right."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from bench.files import SessionsFile, Sums

from shared_utils.bus import Bus, BusUnavailableError
from waymark.imports import Report
from waymark.testing.platform import Platform

_UNPUBLISHED = (
    "SELECT count(*) FROM ops.outbox WHERE published_at IS NULL AND producer = 'connectors'"
)
_SUMS = """
    SELECT count(*) AS sessions, sum((state->>'duration_minutes')::int) AS minutes,
        count(DISTINCT participant_id) AS people
    FROM insight.profile_facts WHERE fact_type = 'kintell_session' AND NOT retracted
"""
_RATINGS = """
    SELECT count(*) AS ratings, sum(1 + 4 * (state->>'value')::numeric) AS stars
    FROM insight.profile_facts WHERE fact_type = 'kintell_rating' AND NOT retracted
"""
_OURS = ("profile-kintell-", "profile-identity-", "profile-program-")
"""The consumers of what an import tells; scores of texts come later, from q2q."""

_POLL_SECONDS = 0.02
_PATIENCE_SECONDS = 3600.0
_ASKED = 20


class Projected:
    """Waits until profiles have taken all that connectors have told so far."""

    def __init__(self, platform: Platform) -> None:
        self._loop = asyncio.new_event_loop()
        self._bus = Bus(platform.urls["nats"], "waymark-command")
        self._database = psycopg.connect(platform.urls["postgres"], autocommit=True)

    def wait(self) -> None:
        """Return once nothing waits; TimeoutError after an hour."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self._waiting():
            if time.monotonic() > deadline:
                raise TimeoutError("profiles have not taken everything")
            time.sleep(_POLL_SECONDS)

    def _waiting(self) -> int:
        row = self._database.execute(_UNPUBLISHED).fetchone()
        return int(row[0]) if row and row[0] else self._loop.run_until_complete(self._pending())

    async def _pending(self) -> int:
        try:
            consumers = await self._bus.stream().consumers()
        except BusUnavailableError:
            return 1
        ours = [each for each in consumers if each.name.startswith(_OURS)]
        return sum(each.pending + each.unacknowledged for each in ours)

    @contextmanager
    def open(self) -> Iterator["Projected"]:
        self._loop.run_until_complete(self._begin())
        try:
            yield self
        finally:
            self._loop.run_until_complete(self._bus.close())
            self._loop.close()
            self._database.close()

    async def _begin(self) -> None:
        await self._bus.start()
        await self._bus.connected()


def wrong(platform: Platform, file: SessionsFile, report: Report) -> list[str]:
    """What is not as the file says: rows, errors by code, sums over all profiles, some profiles."""
    [sessions] = [tuple(row.values()) for row in platform.rows(_SUMS)]
    [ratings] = [tuple(row.values()) for row in platform.rows(_RATINGS)]
    pairs = {
        "read": (report.rows["read"], file.rows),
        "created": (report.rows["created"], file.good),
        "errors": (_errors(platform, report), dict(file.errors)),
        "sessions": (sessions, (file.good, file.total.minutes, len(file.people))),
        "ratings": (ratings, (file.good, file.total.rating)),
    }
    pairs |= {
        email: (shown(platform, email), (sums.sessions, sums.minutes))
        for email, sums in _some(file)
    }
    return [f"{name}: {is_}, not {must}" for name, (is_, must) in pairs.items() if is_ != must]


def shown(platform: Platform, email: str) -> tuple[int, int]:
    """Sessions and minutes as the gateway shows a participant's profile."""
    gateway = platform.client("coordinator")
    profile = gateway.get("/v1/profile", provider="email", external_id=email)
    language = profile["sessions"]["language"]
    return language["completed"], language["minutes"]


def _some(file: SessionsFile) -> list[tuple[str, Sums]]:
    """Participants from all over the file."""
    each = list(file.people.items())
    return each[:: max(1, len(each) // _ASKED)]


def _errors(platform: Platform, report: Report) -> dict[str, Any]:
    query = """
        SELECT reason->>'code' AS code, count(*) AS rows
        FROM pii.refused_rows, jsonb_array_elements(reasons) AS reason
        WHERE import_id = %s GROUP BY 1 ORDER BY 1
    """
    found = platform.rows(query, report.answer["import_id"])
    return {row["code"]: row["rows"] for row in found}
