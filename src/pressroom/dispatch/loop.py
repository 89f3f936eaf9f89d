"""The loop of a worker: it asks the store when the next post is due, waits, and starts it.

`DispatchLoop` is the loop of both dispatchers, and `Driving` what they do with a post that is due: drive it,
beside others, until its next wait. `EmbeddedDispatcher` is the dispatcher of one machine: whichever process
has the driver's lock drives what is due. That of many machines is in `cluster`.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Never

from pressroom.core.clock import Clock
from pressroom.core.errors import Conflict, PressroomError, StoreFailed
from pressroom.core.post import PostId
from pressroom.core.shortage import shortages_named
from pressroom.dispatch.locks import DriverLock
from pressroom.dispatch.periodic import PeriodicRunner

if TYPE_CHECKING:
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.dispatch")
SHORTEST_S = 0.02
"""Between two looks at the store, however much is due."""
Drive = Callable[[PostId], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Driving:
    """The posts that this process drives at this moment.

    most_at_once: posts driven side by side. fault_pause_s: a post that met a fault keeps its place so long.
    """

    drive: Drive
    clock: Clock
    most_at_once: int = 1024
    fault_pause_s: float = 5.0
    _tasks: dict[PostId, asyncio.Task[None]] = field(default_factory=dict[PostId, asyncio.Task[None]])

    def __contains__(self, post_id: PostId) -> bool:
        return post_id in self._tasks

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def room(self) -> int:
        """How many more posts may be driven."""
        return max(0, self.most_at_once - len(self._tasks))

    def start(self, post_id: PostId) -> asyncio.Task[None]:
        """Drive a post that is not being driven here."""
        task = asyncio.create_task(self._drive(post_id), name=f"post {post_id}")
        self._tasks[post_id] = task
        return task

    async def through(self, post_id: PostId) -> None:
        """Drive a post and wait until that ends. Cancelling the wait does not cancel the drive."""
        while earlier := self._tasks.get(post_id):
            # It may be about to give the post back: woken since, the post would not be looked at again.
            await asyncio.wait([earlier])
        await asyncio.wait([self.start(post_id)])

    async def stop(self) -> None:
        """Interrupt all, and wait until they have given their leases back."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _drive(self, post_id: PostId) -> None:
        try:
            with shortages_named():
                await self.drive(post_id)
        except PressroomError as error:
            log.warning("post %s could not be taken up: %s", post_id, error)
            # It is still due: driven again at once, it would fail some hundred times a second.
            await self.clock.sleep(self.fault_pause_s)
        except Exception:
            log.exception("post %s met a fault of Pressroom's own", post_id)
            await self.clock.sleep(self.fault_pause_s)
        finally:
            del self._tasks[post_id]


@dataclass(slots=True)
class Outage:
    """Logs once that the store does not answer, and once that it does again."""

    is_on: bool = False

    def begins(self, error: PressroomError) -> None:
        """Log it, unless it was logged already."""
        if not self.is_on:
            log.warning("the store does not answer: %s", error)
        self.is_on = True

    def ends(self) -> None:
        """Log that it is over, if there was one."""
        if self.is_on:
            log.warning("the store answers again")
        self.is_on = False


async def _do_nothing() -> None:
    """Catch up with nothing: leave the posts as they are."""


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
    catch_up: Callable[[], Awaitable[object]] = _do_nothing
    on_driving: Callable[[], None] = lambda: None
    # Idling, one question each half second takes 0.2 % of a core on SQLite: docs/decisions/0008.
    look_s: float = 0.5
    early_s: float
    _outage: Outage = field(default_factory=Outage)

    @abstractmethod
    async def run(self) -> None:
        """Drive until cancelled; the posts under way are then interrupted, and their leases given back."""

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
            now, room = self.clock.now(), self.driving.room
            before = now + timedelta(seconds=self.look_s + self.early_s)
            try:
                # One indexed read: it costs the same with a thousand posts and with a million.
                next_at = await self.store.run(self.store.posts.next_wake, before, now=now)
                if next_at is None or not room:
                    pause_s = self.look_s
                elif (wait_s := (next_at - now).total_seconds() - self.early_s) > 0:
                    pause_s = min(self.look_s, max(SHORTEST_S, wait_s))
                else:
                    pause_s = await self._start_due(now, room)
                self._outage.ends()
            except PressroomError as error:
                # A store that is away must not end the worker: it is logged once, and asked again.
                self._outage.begins(error)
                pause_s = self.look_s
            await self.clock.sleep(pause_s)

    @abstractmethod
    async def _start_due(self, now: datetime, room: int) -> float:
        """Start up to `room` posts that are due, and give the seconds to wait until the next look."""


@dataclass(slots=True, kw_only=True)
class EmbeddedDispatcher(DispatchLoop):
    """Drives the posts of a store for as long as this process has the driver's lock.

    spared: lists the posts that other living processes publish. on_driving: called when it drives.
    """

    lock: DriverLock
    spared: Callable[[], Collection[PostId]] = frozenset
    early_s: float = 5.0

    async def run(self) -> None:
        """Drive until cancelled; the posts under way are then interrupted, and their leases given back."""
        if not self.lock.take():
            log.info("process %s drives the store: waiting to follow it", self.lock.holder())
        while not self.lock.take():
            await self.clock.sleep(self.look_s)
        try:
            # No other worker runs: whoever else held these leases is gone.
            await self.store.run(self.store.posts.release_leases, self.spared())
            await self._caught_up()
            self.on_driving()
            async with self.periodic.beside():
                await self._loop()
        finally:
            await self.driving.stop()
            self.lock.release()

    async def _start_due(self, now: datetime, room: int) -> float:
        # Posts that are driven already may be in the answer: a lease that was just taken may not be seen yet.
        limit = room + len(self.driving)
        for due in await self.store.run(self.store.posts.due, now, horizon_s=self.early_s, limit=limit):
            if due.id not in self.driving:
                self.driving.start(due.id)
        return SHORTEST_S
