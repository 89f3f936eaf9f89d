"""The lease of a periodic job: taken, renewed while the job runs, and given back."""

import asyncio
import logging
import os
import socket
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from pressroom.core.clock import Clock
from pressroom.core.errors import StoreFailed

if TYPE_CHECKING:
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.dispatch")


@dataclass(slots=True, kw_only=True)
class JobLease:
    """One worker's lease on one job, renewed every third of `lease_s`.

    machine: whose seconds leases are counted in.
    """

    store: "Store"
    machine: Clock
    job: str
    worker: str
    lease_s: float
    _ends_at: float = 0.0

    async def take(self, now: datetime) -> bool:
        """Claim the job; False when it is not due, or another worker has it. Raises StoreFailed."""
        # From before the question: the store's lease then never ends earlier than ours.
        jobs, asked_at = self.store.jobs, self.machine.monotonic()
        try:
            is_ours = await self.store.run(jobs.claim, self.job, now, self.worker, lease_s=self.lease_s)
        except asyncio.CancelledError:
            await self.give_back(now)  # it may have been claimed
            raise
        self._ends_at = asked_at + self.lease_s
        return is_ours

    async def hold(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do the work; False when the lease was lost meanwhile and the work was cancelled."""
        working = asyncio.create_task(work, name=f"work of {self.job}")
        watching = [asyncio.create_task(self._renew()), asyncio.create_task(self._end())]
        try:
            await asyncio.wait([working, *watching], return_when=asyncio.FIRST_COMPLETED)
            is_held = working.done()
            if not is_held:
                log.warning("the lease of the job %s was lost: its run is stopped here", self.job)
            return is_held
        finally:
            await stopped(working, *watching)

    async def give_back(self, next_run_at: datetime) -> None:
        """Store when the job runs next, and end the lease; nothing happens when it is another's."""
        try:
            await self.store.run(self.store.jobs.done, self.job, self.worker, next_run_at)
        except StoreFailed as error:  # it ends by itself
            log.warning("the lease of the job %s could not be given back: %s", self.job, error)

    async def _renew(self) -> None:
        """Renew until the lease has passed to another worker."""
        renew = self.store.jobs.renew
        is_ours = True
        while is_ours:
            await self.machine.sleep(self.lease_s / 3)
            asked_at = self.machine.monotonic()
            try:
                is_ours = await self.store.run(renew, self.job, self.worker, lease_s=self.lease_s)
            except StoreFailed as error:
                log.warning("the lease of the job %s could not be renewed: %s", self.job, error)
            else:
                self._ends_at = asked_at + self.lease_s

    async def _end(self) -> None:
        """Wait until the lease is over: others may have it then, whether or not the store can be asked."""
        while (left_s := self._ends_at - self.machine.monotonic()) > 0:
            await self.machine.sleep(left_s)


def worker_name() -> str:
    """Make the name under which a process holds leases: no process that gets its pid later has the same."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


async def stopped(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
