"""The loop of one machine: it waits for the next due post and drives what is due."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta

from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError
from pressroom.core.post import PostId
from pressroom.core.repositories import Repositories
from pressroom.dispatch.driving import SHORTEST_S, Driving, Outage
from pressroom.dispatch.lock import DriverLock
from pressroom.dispatch.periodic import PeriodicRunner

log = logging.getLogger("pressroom.dispatch")


@dataclass(slots=True, kw_only=True)
class EmbeddedDispatcher:
    """Drives the posts of a store for as long as this process has the driver's lock.

    spared: lists the posts that other living processes carry. on_driving: told when it has the lock.
    look_s: how often the store is asked for what other processes submitted. early_s: posts are taken up so
    long before their time, and wait for it in memory.
    """

    store: Repositories
    clock: Clock
    driving: Driving
    periodic: PeriodicRunner
    lock: DriverLock
    spared: Callable[[], Collection[PostId]] = frozenset
    on_driving: Callable[[], None] = lambda: None
    look_s: float = 0.5
    early_s: float = 5.0
    _outage: Outage = field(default_factory=Outage)

    async def run(self) -> None:
        """Drive until cancelled; the posts under way are then interrupted, and their leases given back."""
        if not self.lock.take():
            log.info("process %s drives the store: waiting to follow it", self.lock.holder())
        while not self.lock.take():
            await self.clock.sleep(self.look_s)
        try:
            self.on_driving()
            # No other worker runs: whoever else held these leases is gone.
            await self.store.run(self.store.posts.release_leases, self.spared())
            async with self.periodic.beside():
                while True:
                    await self._turn()
        finally:
            await self.driving.stop()
            self.lock.release()

    async def _turn(self) -> None:
        try:
            pause_s = await self._take_up()
            self._outage.ends()
        except PressroomError as error:
            self._outage.begins(error)
            pause_s = self.look_s
        await self.clock.sleep(pause_s)

    async def _take_up(self) -> float:
        """Take up what is due, and say how long to wait then: never past the next look for new ones."""
        posts, now, room = self.store.posts, self.clock.now(), self.driving.room
        before = now + timedelta(seconds=self.look_s + self.early_s)
        next_at = await self.store.run(posts.next_wake, before, now=now)
        if next_at is None or not room:
            return self.look_s
        wait_s = (next_at - now).total_seconds() - self.early_s
        if wait_s > 0:
            return min(self.look_s, max(SHORTEST_S, wait_s))
        # Those under way may come again in the answer: a lease that was just taken may not be seen yet.
        limit = room + len(self.driving)
        for due in await self.store.run(posts.due, now, horizon_s=self.early_s, limit=limit):
            if due.id not in self.driving:
                self.driving.start(due.id)
        return SHORTEST_S
