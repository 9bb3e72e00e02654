"""Work that goes on beside the database: the next chunk is judged while this one is loaded."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

from shared_utils.tasks import ended

T = TypeVar("T")


async def one_ahead(items: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """Yield items while the next one is being made, never more than one; close it in the end."""
    making = asyncio.create_task(_next(items))
    try:
        while (made := await making) is not None:
            making = asyncio.create_task(_next(items))
            yield made[0]
    finally:
        await ended(making)


async def _next(items: AsyncIterator[T]) -> tuple[T] | None:
    async for item in items:
        return (item,)
    return None
