"""Jobs that run again and again: each under a lease in the store, so that one worker does it."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError, StoreFailed
from pressroom.core.repositories import Repositories

log = logging.getLogger("pressroom.dispatch")
_LEASE_S = 600.0


@dataclass(frozen=True, slots=True)
class Job:
    """What is done, and how many seconds after it ended it is done again."""

    run: Callable[[], Awaitable[None]]
    every_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicRunner:
    """Runs the jobs that are due. A job that fails is logged and runs again at its next time.

    look_s: how often the store is asked for such a job.
    """

    store: Repositories
    clock: Clock
    worker: str
    jobs: Mapping[str, Job]
    look_s: float = 5.0

    @contextlib.asynccontextmanager
    async def beside(self) -> AsyncGenerator[None]:
        """Run them while the block runs: one that takes long holds up no post. Raises StoreFailed."""
        for name in self.jobs:
            await self.store.run(self.store.jobs.ensure, name, self.clock.now())
        task = asyncio.create_task(self._run(), name="periodic jobs")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            # The loop beside says what is wrong with the store.
            with contextlib.suppress(StoreFailed):
                await self._run_due()
            await self.clock.sleep(self.look_s)

    async def _run_due(self) -> None:
        jobs = self.store.jobs
        while claimed := await self.store.run(jobs.claim, self.clock.now(), self.worker, lease_s=_LEASE_S):
            job = self.jobs.get(claimed.name)
            if job:
                await _done(claimed.name, job)
            next_run_at = self.clock.now() + timedelta(seconds=job.every_s if job else _LEASE_S)
            await self.store.run(jobs.done, claimed.name, self.worker, next_run_at)


async def _done(name: str, job: Job) -> None:
    try:
        await job.run()
    except PressroomError as error:
        log.warning("the job %s failed: %s", name, error)
    except Exception:
        log.exception("the job %s met a fault of Pressroom's own", name)
