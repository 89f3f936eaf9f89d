"""Many workers on many machines: due posts are handed to a queue, and whoever is free takes them from it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError
from pressroom.core.repositories import Repositories
from pressroom.dispatch.driving import SHORTEST_S, Driving, Outage
from pressroom.dispatch.periodic import PeriodicRunner
from pressroom.dispatch.queue import Queue

log = logging.getLogger("pressroom.dispatch")


@dataclass(slots=True, kw_only=True)
class ClusterDispatcher:
    """Hands over what is due, and drives what comes out of the queue: from this worker or another.

    early_s: posts are handed over so long before their time, so that the way through the queue costs none.
    hand_over_s: a post that nobody took up for so long is handed over again. look_s: how often the store is
    asked for what others submitted.
    """

    store: Repositories
    clock: Clock
    queue: Queue
    driving: Driving
    periodic: PeriodicRunner
    on_driving: Callable[[], None] = lambda: None
    early_s: float = 10.0
    hand_over_s: float = 15.0
    look_s: float = 0.5
    _outage: Outage = field(default_factory=Outage)

    async def run(self) -> None:
        """Drive until cancelled; the posts under way are then interrupted, and their leases given back."""
        async with self.queue.opened(), self.periodic.beside():
            self.on_driving()
            working = asyncio.create_task(self._work(), name="queue")
            try:
                while True:
                    await self._turn()
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)
                await self.driving.stop()

    async def _work(self) -> None:
        """Empty the queue; begin anew when the server was away, or this worker was taken for dead."""
        while True:
            try:
                await self.queue.work()
            except PressroomError as error:
                log.warning("%s", error)
            await asyncio.sleep(1.0)

    async def _turn(self) -> None:
        try:
            pause_s = await self._hand_over()
            self._outage.ends()
        except PressroomError as error:
            self._outage.begins(error)
            pause_s = self.look_s
        await self.clock.sleep(pause_s)

    async def _hand_over(self) -> float:
        """Hand over what is due, as much as this worker could drive itself; say how long to wait then."""
        posts, now, room = self.store.posts, self.clock.now(), self.driving.room
        before = now + timedelta(seconds=self.look_s + self.early_s)
        next_at = await self.store.run(posts.next_wake, before, now=now)
        if next_at is None or not room:
            return self.look_s
        wait_s = (next_at - now).total_seconds() - self.early_s
        if wait_s > 0:
            return min(self.look_s, max(SHORTEST_S, wait_s))
        due = await self.store.run(
            posts.hand_over, now, horizon_s=self.early_s, lease_s=self.hand_over_s, limit=room
        )
        if due:
            await self.queue.put([post.id for post in due])
        return SHORTEST_S if len(due) == room else self.look_s
