"""Periodic jobs: when each runs next, and who holds its lease."""

from datetime import datetime

from sqlalchemy import Update, select, update

from pressroom.core.protocols import PeriodicJob
from pressroom.store import tables as t
from pressroom.store.database import Database

_LIST = select(t.periodic_jobs.c.name, t.periodic_jobs.c.next_run_at).order_by(
    t.periodic_jobs.c.next_run_at, t.periodic_jobs.c.name
)


class SqlPeriodicJobs:
    """When each periodic job runs next, and who holds its lease."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(self, name: str, first_run_at: datetime) -> None:
        """Store a job; a known one keeps its time."""
        row = {"name": name, "next_run_at": first_run_at}
        with self._database.writing() as connection:
            connection.execute(self._database.insert_missing(t.periodic_jobs, row))

    def claim(self, name: str, now: datetime, worker: str, *, lease_s: float) -> bool:
        """Take the lease of a job; False when it is not due, or another worker has the lease.

        worker: a name unique to this run of the worker.
        """
        c = t.periodic_jobs.c
        lease = {"lease_worker": worker, "lease_until": self._database.lease_end(lease_s)}
        is_free = self._database.is_free(c.lease_until)
        # One UPDATE with its condition: of workers that claim at once, one changes the row.
        taken = update(t.periodic_jobs).where(c.name == name, c.next_run_at <= now, is_free).values(lease)
        return self._is_changed(taken)

    def renew(self, name: str, worker: str, *, lease_s: float) -> bool:
        """Extend a lease, counted from now; False when another worker has taken it."""
        return self._is_changed(_held(name, worker).values(lease_until=self._database.lease_end(lease_s)))

    def done(self, name: str, worker: str, next_run_at: datetime) -> bool:
        """Set the next run and release the lease; False when another worker has taken it."""
        free = {"next_run_at": next_run_at, "lease_worker": None, "lease_until": None}
        return self._is_changed(_held(name, worker).values(free))

    def list(self) -> tuple[PeriodicJob, ...]:
        """Return all jobs, the next to run first."""
        with self._database.reading() as connection:
            return tuple(PeriodicJob(row.name, row.next_run_at) for row in connection.execute(_LIST))

    def _is_changed(self, change: Update) -> bool:
        with self._database.writing() as connection:
            return connection.execute(change).rowcount > 0


def _held(name: str, worker: str) -> Update:
    c = t.periodic_jobs.c
    return update(t.periodic_jobs).where(c.name == name, c.lease_worker == worker)
