"""A cache that computes each value once: concurrent callers wait for the first one's result."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

ValueT = TypeVar("ValueT")


class _GivenUpError(Exception):
    """The caller that computed the value failed or was cancelled."""


class Once(Generic[ValueT]):
    """Values by key; the `most` that were asked for last are kept.

    Safe to use from several event loops and threads at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers = OrderedDict[Hashable, Future[ValueT]]()
        self._lock = threading.Lock()

    async def get(self, key: Hashable, work: Callable[[], Awaitable[ValueT]]) -> ValueT:
        """Give the value, by `work` unless it is known. What `work` raises is not kept: waiters try anew."""
        while True:
            answer, is_ours = self._claim(key)
            if is_ours:
                return await self._computed(key, answer, work)
            try:
                return await asyncio.wrap_future(answer)
            except _GivenUpError:
                continue

    def known(self, key: Hashable) -> ValueT | None:
        """Give a value that is known already, else None."""
        with self._lock:
            answer = self._answers.get(key)
        is_there = answer is not None and answer.done() and not answer.exception()
        return answer.result() if answer and is_there else None

    def remember(self, key: Hashable, value: ValueT) -> None:
        """Store a value that was computed elsewhere."""
        answer = Future[ValueT]()
        answer.set_result(value)
        with self._lock:
            self._keep(key, answer)

    def _claim(self, key: Hashable) -> tuple[Future[ValueT], bool]:
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key], False
            answer = Future[ValueT]()
            answer.set_running_or_notify_cancel()  # else a cancelled waiter cancels it for all
            self._keep(key, answer)
            return answer, True

    def _keep(self, key: Hashable, answer: Future[ValueT]) -> None:
        self._answers[key] = answer
        self._answers.move_to_end(key)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)

    async def _computed(
        self, key: Hashable, answer: Future[ValueT], work: Callable[[], Awaitable[ValueT]]
    ) -> ValueT:
        try:
            value = await work()
        except BaseException:
            self._give_up(key, answer)
            raise
        answer.set_result(value)
        return value

    def _give_up(self, key: Hashable, answer: Future[ValueT]) -> None:
        with self._lock:
            if self._answers.get(key) is answer:  # `remember` may have replaced it
                del self._answers[key]
        answer.set_exception(_GivenUpError())
