"""The manner of publishing over days and crashes: passing errors are retried, for days if need be."""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pressroom.core.clock import Clock
from pressroom.core.errors import (
    AccountPaused,
    AnotherSendOpen,
    Conflict,
    GraphError,
    NotFound,
    PressroomError,
    Shortage,
    SnapshotOutdated,
    StillProcessing,
    TransportError,
)
from pressroom.core.graph_errors import ActionBlocked, ContainerLimitReached, PublishLimitReached
from pressroom.core.post import Post
from pressroom.core.stored_accounts import UNTIL_RESUMED, Pause
from pressroom.graph.error_table import Retry
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import Policy
from pressroom.publish.manners.quota import QuotaRoom
from pressroom.publish.steps.sending import Readiness

if TYPE_CHECKING:
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.post")

# Meta does not say when an action block ends, and asking more often would not end it sooner.
_BLOCKED_FOR = timedelta(hours=24)
# Meta counts calls over a rolling window: some are free again after minutes.
_RATE_LIMITED_FOR = timedelta(minutes=5)
# Around the due time a minute late is hardly noticed, and a call a minute is far from any limit.
_TRY_AGAIN_AFTER = timedelta(seconds=60)
# Another post's send mostly takes a few seconds.
_BUSY_FOR = timedelta(seconds=5)
_BUSY_LOOK_S = 0.2
# Nothing reaches Instagram, so that trying often costs no quota, and the post is due now.
_CUT_OFF_FOR = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(minutes=10)
# Thousands of posts of an account that nobody is signed in to must cost next to nothing.
_LONGEST_WAIT_AHEAD = timedelta(hours=6)


class Durable:
    """Retries later; fails the post only on errors that waiting cannot mend."""

    def __init__(self, store: "Store", clock: Clock, policy: Policy, *, longest_wait_s: float) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy
        self._longest_wait_s = longest_wait_s
        self._quota = QuotaRoom(store, clock, policy)
        self._begun_at = clock.now()

    @property
    def longest_wait_s(self) -> float | None:
        """How long a run waits in memory."""
        return self._longest_wait_s

    async def after_error(self, post: Post, error: PressroomError) -> ev.Event:
        """Retry after passing errors, pause the account where a person has to act, else fail the post."""
        now = self._clock.now()
        if isinstance(error, AnotherSendOpen | SnapshotOutdated | AccountPaused):
            return _after_obstacle(error, now)
        if isinstance(error, PublishLimitReached | ContainerLimitReached):
            return await self._quota.frees_at(post, error)
        if isinstance(error, GraphError):
            return await self._after_graph_error(post, error, now)
        # Waiting for this container has no end. What was made for it harms nobody, so another one is made.
        if isinstance(error, StillProcessing):
            return ev.ContainerNotReady(id=error.container_id)
        if isinstance(error, TransportError) or error.retryable:
            # A shortage costs no call, and mostly passes as soon as some of a crowd are done.
            soonest = _CUT_OFF_FOR if isinstance(error, Shortage) else _TRY_AGAIN_AFTER
            return ev.Delayed(until=try_again_at(post, now, soonest=soonest), why=str(error))
        return ev.GaveUp(problem=str(error))

    async def after_refusal(self, post: Post, error: PressroomError) -> ev.Event | None:
        """Pause an account that may not publish, and let its post wait."""
        if not isinstance(error, GraphError) or not error.retry.is_about_account:
            return None
        return await self.after_error(post, error)

    async def waits_out_another(self, post: Post) -> bool:
        """Wait for the send of another worker, unless it is in doubt, or older than a send mostly takes."""
        posts, begun_at = self._store.posts, self._clock.now()
        while self._clock.now() < begun_at + _BUSY_FOR:
            other = await self._store.run(posts.open_send, post.account)
            send = (await self._store.run(posts.get, other)).open_send if other else None
            if send is None:
                return True
            if send.doubtful_at or send.started_at < begun_at - _BUSY_FOR:
                return False
            await self._clock.sleep(_BUSY_LOOK_S)
        return False

    async def before_containers(self, context: Context, post: Post) -> ev.Event | None:
        """Postpone a post that will not fit into the quota: containers made for it now would expire unused.

        Raises Conflict when somebody has paused the account: the post stays as it is.
        """
        await _require_not_paused_by_hand(self._store, post)
        return await self._quota.moved_to(context, post)

    async def before_send(self, post: Post, readiness: Readiness) -> ev.Event | None:
        """Give the first obstacle: a pause, no network, lateness, other late posts, a full quota.

        Raises Conflict when somebody has paused the account: the post stays as it is.
        """
        now = self._clock.now()
        if post.goes_out_at is None:
            return None
        late_s = (now - post.goes_out_at).total_seconds()
        is_late = late_s > self._policy.late_after_s and not self._has_its_turn(post, now)
        # A pause is looked for by the commit of the send, too, and here only where it counts before others.
        if not (is_late or readiness.cut_off_by or readiness.is_quota_full):
            return None
        await _require_not_paused_by_hand(self._store, post)
        # Read again: another post of the account may have paused it while this one was prepared.
        pause = await self._store.run(self._store.accounts.pause_of, post.account)
        if pause is not None and pause.until > now:
            return ev.Delayed(until=now + _TRY_AGAIN_AFTER, why=pause.reason)
        # Known from the snapshot's calls: a send would not leave, and would only fill the history.
        if readiness.cut_off_by:
            return ev.Delayed(until=now + _CUT_OFF_FOR, why=readiness.cut_off_by)
        # Posts that became late together go out one by one: a burst may be taken for spam.
        if is_late and (obstacle := await self._late(post, now, late_s)):
            return obstacle
        return await self._quota.slot_at(post, readiness.quota_total) if readiness.is_quota_full else None

    def _has_its_turn(self, post: Post, now: datetime) -> bool:
        """Tell whether a late post's turn has come, and is not long over."""
        gap = timedelta(seconds=self._policy.late_spacing_s)
        return post.slot_at is not None and post.slot_at <= now < post.slot_at + gap

    async def _pause(self, post: Post, error: GraphError) -> None:
        """Let no post of the account be prepared or sent until the cause of the error is gone."""
        # The error is about the old token; pausing for it would hold posts that the new one could publish.
        if error.retry is Retry.AFTER_SIGN_IN and await self._has_another_token(post):
            return
        now = self._clock.now()
        if error.retry is Retry.NEXT_WINDOW:
            until = now + _RATE_LIMITED_FOR
        else:
            until = now + _BLOCKED_FOR if isinstance(error, ActionBlocked) else UNTIL_RESUMED
        accounts = self._store.accounts
        # A longer pause stands: five minutes of a rate limit must not end a day's block.
        standing = await self._store.run(accounts.pause_of, post.account)
        if standing is None or standing.until < until:
            await self._store.run(accounts.pause, post.account, Pause.after(error, until))
            log.warning("The account is paused. %s", error, extra={"account": post.account_name})

    async def _has_another_token(self, post: Post) -> bool:
        """Tell whether somebody signed in, or the token was renewed, since this run began."""
        try:
            stored = await self._store.run(self._store.accounts.get, post.login or post.account)
        except NotFound:
            return False
        return (stored.token_refreshed_at or stored.token_obtained_at) > self._begun_at

    async def _after_graph_error(self, post: Post, error: GraphError, now: datetime) -> ev.Event:
        why = str(error)
        if error.retry.is_about_account:
            await self._pause(post, error)
            return ev.Delayed(until=now + _TRY_AGAIN_AFTER, why=why)
        if error.retryable:
            return ev.Delayed(until=try_again_at(post, now), why=why)
        return ev.GaveUp(problem=why)

    async def _late(self, post: Post, now: datetime, late_s: float) -> ev.Event | None:
        if late_s > self._policy.publish_late_s:
            return ev.FoundLate(at=now)
        gap_s = self._policy.late_spacing_s
        slot = await self._store.run(
            self._store.accounts.reserve_slot, post.account, not_before=now, gap_s=gap_s
        )
        return ev.Delayed(until=slot, is_slot=True) if slot > now else None


def _after_obstacle(error: AnotherSendOpen | SnapshotOutdated | AccountPaused, now: datetime) -> ev.Delayed:
    if isinstance(error, AccountPaused):
        return ev.Delayed(until=now + _TRY_AGAIN_AFTER, why=error.message)
    return ev.Delayed(until=now + _BUSY_FOR)


async def _require_not_paused_by_hand(store: "Store", post: Post) -> None:
    """Raise Conflict when somebody has paused the post's account: whoever drives the post lets it be."""
    for pause in await store.run(store.accounts.pauses_of, post.account):
        if pause.by:
            raise Conflict(f"Account {post.account_name!r} was paused meanwhile: {pause.reason}")


def try_again_at(post: Post, now: datetime, *, soonest: timedelta = _TRY_AGAIN_AFTER) -> datetime:
    """Say when to retry: every minute around the due time, and the more rarely the further away it is.

    soonest: the shortest wait, in place of that minute.
    """
    # A quarter of the distance: a post due in weeks is tried every six hours, and often only at the end.
    ahead_s = ((post.goes_out_at or now) - now).total_seconds()
    longest = _LONGEST_WAIT_AHEAD if ahead_s > 0 else _LONGEST_WAIT
    return now + min(max(soonest, timedelta(seconds=abs(ahead_s) / 4)), longest)
