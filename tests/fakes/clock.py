"""A clock that stands still until every task waits, then jumps to the next wake-up."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
# Turns of the loop in which nothing else runs before time moves: sockets of this loop are polled in each.
_IDLE_TURNS = 5
# A busy kernel hands loopback's bytes over late: with sockets open, a turn takes real time.
_SOCKET_TURN_S = 0.002


class FakeClock:
    """`core.Clock` for tests: waiting costs no time, and `slept_s` tells how long each finished wait was.

    Time moves only when no task and no `asyncio.to_thread` job of the loop can go on. A test whose other side
    runs in another thread or process gives `jumps=False` and moves time itself with `advance`.
    """

    def __init__(self, start: datetime = START, *, jumps: bool = True) -> None:
        self.start = start
        self.elapsed_s = 0.0
        self.slept_s: list[float] = []
        self._jumps = jumps
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._jumper: asyncio.Task[None] | None = None

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
        if self._jumps and (self._jumper is None or self._jumper.done()):
            self._jumper = loop.create_task(self._jump(_watched(loop)))
        await future

    async def _jump(self, jobs: "_WatchedExecutor") -> None:
        while self._drop_cancelled():
            await _idle(jobs)
            if self._drop_cancelled():
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


class _WatchedExecutor(ThreadPoolExecutor):
    """The loop's threads, with the jobs that run in them."""

    def __init__(self) -> None:
        super().__init__()
        self.running: set[Future[Any]] = set()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        job = super().submit(fn, *args, **kwargs)
        self.running.add(job)
        # After the loop's own callback, which hands over the result: until then the job is not over.
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: job.add_done_callback(self.running.discard))
        return job

    async def one_done(self) -> None:
        """Wait until a running job ends; not at all when the last one just did."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        running = tuple(self.running)
        for job in running:
            job.add_done_callback(lambda _: loop.call_soon_threadsafe(done.set))
        if running:
            await done.wait()


def _watched(loop: asyncio.AbstractEventLoop) -> _WatchedExecutor:
    jobs = vars(loop).get("_default_executor")
    if not isinstance(jobs, _WatchedExecutor):
        jobs = _WatchedExecutor()
        loop.set_default_executor(jobs)
    return jobs


async def _idle(jobs: _WatchedExecutor) -> None:
    loop = vars(asyncio.get_running_loop())
    ready: Any = loop["_ready"]
    idle_turns = 0
    while idle_turns < _IDLE_TURNS:
        # The loop's own wake-up pipe is always among them.
        has_sockets = len(loop["_selector"].get_map()) > 1
        await asyncio.sleep(_SOCKET_TURN_S if has_sockets else 0)
        idle_turns = 0 if ready or jobs.running else idle_turns + 1
        if jobs.running:
            await jobs.one_done()
