"""Jobs that run again and again: each under a lease in the store, so that one worker does it."""

import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError
from pressroom.core.repositories import Repositories

log = logging.getLogger("pressroom.dispatch")
_LEASE_S = 600.0


@dataclass(frozen=True, slots=True)
class Job:
    """What is done, and how many seconds after it ended it is done again."""

    run: Callable[[], Awaitable[None]]
    every_s: float


@dataclass(slots=True, kw_only=True)
class PeriodicRunner:
    """Runs the jobs that are due. A job that fails is logged and runs again at its next time.

    look_s: how often the store is asked for such a job, at most.
    """

    store: Repositories
    clock: Clock
    worker: str
    jobs: Mapping[str, Job]
    look_s: float = 5.0
    _looks_at: float = -math.inf

    async def begin(self) -> None:
        """Make the jobs known to the store."""
        for name in self.jobs:
            await self.store.run(self.store.jobs.ensure, name, self.clock.now())

    async def run_due(self) -> None:
        """Run what is due, one after another; nothing so shortly after the last look."""
        if self.clock.monotonic() < self._looks_at:
            return
        self._looks_at = self.clock.monotonic() + self.look_s
        jobs = self.store.jobs
        while claimed := await self.store.run(jobs.claim, self.clock.now(), self.worker, lease_s=_LEASE_S):
            job = self.jobs.get(claimed.name)
            every_s = job.every_s if job else _LEASE_S
            try:
                if job:
                    await job.run()
            except PressroomError as error:
                log.warning("the job %s failed: %s", claimed.name, error)
            next_run_at = self.clock.now() + timedelta(seconds=every_s)
            await self.store.run(jobs.done, claimed.name, self.worker, next_run_at)
