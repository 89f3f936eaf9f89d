"""Limits how many files are converted and looked at side by side, across event loops and threads."""

import asyncio
import os
import threading
from collections import deque
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from contextlib import asynccontextmanager

from pressroom.core.shortage import descriptor_share


class FairSemaphore:
    """A semaphore that serves waiters of any event loop in order."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting = deque[Future[None]]()
        self._lock = threading.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait for a turn and hold it."""
        with self._lock:
            ticket = None if self._free else Future[None]()
            if ticket:
                self._waiting.append(ticket)
            else:
                self._free -= 1
        if ticket:
            try:
                await asyncio.wrap_future(ticket)
            except asyncio.CancelledError:
                # The turn may have been given at the same moment: pass it on.
                if not ticket.cancel() and not ticket.cancelled():
                    self._release()
                raise
        try:
            yield
        finally:
            self._release()

    def _release(self) -> None:
        with self._lock:
            while self._waiting:
                ticket = self._waiting.popleft()
                if ticket.set_running_or_notify_cancel():  # False for a waiter that was cancelled
                    ticket.set_result(None)
                    return
            self._free += 1


def cores() -> int:
    """Count the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# Two conversions at once on two cores are no faster than one after the other (measured).
ENCODES = FairSemaphore(max(1, cores() // 2))
# Each is a process, which takes two descriptors, and seven while it starts.
PROBES = FairSemaphore(descriptor_share(cores(), each=7))
