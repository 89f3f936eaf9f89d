"""The event loop of all tests, which can tell when nothing in it goes on unless time passes."""

import asyncio
import contextlib
import selectors
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import anyio.to_thread

from tests.fakes.connections import Connections
from tests.patience import patience

# Who speaks unasked, or goes on to speak, cannot be foreseen: so long a silence means that nobody does.
_SILENCE_S = 0.01


class WatchedLoop(asyncio.SelectorEventLoop):
    """A loop that moves the clocks of its sleepers when nothing but time can bring it on.

    It waits, however long that takes, for
    - jobs in threads, by `run_in_executor`, by anyio and of a store, even when who began one is gone;
    - the end of each child process that it started;
    - bytes between two sockets of this loop, a connection that is being opened, and the answer of a server
      elsewhere (in another thread or process) to which it wrote last.
    With another connection open it waits for a short silence: a server elsewhere may still be at its answer,
    of which a part has come, and a client elsewhere may be about to ask.
    Only Linux tells how many bytes are under way: elsewhere a short silence has to do for sockets.
    A server elsewhere that answers nothing until the clock moves stops it for ever: such a test moves the
    clock by hand. So does a test whose child process does not end by itself.
    """

    def __init__(self) -> None:
        self._idling = _Idling()
        super().__init__(self._idling)
        self._idling.own = frozenset(key.fd for key in self._idling.get_map().values())
        self._threads = ThreadPoolExecutor()
        self.set_default_executor(self._threads)

    def at_idle(self, move: Callable[[], bool]) -> None:
        """Call this whenever all wait, until it returns False for having nothing to go on with."""
        if move not in self._idling.moves:
            self._idling.moves.append(move)
            self._idling.anyio_threads = anyio.to_thread.current_default_thread_limiter()

    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Do what every loop does, and know the job until what waits for it has been told of its end."""
        job = (executor or self._threads).submit(func, *args)
        waiting = asyncio.wrap_future(job, loop=self)
        # Only now: callbacks run in order, and the one of `wrap_future` hands over the result.
        self.watch(job)
        return waiting

    def watch(self, job: Future[Any]) -> None:
        """Know a job in a thread, which hands over its result before it ends."""
        self._idling.jobs.add(job)
        job.add_done_callback(self._forget)

    def _forget(self, job: Future[Any]) -> None:
        with contextlib.suppress(RuntimeError):  # closed
            self.call_soon_threadsafe(self._idling.jobs.discard, job)

    async def subprocess_exec(self, *args: Any, **kwargs: Any) -> Any:
        """Do what every loop does, and know the child."""
        transport, protocol = await super().subprocess_exec(*args, **kwargs)
        self._idling.children.append(transport)
        return transport, protocol

    async def subprocess_shell(self, *args: Any, **kwargs: Any) -> Any:
        """Do what every loop does, and know the child."""
        transport, protocol = await super().subprocess_shell(*args, **kwargs)
        self._idling.children.append(transport)
        return transport, protocol


class WatchedThreads(ThreadPoolExecutor):
    """The threads of a store, whose jobs are known to the loop that began them."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        job, loop = super().submit(fn, *args, **kwargs), asyncio.get_running_loop()
        if isinstance(loop, WatchedLoop):
            loop.watch(job)
        return job


class WatchedLoops(asyncio.DefaultEventLoopPolicy):
    """Lets `asyncio.run`, wherever it is called, run on a `WatchedLoop`."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return WatchedLoop()


class _Idling(selectors.DefaultSelector):
    """Is asked by the loop what is there to read; for how long it may wait tells whether anything else is.

    own: the descriptors of the loop's own wake-up pipe.
    """

    def __init__(self) -> None:
        super().__init__()
        self.moves: list[Callable[[], bool]] = []
        self.jobs: set[Future[Any]] = set()
        self.children: list[asyncio.SubprocessTransport] = []
        self.anyio_threads: anyio.CapacityLimiter | None = None
        self.own: frozenset[int] = frozenset()
        self._connections = Connections()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = super().register(fileobj, events, data)
        self._connections.learn(key)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        key = super().unregister(fileobj)
        self._connections.forget(key.fd)
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = super().modify(fileobj, events, data)
        self._connections.learn(key)
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout == 0 or not self.moves or self._is_something_awaited():
            return self._heard(timeout)
        silence_s = patience(_SILENCE_S) if self._connections.may_speak(self._others()) else 0.0
        events = self._heard(silence_s if timeout is None else min(timeout, silence_s))
        if events or (timeout is not None and timeout <= silence_s):
            return events
        self.moves = [move for move in self.moves if move()]
        return [] if self.moves else self._heard(timeout)

    def _heard(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(timeout)
        for key, event in events:
            if event & selectors.EVENT_READ:
                self._connections.hear(key.fd)
        return events

    def _is_something_awaited(self) -> bool:
        return (
            self._is_a_thread_at_work()
            or self._is_a_child_alive()
            or self._connections.are_awaited(self._others())
        )

    def _is_a_thread_at_work(self) -> bool:
        return bool(self.jobs or (self.anyio_threads and self.anyio_threads.borrowed_tokens))

    def _is_a_child_alive(self) -> bool:
        self.children = [child for child in self.children if child.get_returncode() is None]
        return bool(self.children)

    def _others(self) -> list[selectors.SelectorKey]:
        return [key for key in self.get_map().values() if key.fd not in self.own]
