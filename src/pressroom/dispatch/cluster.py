"""Many workers on many machines: each hands due posts to a queue, and any that is free takes them from it."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pressroom.core.errors import PressroomError
from pressroom.core.post import PostId
from pressroom.core.repositories import DuePost
from pressroom.dispatch.driving import SHORTEST_S
from pressroom.dispatch.loop import DispatchLoop
from pressroom.dispatch.queue import Queue

log: Final = logging.getLogger("pressroom.dispatch")

# An account that was signed out for days may have hundreds of posts due at once: several workers share them.
_MOST_IN_A_GROUP = 20


@dataclass(slots=True, kw_only=True)
class ClusterDispatcher(DispatchLoop):
    """Hands over what is due, and drives what comes out of the queue, whichever worker put it there.

    Posts of one account that are due together go to one worker, which sends them one after the other: two
    workers would get into each other's way. early_s: posts are handed over so long before their time that the
    queue's polling delays none of them.
    hand_over_s: a post that no worker took in that time is handed over again.
    """

    queue: Queue
    early_s: float = 10.0
    hand_over_s: float = 15.0

    async def run(self) -> None:
        """Drive until cancelled; the posts under way are then interrupted, and their leases given back."""
        async with self.queue.opened():
            await self._caught_up()
            await self._drive()

    async def _drive(self) -> None:
        async with self.periodic.beside():
            self.on_driving()
            working = asyncio.create_task(self._work(), name="queue")
            try:
                await self._loop()
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)
                await self.driving.stop()

    async def _work(self) -> None:
        """Work on the queue; start again when the server was away, or this worker was taken for dead."""
        while True:
            try:
                await self.queue.work()
            except PressroomError as error:
                log.warning("%s", error)
            await self.clock.sleep(1.0)

    async def _start_due(self, now: datetime, room: int) -> float:
        # No more than this worker could drive by itself: each is leased to the queue until it is taken.
        due = await self.store.run(
            self.store.posts.hand_over, now, horizon_s=self.early_s, lease_s=self.hand_over_s, limit=room
        )
        if due:
            await self.queue.put(_by_account(due))
        return SHORTEST_S if len(due) == room else self.look_s


def _by_account(due: Sequence[DuePost]) -> list[tuple[PostId, ...]]:
    """Group posts by their account, in the order in which they are due, a few to a group."""
    of_account: defaultdict[str, list[PostId]] = defaultdict(list)
    for post in due:
        of_account[post.account].append(post.id)
    return [some for ids in of_account.values() for some in _chunks(ids)]


def _chunks(ids: Sequence[PostId]) -> list[tuple[PostId, ...]]:
    return [tuple(ids[at : at + _MOST_IN_A_GROUP]) for at in range(0, len(ids), _MOST_IN_A_GROUP)]
