"""The loop of one machine: it waits for the next due post and drives what is due."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError
from pressroom.core.post import PostId
from pressroom.core.repositories import Repositories
from pressroom.dispatch.lock import DriverLock
from pressroom.dispatch.periodic import PeriodicRunner

log = logging.getLogger("pressroom.dispatch")

Drive = Callable[[PostId], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class EmbeddedDispatcher:
    """Drives the posts of a store for as long as this process has the driver's lock.

    lock: None on a store that several machines share, where leases alone tell who drives what.
    on_driving: told when it has the lock.
    look_s: how often the store is asked for what other processes submitted. early_s: posts are taken up so
    long before their time, and wait for it in memory. most_at_once: posts driven side by side.
    """

    store: Repositories
    clock: Clock
    drive: Drive
    periodic: PeriodicRunner
    lock: DriverLock | None
    on_driving: Callable[[], None] = lambda: None
    look_s: float = 0.5
    early_s: float = 5.0
    most_at_once: int = 256
    _driven: dict[PostId, asyncio.Task[None]] = field(default_factory=dict[PostId, asyncio.Task[None]])

    async def run(self) -> None:
        """Drive until cancelled; the posts under way are then interrupted, and their leases given back."""
        if self.lock:
            await self._wait_for(self.lock)
        try:
            self.on_driving()
            if self.lock:
                # Nobody else runs: whoever held these leases is gone.
                await self.store.run(self.store.posts.release_leases)
            await self.periodic.begin()
            while True:
                await self._turn()
        finally:
            await self._stop()
            if self.lock:
                self.lock.release()

    async def _wait_for(self, lock: DriverLock) -> None:
        while not lock.take():
            await self.clock.sleep(self.look_s)

    async def _turn(self) -> None:
        try:
            await self._take_up()
            await self.periodic.run_due()
            pause_s = await self._until_next()
        except PressroomError as error:
            log.warning("the store did not answer: %s", error)
            pause_s = self.look_s
        await self.clock.sleep(pause_s)

    async def _take_up(self) -> None:
        room = self.most_at_once - len(self._driven)
        if room <= 0:
            return
        now = self.clock.now()
        # Those under way may come again in the answer: a lease that was just taken may not be seen yet.
        limit = room + len(self._driven)
        for due in await self.store.run(self.store.posts.due, now, horizon_s=self.early_s, limit=limit):
            if due.id not in self._driven:
                task = asyncio.create_task(self._drive(due.id), name=f"post {due.id}")
                self._driven[due.id] = task

    async def _drive(self, post_id: PostId) -> None:
        try:
            await self.drive(post_id)
        except PressroomError as error:
            log.warning("post %s could not be taken up: %s", post_id, error)
            await self.clock.sleep(self.early_s)
        except Exception:
            log.exception("post %s met a fault of Pressroom's own", post_id)
            await self.clock.sleep(self.early_s)
        finally:
            del self._driven[post_id]

    async def _until_next(self) -> float:
        """Say how long to wait: until the next post wakes, and never past the next look for new ones."""
        now = self.clock.now()
        before = now + timedelta(seconds=self.look_s + self.early_s)
        next_at = await self.store.run(self.store.posts.next_wake, before, now=now)
        if next_at is None:
            return self.look_s
        wait_s = (next_at - now).total_seconds() - self.early_s
        return min(self.look_s, max(0.02, wait_s))

    async def _stop(self) -> None:
        tasks = list(self._driven.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
