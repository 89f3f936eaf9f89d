"""Collects insights: a person begins it with an account's first pull, and the worker goes on with it."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from pressroom.client.client import Client, ExchangeRecord
from pressroom.core.account import Account, AccountId, shown_account
from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.errors import NotFound, PressroomError, RateLimitHolds, SignInRequired
from pressroom.core.journal import FieldChange, JournalEvent, SubjectKind
from pressroom.core.protocols import Job
from pressroom.core.readings import Batch, Collecting, Missing
from pressroom.dispatch.periodic import JobLease, worker_name
from pressroom.insights.ages import LOOK_EVERY
from pressroom.insights.collecting.collector import PARTS, Collector
from pressroom.insights.collecting.pull import Learnt, Pull
from pressroom.insights.collecting.troubles import end_trouble, note_trouble
from pressroom.service.ground.resources import Resources
from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.service")

OnMedia = Callable[[int, int], None]
"""Called with how many media were read, and how many calls were made."""
EVERY_S: Final = 60.0
# Publishing shares the allowance and goes first: collecting slows down where publishing does not yet.
SLOW_ABOVE_PERCENT: Final = 50.0
# A limit of hours is noted as the reason of what is missed meanwhile, in place of waiting in silence.
_LONGEST_HOLD_S: Final = 180.0
# A pull by hand lists the newest posts again after this time, a worker after 50 minutes.
_LIST_AGAIN: Final = timedelta(minutes=1)
_LEASE_S: Final = 60.0
_LOOK_S: Final = 1.0


@dataclass(slots=True)
class CallCount:
    """Counts calls, and tells another listener of them."""

    listener: Callable[[ExchangeRecord], None] | None = None
    calls: int = 0

    def __call__(self, record: ExchangeRecord) -> None:
        """Count a call."""
        self.calls += 1
        if self.listener:
            self.listener(record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run of collecting did. problem: what kept a part of it from being read; None for nothing."""

    calls: int
    learnt: Learnt
    collecting: Collecting
    problem: PressroomError | None


def job_name(account: str) -> str:
    """Return the name of the periodic job that collects an account."""
    return f"insights of {account}"


@dataclass(slots=True, kw_only=True)
class CollectingOffice:
    """Collects the accounts of a store.

    account_of: returns an account with its token. on_exchange: called with every API call.
    """

    resources: Resources
    store: Store
    account_of: Callable[[AccountId], Awaitable[Account]]
    on_exchange: Callable[[ExchangeRecord], None] | None = None

    async def jobs(self) -> Sequence[Job]:
        """Return one periodic job for each account that somebody began to collect."""
        accounts = await self.store.run(self.store.readings.collected)
        return [
            Job(job_name(account), partial(self._run_job, AccountId(account)), EVERY_S)
            for account in accounts
        ]

    async def _run_job(self, account: AccountId) -> None:
        try:
            run = await self.run(account)
        except (NotFound, SignInRequired) as error:
            # Stored, so that readings which are missed meanwhile can say why.
            now = self.resources.clock.now()
            collecting = await self.store.run(self.store.readings.collecting, account)
            if collecting is not None:
                batch = Batch(collecting=note_trouble(collecting, Missing.SIGNED_OUT, error.message, now))
                await self.store.run(self.store.readings.keep, account, batch)
            log.warning("insights of %s are not read: %s", shown_account(account), error)
        else:
            if new := run.learnt.readings:
                log.info("%d readings of %s, in %d calls", new, shown_account(account), run.calls)

    async def run_leased(self, account: AccountId, on_media: OnMedia) -> Run:
        """Collect an account now, under the lease of its job; waits while another process reads it.

        Raises what the store and `account_of` raise.
        """
        jobs, clock, name = self.store.jobs, self.resources.clock, job_name(account)
        await self.store.run(jobs.ensure, name, clock.now())
        lease = JobLease(
            store=self.store, machine=SYSTEM_CLOCK, job=name, worker=worker_name(), lease_s=_LEASE_S
        )
        # Somebody asked for it now, so it does not matter when the job would be due.
        while not await lease.take(clock.now() + timedelta(seconds=2 * EVERY_S)):
            await SYSTEM_CLOCK.sleep(_LOOK_S)
        # `hold` hands out neither what the work returned nor what it raised.
        results = list[Run | PressroomError]()

        async def collect() -> None:
            try:
                results.append(await self.run(account, on_media, is_by_hand=True))
            except PressroomError as error:
                results.append(error)

        try:
            await lease.hold(collect())
        finally:
            await lease.give_back(clock.now() + timedelta(seconds=EVERY_S))
        match results:
            case [Run() as run]:
                return run
            case [PressroomError() as error]:
                raise error
            case _:
                raise PressroomError("Another process has taken over the collecting of this account.")

    async def run(
        self,
        account: AccountId,
        on_media: OnMedia = lambda _media, _calls: None,
        *,
        is_by_hand: bool = False,
    ) -> Run:
        """Collect an account once. is_by_hand: also a stopped one, and where a failure lets a worker wait.

        A limit is waited for in any case. Raises what the store and `account_of` raise, RateLimitHolds.
        """
        ours, now = self.resources, self.resources.clock.now()
        before = await self.store.run(self.store.readings.collecting, account)
        if before is not None and before.stopped_at is not None:
            if not is_by_hand:
                # Stopped after the worker had asked what it collects.
                return Run(calls=0, learnt=Learnt(), collecting=before, problem=None)
            await self.store.run(self.store.readings.stop, account, None)
        collecting = replace(before or Collecting(started_at=now), stopped_at=None)
        if is_by_hand:
            collecting = _tried_again(collecting, now)
        count = CallCount(self.on_exchange)
        # Not the session's own client: collecting has a pace of its own, and counts its calls.
        client = Client(
            await self.account_of(account),
            ours.network,
            clock=ours.clock,
            pacing=replace(
                ours.pacing, slow_above_percent=SLOW_ABOVE_PERCENT, longest_hold_s=_LONGEST_HOLD_S
            ),
            on_exchange=count,
        )
        pull = Pull(
            account=account,
            client=client,
            network=ours.network,
            store=self.store,
            clock=ours.clock,
            collecting=collecting,
            calls=lambda: count.calls,
            on_media=lambda media: on_media(media, count.calls),
        )
        problem = await Collector(pull).run()
        changes = tuple(
            FieldChange(name=name, before=None, after=str(count))
            for name, count in pull.learnt._asdict().items()
            if count
        )
        if changes:
            event = JournalEvent(
                subject_id=account,
                subject_kind=SubjectKind.ACCOUNT,
                at=ours.clock.now(),
                step="insights_pulled",
                changes=changes,
            )
            await self.store.run(self.store.events.append, event)
        return Run(calls=count.calls, learnt=pull.learnt, collecting=pull.collecting, problem=problem)


def _tried_again(collecting: Collecting, now: datetime) -> Collecting:
    """Return the state for a pull by hand, which does not wait after a failure. Raises RateLimitHolds."""
    # A person may have mended what Instagram refused, so that each part is asked for again.
    refused = {name: at for name, at in collecting.refused.items() if name not in PARTS}
    collecting = replace(collecting, refused=refused)
    # A user who pulls wants to see a post published minutes ago, so the newest posts are listed again.
    if collecting.listed_at is not None and now - collecting.listed_at >= _LIST_AGAIN:
        collecting = replace(collecting, listed_at=min(collecting.listed_at, now - LOOK_EVERY))
    held_until, trouble = collecting.held_until, collecting.trouble
    if held_until is None or held_until <= now or trouble is None:
        return collecting
    if trouble.why is Missing.RATE_LIMITED:
        raise RateLimitHolds(
            f"Instagram limits the calls of this account: {trouble.text}",
            fix=f"Pull again at {held_until:%H:%M} UTC, or let a worker do it.",
        )
    return end_trouble(collecting, now)
