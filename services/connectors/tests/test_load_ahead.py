"""One chunk is made ahead, and none is left behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from connectors_service.loading.ahead import one_ahead


class Made:
    """Counts what it makes; the fourth is never done."""

    def __init__(self, fails_at: int = 99) -> None:
        self.count = 0
        self.was_cancelled = False
        self._fails_at = fails_at

    async def items(self) -> AsyncIterator[int]:
        for n in range(4):
            if n == self._fails_at:
                raise ValueError(n)
            try:
                await asyncio.sleep(3600 if n == 3 else 0)
            except asyncio.CancelledError:
                self.was_cancelled = True
                raise
            self.count += 1
            yield n


async def test_the_next_is_made_while_one_is_used_and_no_more() -> None:
    made = Made()
    seen = []

    async with aclosing(one_ahead(made.items())) as items:
        async for item in items:
            await asyncio.sleep(0.01)
            seen.append((item, made.count))
            if item == 2:
                break

    assert seen == [(0, 2), (1, 3), (2, 3)]
    assert made.was_cancelled, "what was being made is given up when the user stops"


async def test_what_fails_ahead_is_raised_after_what_came_before() -> None:
    seen = []

    async def use() -> None:
        async with aclosing(one_ahead(Made(fails_at=1).items())) as items:
            async for item in items:
                seen.append(item)

    with pytest.raises(ValueError, match="1"):
        await use()
    assert seen == [0]
