"""A clock that stands still until every task waits, then jumps to the next wake-up."""

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta

from tests.fakes.loop import WatchedLoop

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class FakeClock:
    """`core.Clock` for tests: waiting costs no time, and `slept_s` tells how long each finished wait was.

    Time moves only when nothing else can bring the loop on, as `WatchedLoop` says. A test whose other side is
    in another thread or process, and keeps silent, gives `jumps=False` and moves time itself with `advance`.
    """

    def __init__(self, start: datetime = START, *, jumps: bool = True) -> None:
        self.start = start
        self.elapsed_s = 0.0
        self.slept_s: list[float] = []
        self._jumps = jumps
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.elapsed_s)

    def monotonic(self) -> float:
        return 1000.0 + self.elapsed_s

    @property
    def waiting(self) -> int:
        """How many sleeps are under way."""
        return sum(not future.done() for _, _, future in self._sleepers)

    def advance(self, seconds: float) -> None:
        """Move time by hand; sleepers that are due wake."""
        self.elapsed_s += seconds
        self._wake()

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
        else:
            await self._sleep(seconds)
        self.slept_s.append(seconds)

    async def _sleep(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._sleepers, (self.elapsed_s + seconds, next(self._order), future))
        if self._jumps:
            assert isinstance(loop, WatchedLoop), "another loop cannot tell when time may move"
            loop.at_idle(self._jump)
        await future

    def _jump(self) -> bool:
        """Move time to the next wake-up; tell whether there was one."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        if not self._sleepers:
            return False
        self.elapsed_s = max(self.elapsed_s, self._sleepers[0][0])
        self._wake()
        return True

    def _wake(self) -> None:
        while self._sleepers and self._sleepers[0][0] <= self.elapsed_s:
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)
