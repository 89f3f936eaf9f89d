"""The loop of both dispatchers: it asks the store when the next post is due, waits, and starts it."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Never

from pressroom.core.clock import Clock
from pressroom.core.errors import Conflict, PressroomError, StoreFailed
from pressroom.dispatch.driving import SHORTEST_S, Driving, Outage
from pressroom.dispatch.periodic import PeriodicRunner

if TYPE_CHECKING:
    from pressroom.store.store import Store


async def _nothing() -> None:
    """Leave the posts as they are."""


@dataclass(slots=True, kw_only=True)
class DispatchLoop(ABC):
    """Starts the posts of a store when they are due.

    catch_up: done before the first post is started. on_driving: called once the loop starts posts.
    look_s: the longest wait before the store is asked for what other processes submitted. early_s: posts are
    started so long ahead, and wait in memory.
    """

    store: "Store"
    clock: Clock
    driving: Driving
    periodic: PeriodicRunner
    catch_up: Callable[[], Awaitable[object]] = _nothing
    on_driving: Callable[[], None] = lambda: None
    look_s: float = 0.5
    early_s: float
    _outage: Outage = field(default_factory=Outage)

    async def _caught_up(self) -> None:
        """Catch up, however often that takes: nothing is sent before. Raises StoreRefused."""
        while True:
            try:
                await self.catch_up()
            except (StoreFailed, Conflict) as error:
                self._outage.begins(error)
                await self.clock.sleep(self.look_s)
            else:
                self._outage.ends()
                return

    async def _loop(self) -> Never:
        while True:
            await self.clock.sleep(await self._turn())

    async def _turn(self) -> float:
        """Start what is due, and give the seconds to wait until the next turn."""
        try:
            pause_s = await self._look()
            self._outage.ends()
        except PressroomError as error:
            # A store that is away must not end the worker: it is logged once, and asked again.
            self._outage.begins(error)
            return self.look_s
        return pause_s

    async def _look(self) -> float:
        now, room = self.clock.now(), self.driving.room
        before = now + timedelta(seconds=self.look_s + self.early_s)
        # One indexed read: it costs the same with a thousand posts and with a million.
        next_at = await self.store.run(self.store.posts.next_wake, before, now=now)
        if next_at is None or not room:
            return self.look_s
        wait_s = (next_at - now).total_seconds() - self.early_s
        if wait_s > 0:
            return min(self.look_s, max(SHORTEST_S, wait_s))
        return await self._start_due(now, room)

    @abstractmethod
    async def _start_due(self, now: datetime, room: int) -> float:
        """Start up to `room` posts that are due, and give the seconds to wait until the next turn."""
