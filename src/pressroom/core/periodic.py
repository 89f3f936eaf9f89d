"""What is done again and again, as the store keeps it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """Something done again and again."""

    name: str
    next_run_at: datetime


class PeriodicJobs(Protocol):
    """When periodic jobs run next, and who runs them."""

    def ensure(self, name: str, first_run_at: datetime) -> None:
        """Make the job known; one that is known keeps its time."""
        ...

    def claim(self, now: datetime, worker: str, *, lease_s: float) -> PeriodicJob | None:
        """Take the job that is longest due; None when none is due, or others have them."""
        ...

    def done(self, name: str, worker: str, next_run_at: datetime) -> bool:
        """Set the next run and let go; False when the lease has passed to another worker."""
        ...

    def list(self) -> tuple[PeriodicJob, ...]:
        """Give all jobs, the next to run first."""
        ...
