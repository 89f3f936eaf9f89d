"""What runs in a thread ends, fails and is cancelled as if it were awaited itself."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any
from unittest.mock import Mock, patch

import anyio
import pytest

from pressroom.core.errors import StoreFailed
from pressroom.store import threads
from pressroom.store.store import Store
from tests.patience import patience


async def test_what_an_operation_raises_is_raised_where_it_is_waited_for(file: Store) -> None:
    for error in (KeyError("a"), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            await file.run(Mock(side_effect=error))
    with pytest.raises(RuntimeError, match="StopIteration"):  # which a future would not hand on
        await file.run(lambda: next(iter(())))


async def test_an_operation_without_a_thread_fails_as_the_store_does_and_is_never_run(file: Store) -> None:
    """It is asked for again: done later, too, it would be done twice."""
    done, no_threads = list[str](), threads.ThreadPoolExecutor()
    with patch.object(threads, "THREADS", no_threads):
        with (
            patch("threading.Thread.start", side_effect=RuntimeError("can't start new thread")),
            pytest.raises(StoreFailed, match="No further process or thread") as caught,
        ):
            await file.run(done.append, "at first")
        assert caught.value.retryable
        await file.run(done.append, "again")
    assert done == ["again"]


class Slow:
    """An operation that goes on until it is let end."""

    def __init__(self) -> None:
        self.begun, self.go_on, self.ended = (threading.Event() for _ in range(3))

    def __call__(self) -> None:
        self.begun.set()
        assert self.go_on.wait(patience(30))
        self.ended.set()


async def test_a_cancelled_operation_has_ended_when_the_cancellation_is_felt(file: Store) -> None:
    slow = Slow()
    task = asyncio.create_task(file.run(slow))
    await asyncio.to_thread(slow.begun.wait)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
    slow.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert slow.ended.is_set()


async def test_whoever_is_cancelled_in_each_turn_of_the_loop_waits_and_does_not_spin(file: Store) -> None:
    """As anyio cancels, below which the streams and the tools of agents are."""
    slow, scope, waits, wait = Slow(), anyio.CancelScope(), list[asyncio.Event](), asyncio.Event.wait

    async def cancelled() -> None:
        with scope:
            await file.run(slow)

    def noted(event: asyncio.Event) -> Coroutine[Any, Any, Any]:
        waits.append(event)
        return wait(event)

    with patch.object(asyncio.Event, "wait", noted):
        task = asyncio.create_task(cancelled())
        await asyncio.to_thread(slow.begun.wait)
        scope.cancel()
        for _ in range(100):
            await asyncio.sleep(0)
        assert not task.done()
        slow.go_on.set()
        await task
    assert slow.ended.is_set()
    assert len(waits) <= 2
