"""A timeout on a `core.Clock`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from pressroom.core.clock import Clock, SystemClock


def time_limit(clock: Clock, seconds: float) -> AbstractAsyncContextManager[object]:
    """Cancel the block after this many seconds on the clock, and raise TimeoutError."""
    if isinstance(clock, SystemClock):
        # The loop's own timer needs no extra task per call.
        return asyncio.timeout(seconds)
    return _limited(clock, seconds)


@asynccontextmanager
async def _limited(clock: Clock, seconds: float) -> AsyncGenerator[None]:
    # asyncio.timeout does the cancelling, so that only our own cancellation becomes a TimeoutError.
    async with asyncio.timeout(None) as limit:
        watch = asyncio.create_task(_expire(limit, clock, seconds))
        try:
            yield
        finally:
            watch.cancel()


async def _expire(limit: asyncio.Timeout, clock: Clock, seconds: float) -> None:
    await clock.sleep(seconds)
    limit.reschedule(0.0)
