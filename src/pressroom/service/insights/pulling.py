"""Pulls: reading an account's insights now, and how fresh those are that are kept.

`Pulling` is the part of `InsightService` that begins the collecting of an account; `collecting` does it.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from pressroom.core.errors import PressroomError
from pressroom.core.readings import Collecting, CollectingTrouble, Kept, KeptMedia
from pressroom.graph import calls
from pressroom.insights.ages import WHOLE_AGES
from pressroom.insights.collecting.pull import Learnt
from pressroom.insights.read import PAGE_SIZE
from pressroom.service.acting.acting import Acting, find_known_account
from pressroom.service.insights.kept import (
    InZone,
    KeptAccount,
    name_of,
    require_kept_account,
)

# What a first pull asks beside the media: the account twice, 90 days of reach in three steps, the gain of
# followers, two days of totals of which one with two breakdowns, the stories, who is online and who follows.
_BESIDE_MEDIA: Final = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class PullProgress:
    """How far a pull is. read, total: media; None if unknown. calls: API calls made so far."""

    read: int
    total: int | None
    calls: int

    @property
    def share(self) -> float | None:
        """How much of it is done, from 0 to 1; None if unknown."""
        return min(1.0, self.read / self.total) if self.total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What a pull did. problem: what kept a part from being read; the next pull or a worker reads it.

    kept: all that is kept of the account now. is_whole: all media that were there are read. clock_skew_s:
    this machine's clock minus Instagram's, by which ages are measured; 0 while they agree.
    """

    account: str
    calls: int
    learnt: Learnt
    kept: Kept
    is_whole: bool
    problem: PressroomError | None
    clock_skew_s: float = 0.0

    @property
    def clock_says(self) -> str:
        """Describe by how much this machine's clock is wrong; "" if it is right."""
        if not self.clock_skew_s:
            return ""
        off = f"{abs(self.clock_skew_s) / 60:,.0f} min {'ahead of' if self.clock_skew_s > 0 else 'behind'}"
        return (
            f"This machine's clock is {off} Instagram's, by which ages are measured. "
            "Have the system set it by the network."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPull:
    """Result of one account of `pull_all`. pulled: None if nothing could be read.

    error: why nothing, or not everything, could be read; None if all went well.
    """

    account: str
    pulled: Pulled | None
    error: PressroomError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PullCost:
    """The cost of a pull in API calls and media. is_first: nothing of the account was read before."""

    account: str
    is_first: bool
    media: int
    calls: int

    @classmethod
    def of_due(
        cls, account: str, due: Sequence[KeptMedia], collecting: Collecting, now: datetime, *, beside: int
    ) -> "PullCost":
        """Return the cost of a further pull. due: the media to read. beside: calls for the account itself."""
        # At an age at which posts are compared, such as 24 hours, each media is also read by a separate call.
        whole = sum(bool(media.planned and media.planned.planned_age_s in WHOLE_AGES) for media in due)
        read_at = collecting.account_read_at
        is_new_day = read_at is None or now - read_at >= timedelta(days=1)
        count = math.ceil(len(due) / PAGE_SIZE) + whole + (beside if is_new_day else 2)
        return cls(account=account, is_first=False, media=len(due), calls=count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness(InZone):
    """How much is kept of an account, and how new it is. timezone: the account's.

    read_at: its last reading; None without any. is_whole: all media that were there at the first pull are
    read. is_stopped: workers read it no more. trouble: why nothing could be read of late.
    """

    account: str
    timezone: str
    watched_since: datetime
    read_at: datetime | None
    media: int
    readings: int
    is_whole: bool
    is_stopped: bool
    trouble: CollectingTrouble | None


class Pulling:
    """The use-cases of pulling."""

    def __init__(self, acting: Acting, timezone: str | None = None) -> None:
        self._acting = acting
        self._timezone = timezone

    async def _kept(self, *, also_unread: bool = False) -> KeptAccount:
        return await require_kept_account(self._acting, self._timezone, also_unread=also_unread)

    async def pull(self, on_progress: Callable[[PullProgress], None] = lambda _progress: None) -> Pulled:
        """Read the insights that are due now and keep them; the first time all that there are.

        From the first pull on a running worker does it by itself. May be cancelled at any moment: the next
        pull goes on from there. Waits while a worker reads the same account.
        Raises GraphError and TransportError where nothing could be read at all.
        """
        # Not before it is needed: the office loads the store.
        from pressroom.service.insights.collecting import CollectingOffice  # noqa: PLC0415

        resources, user = self._acting.resources, await (await self._acting.identity()).known()
        store = await resources.store()
        office = CollectingOffice(
            resources=resources,
            store=store,
            account_of=self._acting.account_known_as,
            on_exchange=resources.listeners.on_exchange,
        )
        collecting = await store.run(store.readings.collecting, user.id)
        total = None if collecting and collecting.complete_at else await self._media_count()
        read = 0

        def on_media(count: int, calls_made: int) -> None:
            nonlocal read
            read += count
            on_progress(PullProgress(read=read, total=total, calls=calls_made))

        run = await office.run_leased(user.id, on_media)
        if run.problem and not run.learnt.readings and not run.learnt.days:
            raise run.problem
        return Pulled(
            account=name_of(user),
            calls=run.calls,
            learnt=run.learnt,
            kept=await store.run(store.readings.kept, user.id),
            is_whole=run.collecting.complete_at is not None,
            problem=run.problem,
            clock_skew_s=run.collecting.skew_s,
        )

    async def pull_all(self, on_progress: Callable[[str, PullProgress], None]) -> AsyncIterator[AccountPull]:
        """Pull each signed-in account, one after another, and yield the result of each.

        The environment's account comes last, unless a stored login is of the same account. on_progress: is
        also called with the account's name. An account that fails does not stop the others.
        Raises SignInRequired if no account is signed in.
        """
        resources, own = self._acting.resources, self._acting.own
        if own is None and not resources.has_store:
            await self._acting.account()  # raises SignInRequired
        store = await resources.store()
        logins = await store.run(store.accounts.list)
        sessions = [(login.name, Acting(resources, None, login.name)) for login in logins]
        if own is not None:
            known = await find_known_account(own, store)
            # If a stored login belongs to the same account, the list has it already.
            if known is None or known.login is None:
                sessions.append(("the environment's account", self._acting))
        if not sessions:
            await self._acting.account()  # raises SignInRequired
        for name, acting in sessions:
            try:
                pulled = await Pulling(acting).pull(partial(on_progress, name))
            except PressroomError as error:
                yield AccountPull(account=name, pulled=None, error=error)
            else:
                yield AccountPull(account=name, pulled=pulled, error=pulled.problem)

    async def pull_cost(self) -> PullCost:
        """Tell what a pull takes; makes one call before the first one, and none after it."""
        user, store = await (await self._acting.identity()).known(), await self._acting.resources.store()
        collecting, name = await store.run(store.readings.collecting, user.id), name_of(user)
        if collecting is None or collecting.complete_at is None:
            media = await self._media_count() or 0
            # Metrics of a page of media come in the call that lists it.
            pages = max(1, math.ceil(media / PAGE_SIZE))
            return PullCost(account=name, is_first=True, media=media, calls=pages + _BESIDE_MEDIA)
        now = self._acting.resources.clock.now()
        due = await store.run(store.readings.open, user.id, now)
        return PullCost.of_due(name, due, collecting, now, beside=_BESIDE_MEDIA)

    async def _media_count(self) -> int | None:
        client = await self._acting.client()
        return (await client.send(calls.user(client.account.user, fields="media_count"))).media_count

    async def stop_pulling(self) -> str:
        """Let workers read the account no more, and return its name; the next pull begins again.

        Raises NotFound where nobody began.
        """
        kept = await self._kept(also_unread=True)
        await kept.store.run(kept.store.readings.stop, kept.account, kept.now)
        return kept.name

    async def pull_soon(
        self, on_progress: Callable[[PullProgress], None] = lambda _progress: None
    ) -> asyncio.Task[Pulled]:
        """Start a pull in the background, or return the one that is running already.

        The task ends with the session, and raises what `pull` does. on_progress: not called for a pull that
        was running already.
        """
        user, resources = await (await self._acting.identity()).known(), self._acting.resources
        # Opened before the task is: what is open then stays so until the task has ended.
        await resources.store()
        return resources.in_background(f"pull {user.id}", lambda: self.pull(on_progress))

    async def freshness(self) -> Freshness:
        """Tell how new the numbers are that are kept. Raises NotFound where nothing was ever collected."""
        kept = await self._kept(also_unread=True)
        rows, collecting = await kept.store.run(kept.store.readings.kept, kept.account), kept.collecting
        return Freshness(
            account=kept.name,
            timezone=kept.zone.key,
            watched_since=collecting.started_at,
            read_at=rows.last_at,
            media=rows.media,
            readings=rows.readings,
            is_whole=collecting.complete_at is not None,
            is_stopped=collecting.stopped_at is not None,
            trouble=collecting.trouble,
        )
