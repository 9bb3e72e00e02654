"""Looks through everybody for duplicates: when asked, and now and then by itself."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from profile_service.duplicates.errors import ScanRunningError
from profile_service.duplicates.finding import Candidate, Finder
from profile_service.duplicates.schemas import ScanShape
from profile_service.repository import candidates, everybody
from profile_service.repository.candidates import Apart
from shared_utils.db import Database
from shared_utils.log import get_logger

_log = get_logger(__name__)


class Scanner:
    """One scan at a time: `request` asks for it, `run` does it in the background.

    By itself it looks every `hours` (0: never) whether people or their ids have changed since.
    """

    def __init__(self, database: Database, finder: Finder, hours: float) -> None:
        self._database = database
        self._finder = finder
        self._seconds = hours * 3600 or None
        self._asked = asyncio.Event()
        self._state: object = None
        self._progress = ScanShape(status="idle")

    def progress(self) -> ScanShape:
        """How the newest scan of this process went."""
        return self._progress

    def request(self) -> ScanShape:
        """Have a scan begin, or raise ScanRunningError."""
        if self._asked.is_set():
            raise ScanRunningError
        self._asked.set()
        self._progress = ScanShape(status="running", started_at=datetime.now(UTC))
        return self._progress

    async def run(self) -> None:
        """Scan whenever asked or due, for ever."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._asked.wait()
            try:
                await self._scan_if_wanted()
            finally:
                self._asked.clear()

    async def _scan_if_wanted(self) -> None:
        async with self._database.read() as session:
            state = await everybody.state(session)
        if not self._asked.is_set() and state == self._state:
            return
        self._progress = ScanShape(status="running", started_at=datetime.now(UTC))
        try:
            await self.scan()
        except Exception as error:
            # The next scan starts anew; what stands in the queue stays.
            _log.exception("scan for duplicates failed")
            self._say(status="failed", problem=type(error).__name__)
        else:
            self._state = state

    async def scan(self) -> None:
        """Compare everybody, and bring the queue in line with what was found."""
        started = time.monotonic()
        async with self._database.read() as session:
            people = await everybody.known(session)
        found = await asyncio.to_thread(self._finder.find, people)
        found = await self._judged(found)
        kept = await self._written(found)
        self._say(
            status="completed",
            people=len(people),
            found=len(found),
            proposed=kept,
            seconds=round(time.monotonic() - started, 3),
            finished_at=datetime.now(UTC),
        )
        _log.info("scanned for duplicates", people=len(people), found=len(found))

    async def _judged(self, found: Sequence[Candidate]) -> list[Candidate]:
        """Those still likely when it is known who took part in what together."""
        pairs = [one.pair for one in found]
        async with self._database.read() as session:
            together = await everybody.together(session, pairs)
        told = [self._finder.told_apart(one) if one.pair in together else one for one in found]
        return [one for one in told if self._finder.model.is_proposed(one.evidence)]

    async def _written(self, found: Sequence[Candidate]) -> int:
        """Propose what is news; how many pairs are proposed."""
        async with self._database.work() as work:
            await candidates.hold(work.session)
            apart = await candidates.told_apart(work.session)
            open_ones = [one for one in found if self._is_open(one, apart)]
            await candidates.propose(work.session, open_ones, self._finder.model.version)
            await candidates.withdraw(work.session, [one.pair for one in open_ones])
        return len(open_ones)

    def _is_open(self, one: Candidate, apart: Mapping[tuple[UUID, UUID], Apart]) -> bool:
        seen = apart.get(one.pair)
        return seen is None or self._finder.model.is_news(seen, one.evidence)

    def _say(self, **news: object) -> None:
        self._progress = self._progress.model_copy(update=news)
