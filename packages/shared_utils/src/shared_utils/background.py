"""Tasks that run beside the requests: watched, restarted when they crash, stopped in the end."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from shared_utils.log import get_logger
from shared_utils.tasks import ended

_log = get_logger(__name__)

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_SECONDS = 60.0
_CRASHES_ALLOWED = 3

Job = Callable[[], Awaitable[None]]


class Background:
    """Runs one job for ever; if it raises, it is started again after a growing pause.

    A job that returns is done. Stopping cancels it.
    """

    def __init__(self, job: Job, name: str | None = None) -> None:
        self._job = job
        self.name = name or getattr(job, "__qualname__", "background")
        self._task: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()
        self._crashes = 0

    async def start(self) -> None:
        """Begin."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep(), name=self.name)

    async def close(self) -> None:
        """Cancel the job and wait until it has gone."""
        task, self._task = self._task, None
        if task is not None:
            await ended(task)

    async def finish(self, seconds: float) -> None:
        """Wait until the job returns, which its owner has told it to; in the end cancel it."""
        self._ending.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=seconds)
        await self.close()

    @property
    def is_alive(self) -> bool:
        """Whether the job gets on: it has not crashed again and again within the last minute."""
        return self._crashes < _CRASHES_ALLOWED

    async def _keep(self) -> None:
        while not await self._has_returned() and not self._ending.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_pause(self._crashes)):
                    await self._ending.wait()

    async def _has_returned(self) -> bool:
        recovery = asyncio.get_running_loop().call_later(_STEADY_SECONDS, self._recover)
        try:
            await self._job()
        except Exception:
            self._crashes += 1
            _log.exception("background job crashed", job=self.name, crashes=self._crashes)
            return False
        finally:
            recovery.cancel()
        return True

    def _recover(self) -> None:
        self._crashes = 0


def _pause(crashes: int) -> float:
    return min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * float(2 ** min(crashes, 10)))
