"""Jobs that run again and again, side by side: each under a lease in the store, so that one worker runs it.

`PeriodicRunner` runs the jobs that are due. `JobLease` is taken, renewed while its job runs, and given back.
"""

import asyncio
import contextlib
import logging
import os
import socket
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import PressroomError, Shortage, StoreFailed
from pressroom.core.protocols import Job
from pressroom.core.shortage import shortages_named

if TYPE_CHECKING:
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.dispatch")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicRunner:
    """Runs the jobs that are due, each in a task. One that fails is logged and runs again at its next time.

    more: returns further jobs, one for each account; asked at each look, since accounts may come later.
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
                    # Those that are always there first: what keeps `more` from answering must not hold them
                    # up.
                    await self._start(self.jobs)
                    jobs = await self.more() if self.more else ()
                    for job in jobs:
                        if job.name not in self._ensured:
                            await self.store.run(self.store.jobs.ensure, job.name, self.clock.now())
                            self._ensured.add(job.name)
                    await self._start(jobs)
            except (Shortage, StoreFailed):
                pass  # the loop beside says what is wrong with the store
            except Exception:
                log.exception("looking for jobs that are due met a fault of Pressroom's own")
            await self.clock.sleep(self.look_s)

    async def _start(self, jobs: Sequence[Job]) -> None:
        rows, now = await self.store.run(self.store.jobs.list), self.clock.now()
        due = {job.name for job in rows if job.next_run_at <= now}
        busy = {task.get_name() for task in self._running}
        for job in jobs:
            if job.name in due - busy:
                task = asyncio.create_task(self._run(job), name=job.name)
                self._running.add(task)
                task.add_done_callback(self._running.discard)

    async def _run(self, job: Job) -> None:
        lease = JobLease(
            store=self.store, machine=self.machine, job=job.name, worker=self.worker, lease_s=self.lease_s
        )
        with contextlib.suppress(StoreFailed):
            if not await lease.take(self.clock.now()):
                return
            next_in_s = 0.0  # what was interrupted is due at once
            try:
                if await lease.hold(_run_logged(job)):
                    next_in_s = job.every_s
            finally:
                await lease.give_back(self.clock.now() + timedelta(seconds=next_in_s))


async def _run_logged(job: Job) -> None:
    # A job that fails counts as done: its next time comes, and a fault must not make it run all the time.
    try:
        with shortages_named():
            await job.run()
    except PressroomError as error:
        log.warning("the job %s failed: %s", job.name, error)
    except Exception:
        log.exception("the job %s met a fault of Pressroom's own", job.name)


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
        watching = [asyncio.create_task(self._renew()), asyncio.create_task(self._wait_for_end())]
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
            # By the machine's seconds: ours may be a sandbox's, and the store's lease runs in real ones.
            await self.machine.sleep(self.lease_s / 3)
            asked_at = self.machine.monotonic()
            try:
                is_ours = await self.store.run(renew, self.job, self.worker, lease_s=self.lease_s)
            except StoreFailed as error:
                log.warning("the lease of the job %s could not be renewed: %s", self.job, error)
            else:
                self._ends_at = asked_at + self.lease_s

    async def _wait_for_end(self) -> None:
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
