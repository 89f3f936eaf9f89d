"""Periodic jobs: what a room runs periodically, and what the store keeps of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


# Not in the queue of a cluster, so that a single machine runs them the same way: docs/decisions/0008.
@dataclass(frozen=True, slots=True)
class Job:
    """A job, and the seconds from its end to its next run.

    name: its key in the store, the same for all workers and releases. run: may be cancelled at any moment and
    is then run again from its start, here or by another worker.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    every_s: float


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """When a job runs next."""

    name: str
    next_run_at: datetime


class PeriodicJobs(Protocol):
    """When each periodic job runs next, and who holds its lease."""

    def ensure(self, name: str, first_run_at: datetime) -> None:
        """Store a job; a known one keeps its time."""
        ...

    def claim(self, name: str, now: datetime, worker: str, *, lease_s: float) -> bool:
        """Take the lease of a job; False when it is not due, or another worker has the lease.

        worker: a name unique to this run of the worker.
        """
        ...

    def renew(self, name: str, worker: str, *, lease_s: float) -> bool:
        """Extend a lease, counted from now; False when another worker has taken it."""
        ...

    def done(self, name: str, worker: str, next_run_at: datetime) -> bool:
        """Set the next run and release the lease; False when another worker has taken it."""
        ...

    def list(self) -> tuple[PeriodicJob, ...]:
        """Return all jobs, the next to run first."""
        ...
