"""The threads in which the operations of stores run, so that they do not stall an event loop."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Final, TypeVar

T = TypeVar("T")

THREADS: Final = ThreadPoolExecutor(thread_name_prefix="store")
"""Of all stores of the process. They start as they are needed."""


async def in_thread(call: Callable[[], T]) -> T:
    """Run a call that blocks in a thread, in the task's context. A cancellation waits for it to end.

    Raises RuntimeError where no thread can be started; it is not run later then.
    """
    # One future in place of the three and the task of asyncio.to_thread: half of what the hop costs.
    loop, turn, is_over = asyncio.get_running_loop(), threading.Lock(), asyncio.Event()
    result: asyncio.Future[T] = loop.create_future()

    def settle(give: Callable[[], None]) -> None:
        is_over.set()
        if not result.done():
            give()

    def run() -> None:
        if not turn.acquire(blocking=False):
            return
        try:
            give = partial(result.set_result, call())
        except StopIteration:  # which no future takes
            give = partial(result.set_exception, RuntimeError("a call raised StopIteration"))
        except BaseException as error:  # noqa: BLE001  # raised where it is waited for
            give = partial(result.set_exception, error)
        loop.call_soon_threadsafe(settle, give)

    try:
        THREADS.submit(copy_context().run, run)
    except RuntimeError:
        # It stays queued, and whoever is told that it failed asks again: it must not be done twice.
        if turn.acquire(blocking=False):
            raise
    try:
        return await result
    except asyncio.CancelledError:
        # A thread cannot be cancelled, and the next call must not meet this one half done.
        await _until(is_over)
        raise


async def _until(event: asyncio.Event) -> None:
    """Wait for an event, however often the task is cancelled meanwhile."""
    from anyio import CancelScope  # noqa: PLC0415  # loads 20 ms, which no command needs that is not cancelled

    # anyio cancels its tasks anew in every turn of the loop, unless they are shielded.
    with CancelScope(shield=True):
        while not event.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await event.wait()
