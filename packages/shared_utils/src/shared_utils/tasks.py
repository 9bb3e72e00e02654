"""Ending tasks that may not hear the first time."""

import asyncio
from typing import Any

_AGAIN_SECONDS = 0.5


async def ended(task: asyncio.Task[Any]) -> None:
    """Cancel a task until it is done.

    Python 3.11's `asyncio.wait_for`, which libraries use, loses a cancellation that comes in the
    moment its result does; the task would go on for ever, and so would whoever waits for its end.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_AGAIN_SECONDS)
