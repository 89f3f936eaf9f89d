"""What is done again and again: the job that a room makes, and what the store keeps of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Job:
    """What is done, and how many seconds after it ended it is done again.

    name: what the store knows it by, for all workers and releases. run: may be cancelled at any moment, and
    is then done anew from its beginning, here or by another worker.
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
    """When periodic jobs run next, and who runs them."""

    def ensure(self, name: str, first_run_at: datetime) -> None:
        """Make the job known; one that is known keeps its time."""
        ...

    def claim(self, name: str, now: datetime, worker: str, *, lease_s: float) -> bool:
        """Let one worker alone run a job; False when it is not due, or another has it.

        worker: a name that no other run of a worker ever has.
        """
        ...

    def renew(self, name: str, worker: str, *, lease_s: float) -> bool:
        """Prolong a lease, counted from now; False when it has passed to another worker."""
        ...

    def done(self, name: str, worker: str, next_run_at: datetime) -> bool:
        """Set the next run and let go; False when the lease has passed to another worker."""
        ...

    def list(self) -> tuple[PeriodicJob, ...]:
        """Give all jobs, the next to run first."""
        ...
