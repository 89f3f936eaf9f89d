"""A time limit that follows a `core.Clock`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from pressroom.core.clock import Clock


@asynccontextmanager
async def time_limit(clock: Clock, seconds: float) -> AsyncGenerator[None]:
    """Cancel the block after this time on the clock and raise TimeoutError in its place."""
    async with asyncio.timeout(None) as limit:
        watch = asyncio.create_task(_expire(limit, clock, seconds))
        try:
            yield
        finally:
            watch.cancel()


async def _expire(limit: asyncio.Timeout, clock: Clock, seconds: float) -> None:
    await clock.sleep(seconds)
    limit.reschedule(0.0)
