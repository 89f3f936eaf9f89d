"""The repository of reports that are asked for and fetched later."""

from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from pressroom.core.account import AccountId
from pressroom.core.actor import ActorId
from pressroom.core.errors import ErrorShape
from pressroom.core.report_jobs import (
    MOST_REPORTS,
    ReportContent,
    ReportId,
    ReportJob,
    ReportState,
    ReportWish,
    too_many_reports,
)
from pressroom.core.requests import RequestEffect
from pressroom.core.secret import redact_text
from pressroom.store import tables as t
from pressroom.store.columns import Row, json_text
from pressroom.store.database import Database
from pressroom.store.requests import note_effect

_c = t.report_jobs.c
# Without what it is made of, which is large.
_JOBS: Final = sa.select(*(column for column in _c if column.name not in ("data", "page")))
_CONTENT: Final = sa.select(_c.data, _c.page)
_NO_LEASE: Final[Row] = {"lease_worker": None, "lease_until": None}

# At import, in one thread: see `store.post_rows`.
for _kind in (ReportWish, ErrorShape):
    msgspec.json.Decoder(_kind)


class SqlReportJobs:
    """The reports of all owners. Nobody finds one that has ended; the next that is added deletes it.

    A worker makes a report under a lease; without it, what the worker says of one counts for nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job: ReportJob) -> None:
        """Store a job. Raises Refused for an owner who has MOST_REPORTS already."""
        row: Row = {
            **{name: getattr(job, name) for name in ("id", "owner", "account", "account_name", "state")},
            "created_at": job.created_at,
            "ends_at": job.ends_at,
            "wish": json_text(job.wish),
            "tries": 0,
        }
        counting = sa.select(sa.func.count()).where(_c.owner == job.owner)
        with self._database.writing() as connection:
            connection.execute(_ending(job.created_at))
            if connection.execute(counting).scalar_one() >= MOST_REPORTS:
                raise too_many_reports()
            connection.execute(sa.insert(t.report_jobs).values(row))
            note_effect(connection, job.owner, RequestEffect(subject_kind="report", subject_id=job.id))

    def get(self, owner: ActorId, report_id: ReportId, now: datetime) -> ReportJob | None:
        """Return an owner's job; None for none, and for one that has ended."""
        with self._database.looking() as connection:
            row = connection.execute(_JOBS.where(_is(owner, report_id, now))).mappings().first()
        return _job(row) if row else None

    def list(self, owner: ActorId, now: datetime) -> tuple[ReportJob, ...]:
        """Return an owner's jobs, the newest first."""
        listing = _JOBS.where(_c.owner == owner, _c.ends_at > now)
        with self._database.looking() as connection:
            rows = connection.execute(listing.order_by(_c.created_at.desc(), _c.id)).mappings().all()
        return tuple(map(_job, rows))

    def content(self, owner: ActorId, report_id: ReportId, now: datetime) -> ReportContent | None:
        """Return what an owner's report says; None unless it is ready."""
        ready = _CONTENT.where(_is(owner, report_id, now), _c.state == ReportState.READY)
        with self._database.looking() as connection:
            row = connection.execute(ready).first()
        return ReportContent(*row) if row else None

    def delete(self, owner: ActorId, report_id: ReportId, now: datetime) -> bool:
        """Delete an owner's job, whatever its state; False for none."""
        deleting = sa.delete(t.report_jobs).where(_is(owner, report_id, now))
        with self._database.writing() as connection:
            is_deleted = bool(connection.execute(deleting).rowcount)
            if is_deleted:
                note_effect(connection, owner, RequestEffect(subject_kind="report", subject_id=report_id))
            return is_deleted

    def delete_ended(self, now: datetime) -> int:
        """Delete the jobs that have ended; returns how many."""
        with self._database.writing() as connection:
            return connection.execute(_ending(now)).rowcount

    def claim(self, report_id: ReportId, worker: str, *, lease_s: float) -> int | None:
        """Take a job that nobody makes; returns the number of this try, None where it cannot be taken."""
        is_waiting = (_c.id == report_id) & (_c.state == ReportState.WORKING)
        taking = (
            sa.update(t.report_jobs)
            .where(is_waiting, self._database.is_free(_c.lease_until))
            .values(lease_worker=worker, lease_until=self._database.lease_end(lease_s), tries=_c.tries + 1)
            .returning(_c.tries)
        )
        with self._database.writing() as connection:
            return connection.execute(taking).scalar()

    def finish(self, report_id: ReportId, worker: str, content: ReportContent) -> None:
        """Say that a job is ready."""
        self._settle(report_id, worker, state=ReportState.READY, **content._asdict())

    def fail(self, report_id: ReportId, worker: str, error: ErrorShape) -> None:
        """Say that a job failed, and why."""
        self._settle(report_id, worker, state=ReportState.FAILED, error=redact_text(json_text(error)))

    def release(self, report_id: ReportId, worker: str) -> None:
        """Give a job back, whose making was stopped through no fault of its own."""
        self._settle(report_id, worker, tries=_c.tries - 1)

    def _settle(self, report_id: ReportId, worker: str, **values: Any) -> None:  # noqa: ANN401  # of columns
        is_ours = (_c.id == report_id) & (_c.lease_worker == worker)
        with self._database.writing() as connection:
            connection.execute(sa.update(t.report_jobs).where(is_ours).values(**values, **_NO_LEASE))


def _is(owner: ActorId, report_id: ReportId, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_c.owner == owner, _c.id == report_id, _c.ends_at > now)


def _ending(now: datetime) -> sa.Delete:
    return sa.delete(t.report_jobs).where(_c.ends_at <= now)


def _job(row: sa.RowMapping) -> ReportJob:
    return ReportJob(
        id=ReportId(row["id"]),
        owner=ActorId(row["owner"]),
        account=AccountId(row["account"]),
        account_name=row["account_name"],
        wish=msgspec.json.decode(row["wish"], type=ReportWish),
        state=ReportState(row["state"]),
        created_at=row["created_at"],
        ends_at=row["ends_at"],
        error=msgspec.json.decode(row["error"], type=ErrorShape) if row["error"] else None,
    )
