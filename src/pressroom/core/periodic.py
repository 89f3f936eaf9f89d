"""Periodic jobs: what a room runs periodically, and what the store keeps of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime


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
