"""Forgets what partners only tried: nothing of a trial outlives it by more than minutes."""

import asyncio
from datetime import timedelta

from connectors_service.repository.trials import forget_trials
from shared_utils.consume.failures import is_transient
from shared_utils.db import Database
from shared_utils.log import error_name, get_logger

log = get_logger(__name__)
LOOK_EVERY_SECONDS = 20.0


class Trials:
    """Removes trials that ended some minutes ago."""

    def __init__(self, database: Database, kept: timedelta) -> None:
        self._database = database
        self._kept = kept

    async def run(self) -> None:
        """Look for ended trials until cancelled; while the database is away, try again later."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            try:
                await self.forget()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("waiting for the database", error=error_name(error))

    async def forget(self) -> int:
        """Remove what ended long enough ago; say how many trials that was."""
        async with self._database.work() as work:
            forgotten = await forget_trials(work.session, self._kept)
        if forgotten:
            log.info("forgot trials", trials=forgotten)
        return forgotten
