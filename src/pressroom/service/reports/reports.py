"""`ReportService`: reports that are asked for and fetched later, for callers that cannot wait for one.

Each is a job in the store. The session that was asked has it made, in a process of its own (`process`)
and under a lease. Where that session ended before, the next one that is asked how it stands does so. Why:
docs/decisions/0043-reports-as-jobs.md.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from pressroom.core.actor import ActorId
from pressroom.core.errors import PressroomError, StoreFailed
from pressroom.core.report_jobs import (
    REPORT_LIFETIME,
    ReportContent,
    ReportId,
    ReportJob,
    ReportState,
    ReportWish,
    no_report,
)
from pressroom.core.settings import Settings
from pressroom.dispatch.periodic import stopped, worker_name
from pressroom.insights.report.languages import require_language
from pressroom.media.child import FairSemaphore
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.output import REPORT_EXTRA, require_report_extra
from pressroom.service.insights.kept import require_kept_account, require_metric
from pressroom.service.insights.questions import days_about
from pressroom.service.insights.report_answers import require_answers
from pressroom.service.reports.process import LIMIT_S, ReportOrder, make_report

if TYPE_CHECKING:
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.service")
# Each takes a core, and all that its libraries load.
_TURNS: Final = FairSemaphore(2)
# Longer than the process may take: nobody else makes one that is being made.
_LEASE_S: Final = LIMIT_S + 30
_MOST_TRIES: Final = 3
_NO_COMMENTS: Final[Mapping[str, str]] = MappingProxyType({})
Makes: TypeAlias = Callable[[ReportOrder, Settings], Awaitable[ReportContent]]
"""Makes a report; a cancellation ends that."""


class ReportService:
    """The use-cases of reports as jobs. Each actor has its own, and finds no other's.

    Any of them may raise StoreRefused or StoreFailed. makes: what makes a report.
    """

    def __init__(self, acting: Acting, gate: Gate, *, makes: Makes = make_report) -> None:
        self._acting = acting
        self._gate = gate
        self._makes = makes
        self._making = dict[ReportId, asyncio.Task[None]]()
        self._is_stopped_at_end = False

    async def ask(
        self,
        period: str = "month",
        *,
        timezone: str | None = None,
        language: str | None = None,
        comments: Mapping[str, str] = _NO_COMMENTS,
        top_by: str | None = None,
    ) -> ReportJob:
        """Ask for a report of the session's account, and return its job at once.

        timezone: as of `InsightService.in_zone`; all others: as of its `report`. Raises what they do, and
        Refused for an actor with 20 reports. At most two are made at once in a process.
        """
        require_report_extra("A report", *REPORT_EXTRA)
        require_answers(comments)
        if top_by is not None:
            require_metric(top_by)
        kept = await require_kept_account(self._acting, timezone)
        days = (await days_about(kept, period)).period
        wish = ReportWish(
            # The days themselves: made again after midnight, it tells of the same ones.
            period=f"{days.first}..{days.last}",
            timezone=timezone,
            language=language and require_language(language),
            comments=dict(comments),
            top_by=top_by,
        )
        job = ReportJob(
            id=ReportId(uuid.uuid4().hex),
            owner=(await self._gate.actor()).id,
            account=kept.account,
            account_name=kept.name,
            wish=wish,
            created_at=kept.now,
            ends_at=kept.now + REPORT_LIFETIME,
        )
        await kept.store.run(kept.store.report_jobs.add, job)
        self._make_soon(kept.store, job)
        return job

    async def get(self, report_id: str) -> ReportJob:
        """Tell how a report stands, and have it made where its maker is gone. Raises NotFound."""
        store, owner, now = await self._place(report_id)
        job = await store.run(store.report_jobs.get, owner, ReportId(report_id), now)
        if job is None:
            raise no_report(report_id)
        if job.state is ReportState.WORKING:
            self._make_soon(store, job)
        return job

    async def list(self) -> tuple[ReportJob, ...]:
        """Return the reports that were asked for within a day, the newest first."""
        if not self._acting.resources.has_store:
            return ()
        store, owner, now = await self._place("")
        return await store.run(store.report_jobs.list, owner, now)

    async def content(self, report_id: str) -> ReportContent | None:
        """Return what a report says; None unless it is ready."""
        store, owner, now = await self._place(report_id)
        return await store.run(store.report_jobs.content, owner, ReportId(report_id), now)

    async def delete(self, report_id: str) -> None:
        """Delete a report, and stop making it. Raises NotFound."""
        store, owner, now = await self._place(report_id)
        if not await store.run(store.report_jobs.delete, owner, ReportId(report_id), now):
            raise no_report(report_id)
        if task := self._making.get(ReportId(report_id)):
            task.cancel()

    async def _place(self, report_id: str) -> "tuple[Store, ActorId, datetime]":
        # Asking makes no store.
        if not self._acting.resources.has_store:
            raise no_report(report_id)
        store, owner = await self._acting.resources.store(), (await self._gate.actor()).id
        return store, owner, self._acting.resources.clock.now()

    def _make_soon(self, store: "Store", job: ReportJob) -> None:
        if job.id in self._making:
            return
        if not self._is_stopped_at_end:
            # Only now, since it has to come before the store is closed.
            self._acting.resources.at_end(lambda: stopped(*self._making.values()))
            self._is_stopped_at_end = True
        self._making[job.id] = task = asyncio.create_task(self._make(store, job))
        task.add_done_callback(lambda _task: self._making.pop(job.id))

    async def _make(self, store: "Store", job: ReportJob) -> None:
        jobs, worker = store.report_jobs, worker_name()
        try:
            async with _TURNS.turn():
                tries = await store.run(jobs.claim, job.id, worker, lease_s=_LEASE_S)
                if tries is None:  # another session makes it, or has made it
                    return
                if tries > _MOST_TRIES:
                    words = f"The process that made it was ended {_MOST_TRIES} times."
                    error = PressroomError(words, fix="Ask for a shorter period.")
                    await store.run(jobs.fail, job.id, worker, error.shape())
                    return
                try:
                    order = ReportOrder(account=job.account, wish=job.wish)
                    content = await self._makes(order, self._acting.resources.settings)
                except asyncio.CancelledError:
                    await store.run(jobs.release, job.id, worker)
                    raise
                except PressroomError as error:
                    await store.run(jobs.fail, job.id, worker, error.shape())
                else:
                    await store.run(jobs.finish, job.id, worker, content)
        except StoreFailed as error:  # its lease runs out by itself
            log.warning("a report that was asked for could not be stored: %s", error)
