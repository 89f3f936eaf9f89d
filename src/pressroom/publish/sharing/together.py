"""Gathers what many runs ask for at the same time into one operation: one commit instead of a hundred."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

# A commit of more would keep its first ones waiting for its last.
_MOST = 50


class _Asked(asyncio.Future[ResultT | None]):
    """What somebody waits for. A cancellation of theirs waits, too: what they asked for may be committed."""

    def cancel(self, msg: Any = None) -> bool:  # noqa: ANN401, ARG002  # asyncio's own
        return False

    def end(self) -> None:
        """Cancel it, since nobody will answer."""
        super().cancel()


class Together(Generic[ItemT, ResultT]):
    """Runs an operation on all items that were asked for while it ran before. For one event loop.

    run: gives the results in the order of the items. most_runs: so many run side by side.
    """

    def __init__(
        self, run: Callable[[Sequence[ItemT]], Awaitable[Sequence[ResultT]]], *, most_runs: int
    ) -> None:
        self._run = run
        self._most_runs = most_runs
        self._waiting: list[tuple[ItemT, _Asked[ResultT]]] = []
        self._runs = 0
        self._working = set[asyncio.Task[None]]()  # or the loop, which holds tasks weakly, could drop them

    async def ask(self, item: ItemT) -> ResultT | None:
        """Give the item's result; None, and nothing was run, when nobody else asks at this moment.

        Raises what the operation raises. A cancellation waits for the operation to end.
        """
        asked = _Asked[ResultT]()
        self._waiting.append((item, asked))
        if self._runs < self._most_runs:
            self._begin()
        return await asked

    def _begin(self) -> None:
        self._runs += 1
        task = asyncio.create_task(self._work())
        self._working.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        # Not in the task itself: one that is cancelled before its first step does nothing at all.
        self._working.discard(task)
        self._runs -= 1
        if task.cancelled():
            # The loop ends: whoever waits would do so for ever.
            waiting, self._waiting = self._waiting, []
            _end(waiting, None)
        elif self._waiting:
            self._begin()

    async def _work(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            await self._settle(batch)

    async def _settle(self, batch: Sequence[tuple[ItemT, _Asked[ResultT]]]) -> None:
        try:
            alone = len(batch) == 1
            results = [None] if alone else await self._run([item for item, _ in batch])
            answered = list(zip(batch, results, strict=True))
        except asyncio.CancelledError:
            _end(batch, None)
            raise
        except Exception as error:  # noqa: BLE001  # every asker raises it
            _end(batch, error)
        else:
            for (_, asked), result in answered:
                asked.set_result(result)


def _end(batch: Sequence[tuple[ItemT, _Asked[ResultT]]], error: Exception | None) -> None:
    for _, asked in batch:
        if error:
            asked.set_exception(error)
        else:
            asked.end()
