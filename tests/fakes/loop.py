"""The event loop of all tests, which can tell when nothing in it goes on unless time passes."""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

# A busy kernel hands loopback's bytes over late: with sockets open, so long a silence means that none come.
_SILENCE_S = 0.01


class WatchedLoop(asyncio.SelectorEventLoop):
    """A loop that moves the clocks of its sleepers when no task, socket or job in a thread can go on."""

    def __init__(self) -> None:
        self._idling = _Idling()
        super().__init__(self._idling)
        self._threads = ThreadPoolExecutor()
        self.set_default_executor(self._threads)

    def at_idle(self, move: Callable[[], bool]) -> None:
        """Call this whenever all wait, until it returns False for having nothing to go on with."""
        if move not in self._idling.moves:
            self._idling.moves.append(move)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Do what every loop does, and know the job until what waits for it has been told of its end."""
        job = (executor or self._threads).submit(func, *args)
        waiting = asyncio.wrap_future(job, loop=self)
        self._idling.jobs.add(job)
        # Only now: callbacks run in order, and the one of `wrap_future` hands over the result.
        job.add_done_callback(self._forget)
        return waiting

    def _forget(self, job: Future[Any]) -> None:
        if not self.is_closed():
            self.call_soon_threadsafe(self._idling.jobs.discard, job)


class WatchedLoops(asyncio.DefaultEventLoopPolicy):
    """Lets `asyncio.run`, wherever it is called, run on a `WatchedLoop`."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return WatchedLoop()


class _Idling(selectors.DefaultSelector):
    """Is asked by the loop what is there to read; for how long it may wait tells whether anything else is."""

    def __init__(self) -> None:
        super().__init__()
        self.moves: list[Callable[[], bool]] = []
        self.jobs: set[Future[Any]] = set()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout == 0 or self.jobs or not self.moves:
            return super().select(timeout)
        # The loop's own wake-up pipe is always among them.
        silence_s = _SILENCE_S if len(self.get_map()) > 1 else 0.0
        events = super().select(silence_s if timeout is None else min(timeout, silence_s))
        if events or (timeout is not None and timeout <= silence_s):
            return events
        self.moves = [move for move in self.moves if move()]
        return [] if self.moves else super().select(timeout)
