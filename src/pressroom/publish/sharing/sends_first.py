"""Lets sends that are due go before what may wait: links, comments, containers of later posts."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from pressroom.core.clock import Clock

# One account whose send is in doubt must not hold up the others for as long as that lasts.
_LONGEST_S = 5.0


class SendsFirst:
    """Counts the sends of a process that are due and not settled. For one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due = 0
        self._passed = asyncio.Event()
        self._passed.set()
        self._limit: asyncio.Task[None] | None = None

    @contextmanager
    def due(self) -> Generator[None]:
        """Count a send while the block runs."""
        if not self._due:
            self._passed.clear()
            self._limit = asyncio.create_task(self._give_way())
        self._due += 1
        try:
            yield
        finally:
            self._due -= 1
            if not self._due:
                self._end()

    async def passed(self) -> None:
        """Wait until no send is due, for five seconds after the first became due at most."""
        await self._passed.wait()

    def _end(self) -> None:
        self._passed.set()
        if self._limit:
            self._limit.cancel()
            self._limit = None

    async def _give_way(self) -> None:
        await self._clock.sleep(_LONGEST_S)
        self._passed.set()
