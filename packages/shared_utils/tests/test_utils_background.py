"""Jobs beside the requests: restarted when they crash, and seen when they keep crashing."""

import asyncio

from shared_utils.background import Background
from shared_utils.testing import until


async def test_a_job_that_crashes_is_started_again() -> None:
    starts: list[int] = []
    running = asyncio.Event()

    async def job() -> None:
        starts.append(1)
        if len(starts) == 1:
            raise ZeroDivisionError
        running.set()
        await asyncio.Event().wait()

    background = Background(job)
    await background.start()
    await asyncio.wait_for(running.wait(), 10)

    assert len(starts) == 2
    assert background.is_alive
    await background.close()


async def test_a_job_that_keeps_crashing_is_not_alive() -> None:
    async def job() -> None:
        raise ZeroDivisionError

    background = Background(job)
    await background.start()

    async def is_dead() -> bool:
        return not background.is_alive

    await until(is_dead)
    await background.close()


async def test_closing_cancels_a_job_and_finishing_waits_for_it() -> None:
    stopped, told = asyncio.Event(), asyncio.Event()

    async def job() -> None:
        try:
            await told.wait()
        finally:
            stopped.set()

    closed, finished = Background(job), Background(job)
    await closed.start()
    await closed.close()
    await finished.start()
    told.set()
    await finished.finish(10)

    assert stopped.is_set()


async def test_a_job_that_misses_its_cancellation_is_told_again() -> None:
    deaf = asyncio.Event()

    async def job() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            deaf.set()
        await asyncio.Event().wait()

    background = Background(job)
    await background.start()
    await asyncio.sleep(0)

    await asyncio.wait_for(background.close(), 10)

    assert deaf.is_set()
