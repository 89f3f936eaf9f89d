"""What every dispatcher does with a post it was told of: drive it, beside others, until its next wait."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError
from pressroom.core.post import PostId
from pressroom.core.shortage import shortages_named

log: Final = logging.getLogger("pressroom.dispatch")

SHORTEST_S = 0.02
"""Between two looks at the store, however much is due."""

Drive = Callable[[PostId], Awaitable[None]]


class Dispatcher(Protocol):
    """Wakes posts and periodic jobs when they are due."""

    async def run(self) -> None:
        """Drive until cancelled; the posts under way are then interrupted, and their leases given back."""
        ...


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
