"""When periodic jobs run next, and who runs them."""

from datetime import datetime

from sqlalchemy import select, update

from pressroom.core.periodic import PeriodicJob
from pressroom.store import tables as t
from pressroom.store.database import Database

_LIST = select(t.periodic_jobs.c.name, t.periodic_jobs.c.next_run_at).order_by(
    t.periodic_jobs.c.next_run_at, t.periodic_jobs.c.name
)


class SqlPeriodicJobs:
    """`core.periodic.PeriodicJobs` over SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(self, name: str, first_run_at: datetime) -> None:
        """Make the job known."""
        row = {"name": name, "next_run_at": first_run_at}
        with self._database.writing() as connection:
            connection.execute(self._database.insert_missing(t.periodic_jobs, row))

    def claim(self, now: datetime, worker: str, *, lease_s: float) -> PeriodicJob | None:
        """Take the job that is longest due."""
        c = t.periodic_jobs.c
        is_free = self._database.is_free(c.lease_until)
        found = _LIST.where(c.next_run_at <= now, is_free).limit(1).with_for_update(skip_locked=True)
        with self._database.writing() as connection:
            row = connection.execute(found).first()
            if row is None:
                return None
            lease = {"lease_worker": worker, "lease_until": self._database.lease_end(lease_s)}
            connection.execute(update(t.periodic_jobs).where(c.name == row.name).values(lease))
            return PeriodicJob(row.name, row.next_run_at)

    def done(self, name: str, worker: str, next_run_at: datetime) -> bool:
        """Set the next run and let go."""
        c = t.periodic_jobs.c
        done = (
            update(t.periodic_jobs)
            .where(c.name == name, c.lease_worker == worker)
            .values(next_run_at=next_run_at, lease_worker=None, lease_until=None)
        )
        with self._database.writing() as connection:
            return connection.execute(done).rowcount > 0

    def list(self) -> tuple[PeriodicJob, ...]:
        """Give all jobs, the next to run first."""
        with self._database.reading() as connection:
            return tuple(PeriodicJob(row.name, row.next_run_at) for row in connection.execute(_LIST))
