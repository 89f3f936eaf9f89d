"""A clock that stands still until every task waits, then jumps to the next wake-up."""

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
# Turns of the loop without a new sleeper before time moves: far more than any in-process call needs.
_SETTLE_TURNS = 200


class FakeClock:
    """`core.Clock` for tests: waiting costs no time, and `slept_s` tells what was asked for."""

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self.elapsed_s = 0.0
        self.slept_s: list[float] = []
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._jumper: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.elapsed_s)

    def monotonic(self) -> float:
        return 1000.0 + self.elapsed_s

    def advance(self, seconds: float) -> None:
        """Move time by hand; sleepers that are due wake."""
        self.elapsed_s += seconds
        self._wake()

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.elapsed_s + seconds, next(self._order), future))
        if self._jumper is None or self._jumper.done():
            self._jumper = asyncio.create_task(self._jump())
        await future

    async def _jump(self) -> None:
        while self._sleepers:
            mark = len(self.slept_s)
            for _ in range(_SETTLE_TURNS):
                await asyncio.sleep(0)
            if len(self.slept_s) == mark and self._drop_cancelled():
                self.elapsed_s = max(self.elapsed_s, self._sleepers[0][0])
                self._wake()

    def _drop_cancelled(self) -> bool:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return bool(self._sleepers)

    def _wake(self) -> None:
        while self._sleepers and self._sleepers[0][0] <= self.elapsed_s:
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)
