"""Ending tasks that may not hear the first time, and steps that a cancel may not cut off."""

import asyncio
from collections.abc import Coroutine
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


async def completed(step: Coroutine[Any, Any, object]) -> None:
    """Run a step to its end even if the caller is cancelled meanwhile; then the cancel goes on."""
    task = asyncio.ensure_future(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
