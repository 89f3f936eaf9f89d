"""Collects insights: a person begins it with an account's first pull, and the worker goes on with it."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pressroom.client.client import Client, ExchangeRecord
from pressroom.core.account import Account, AccountId, shown_account
from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.errors import NotFound, PressroomError, RateLimitHolds, SignInRequired
from pressroom.core.protocols import Job
from pressroom.core.readings import Batch, Collecting, CollectingTrouble, Missing
from pressroom.dispatch.periodic import JobLease, worker_name
from pressroom.insights.collecting.collector import PARTS, Collector
from pressroom.insights.collecting.pull import Learnt, Pull
from pressroom.service.ground.resources import Resources
from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.service")

OnMedia = Callable[[int, int], None]
"""Called with how many media were read, and how many calls were made."""
EVERY_S: Final = 60.0
# Publishing shares the allowance and goes first: collecting slows down where publishing does not yet.
SLOW_ABOVE_PERCENT: Final = 50.0
_LEASE_S: Final = 60.0
_LOOK_S: Final = 1.0


@dataclass(slots=True)
class Counted:
    """Counts calls, and tells another listener of them."""

    told: Callable[[ExchangeRecord], None] | None = None
    calls: int = 0

    def __call__(self, record: ExchangeRecord) -> None:
        """Count a call."""
        self.calls += 1
        if self.told:
            self.told(record)


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
        found = await self.store.run(self.store.readings.collected)
        return [Job(job_name(account), _Again(self, AccountId(account)).run, EVERY_S) for account in found]

    async def run_leased(self, account: AccountId, on_media: OnMedia) -> Run:
        """Collect an account now, under the lease of its job; waits while another process reads it.

        Raises what the store and `account_of` raise.
        """
        jobs, clock, worker = self.store.jobs, self.resources.clock, worker_name()
        name = job_name(account)
        await self.store.run(jobs.ensure, name, clock.now())
        lease = JobLease(store=self.store, machine=SYSTEM_CLOCK, job=name, worker=worker, lease_s=_LEASE_S)
        # Somebody asked for it now, so it does not matter when the job would be due.
        while not await lease.take(clock.now() + timedelta(seconds=2 * EVERY_S)):
            await SYSTEM_CLOCK.sleep(_LOOK_S)
        done = _Done(self, account, on_media)
        try:
            await lease.hold(done.run())
        finally:
            await lease.give_back(clock.now() + timedelta(seconds=EVERY_S))
        return done.result()

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
        now = self.resources.clock.now()
        known = await self.store.run(self.store.readings.collecting, account)
        if known is not None and known.stopped_at is not None:
            if not is_by_hand:
                # Stopped after the worker had asked what it collects.
                return Run(calls=0, learnt=Learnt(), collecting=known, problem=None)
            await self.store.run(self.store.readings.stop, account, None)
        collecting = replace(known or Collecting(started_at=now), stopped_at=None)
        if is_by_hand:
            collecting = _tried_again(collecting, now)
        client, counted = self._client(await self.account_of(account))
        desk = Pull(
            account=account,
            client=client,
            network=self.resources.network,
            store=self.store,
            clock=self.resources.clock,
            collecting=collecting,
            calls=lambda: counted.calls,
            on_media=lambda count: on_media(count, counted.calls),
        )
        problem = await Collector(desk).run()
        return Run(calls=counted.calls, learnt=desk.learnt, collecting=desk.collecting, problem=problem)

    async def note(self, account: AccountId, error: PressroomError) -> None:
        """Remember why an account could not be collected, so that what is missed can say it."""
        collecting, now = (
            await self.store.run(self.store.readings.collecting, account),
            self.resources.clock.now(),
        )
        if collecting is None:
            return
        known, why = collecting.trouble, Missing.SIGNED_OUT
        since = known.since if known and known.why is why else now
        trouble = CollectingTrouble(why=why, text=error.message, since=since, until=now)
        batch = Batch(collecting=replace(collecting, trouble=trouble))
        await self.store.run(self.store.readings.keep, account, batch)

    def _client(self, account: Account) -> tuple[Client, Counted]:
        ours, counted = self.resources, Counted(self.on_exchange)
        pacing = replace(ours.pacing, slow_above_percent=SLOW_ABOVE_PERCENT)
        client = Client(account, ours.network, clock=ours.clock, pacing=pacing, on_exchange=counted)
        return client, counted


@dataclass(frozen=True, slots=True)
class _Again:
    """A run of the worker's."""

    office: CollectingOffice
    account: AccountId

    async def run(self) -> None:
        try:
            done = await self.office.run(self.account)
        except (NotFound, SignInRequired) as error:
            await self.office.note(self.account, error)
            log.warning("insights of %s are not read: %s", shown_account(self.account), error)
        else:
            if new := done.learnt.readings:
                log.info("%d readings of %s, in %d calls", new, shown_account(self.account), done.calls)


@dataclass(slots=True)
class _Done:
    """A run under a lease, whose result or error comes out after it."""

    office: CollectingOffice
    account: AccountId
    on_media: OnMedia
    _run: Run | None = None
    _error: Exception | None = None

    async def run(self) -> None:
        try:
            self._run = await self.office.run(self.account, self.on_media, is_by_hand=True)
        except PressroomError as error:
            self._error = error

    def result(self) -> Run:
        if self._error:
            raise self._error
        if self._run is None:
            raise PressroomError("Another process has taken over the collecting of this account.")
        return self._run


def _tried_again(collecting: Collecting, now: datetime) -> Collecting:
    refused = {name: at for name, at in collecting.refused.items() if name not in PARTS}
    collecting = replace(collecting, refused=refused)
    held_until, trouble = collecting.held_until, collecting.trouble
    if held_until is None or held_until <= now or trouble is None:
        return collecting
    if trouble.why is Missing.RATE_LIMITED:
        raise RateLimitHolds(
            f"Instagram limits the calls of this account: {trouble.text}",
            fix=f"Pull again at {held_until:%H:%M} UTC, or let a worker do it.",
        )
    return replace(collecting, held_until=None)
