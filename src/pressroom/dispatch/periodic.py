"""Jobs that run again and again, side by side: each under a lease in the store, so one worker does it."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import PressroomError, Shortage, StoreFailed
from pressroom.core.periodic import Job
from pressroom.core.shortage import shortages_named
from pressroom.dispatch.joblease import JobLease, stopped

if TYPE_CHECKING:
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.dispatch")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicRunner:
    """Runs the jobs that are due, each in a task. One that fails is logged and runs again at its next time.

    more: returns further jobs, asked for at each look: one for each account, which may come later.
    lease_s: how soon another worker runs the job of one that died. machine: whose seconds leases are
    counted in. look_s: how often the store is asked what is due.
    """

    store: "Store"
    clock: Clock
    worker: str
    jobs: Sequence[Job]
    more: Callable[[], Awaitable[Sequence[Job]]] | None = None
    lease_s: float = 60.0
    look_s: float = 5.0
    machine: Clock = SYSTEM_CLOCK
    _running: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _ensured: set[str] = field(default_factory=set[str])

    @contextlib.asynccontextmanager
    async def beside(self) -> AsyncGenerator[None]:
        """Run them while the block runs; then they are cancelled, and their leases given back.

        Raises StoreFailed.
        """
        for job in self.jobs:
            await self.store.run(self.store.jobs.ensure, job.name, self.clock.now())
        looking = asyncio.create_task(self._look(), name="periodic jobs")
        try:
            yield
        finally:
            await stopped(looking)
            await stopped(*self._running)

    async def _look(self) -> None:
        while True:
            try:
                with shortages_named():
                    await self._start_due()
            except (Shortage, StoreFailed):
                pass  # the loop beside says what is wrong with the store
            except Exception:
                log.exception("looking for jobs that are due met a fault of Pressroom's own")
            await self.clock.sleep(self.look_s)

    async def _start_due(self) -> None:
        # Those that are always there first: what keeps the others from being told must not hold them up.
        await self._start(self.jobs)
        await self._start(await self._further())

    async def _start(self, jobs: Sequence[Job]) -> None:
        known, now = await self.store.run(self.store.jobs.list), self.clock.now()
        due = {job.name for job in known if job.next_run_at <= now}
        busy = {task.get_name() for task in self._running}
        for job in jobs:
            if job.name in due - busy:
                task = asyncio.create_task(self._run(job), name=job.name)
                self._running.add(task)
                task.add_done_callback(self._running.discard)

    async def _further(self) -> Sequence[Job]:
        jobs = await self.more() if self.more else ()
        for job in jobs:
            if job.name not in self._ensured:
                await self.store.run(self.store.jobs.ensure, job.name, self.clock.now())
                self._ensured.add(job.name)
        return jobs

    async def _run(self, job: Job) -> None:
        with contextlib.suppress(StoreFailed):
            await self._run_leased(job)

    async def _run_leased(self, job: Job) -> None:
        lease = JobLease(
            store=self.store, machine=self.machine, job=job.name, worker=self.worker, lease_s=self.lease_s
        )
        if not await lease.take(self.clock.now()):
            return
        next_in_s = 0.0  # what was interrupted is due at once
        try:
            if await lease.hold(_done(job)):
                next_in_s = job.every_s
        finally:
            await lease.give_back(self.clock.now() + timedelta(seconds=next_in_s))


async def _done(job: Job) -> None:
    # A job that fails counts as done: its next time comes, and a fault must not make it run all the time.
    try:
        with shortages_named():
            await job.run()
    except PressroomError as error:
        log.warning("the job %s failed: %s", job.name, error)
    except Exception:
        log.exception("the job %s met a fault of Pressroom's own", job.name)
