"""The dispatcher of one machine: whichever process has the driver's lock drives what is due."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pressroom.core.post import PostId
from pressroom.dispatch.driving import SHORTEST_S
from pressroom.dispatch.lock import DriverLock
from pressroom.dispatch.loop import DispatchLoop

log: Final = logging.getLogger("pressroom.dispatch")


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
