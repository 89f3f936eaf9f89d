"""A time limit that follows a `core.Clock`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from pressroom.core.clock import Clock, SystemClock


def time_limit(clock: Clock, seconds: float) -> AbstractAsyncContextManager[object]:
    """Cancel the block after this time on the clock and raise TimeoutError in its place."""
    if isinstance(clock, SystemClock):
        # The loop's own timer is what its sleep would use, and costs no task a call.
        return asyncio.timeout(seconds)
    return _limited(clock, seconds)


@asynccontextmanager
async def _limited(clock: Clock, seconds: float) -> AsyncGenerator[None]:
    async with asyncio.timeout(None) as limit:
        watch = asyncio.create_task(_expire(limit, clock, seconds))
        try:
            yield
        finally:
            watch.cancel()


async def _expire(limit: asyncio.Timeout, clock: Clock, seconds: float) -> None:
    await clock.sleep(seconds)
    limit.reschedule(0.0)
