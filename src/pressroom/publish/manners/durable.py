"""The manner of publishing over days and crashes: what passes is waited for."""

import logging
from datetime import datetime, timedelta

from pressroom.core.clock import Clock
from pressroom.core.errors import (
    AnotherSendOpen,
    GraphError,
    NotFound,
    PressroomError,
    StillProcessing,
    TransportError,
)
from pressroom.core.graph_errors import ActionBlocked, ContainerLimitReached, PublishLimitReached
from pressroom.core.post import Post
from pressroom.core.repositories import UNTIL_RESUMED, Pause, Repositories
from pressroom.graph.error_table import Retry
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import Policy
from pressroom.publish.manners.quota import QuotaRoom
from pressroom.publish.steps.sending import Readiness

log = logging.getLogger("pressroom.post")

_BLOCKED_FOR = timedelta(hours=24)
_RATE_LIMITED_FOR = timedelta(minutes=5)
_TRY_AGAIN_AFTER = timedelta(seconds=60)
_BUSY_FOR = timedelta(seconds=5)
_CUT_OFF_FOR = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(minutes=10)
# Thousands of posts of an account that nobody is signed in to must cost next to nothing.
_LONGEST_WAIT_AHEAD = timedelta(hours=6)


class Durable:
    """The manner of a worker: it rests, and only what no waiting mends ends a post."""

    def __init__(self, store: Repositories, clock: Clock, policy: Policy, *, longest_wait_s: float) -> None:
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
        """Wait for what passes, pause the account for what needs a person, give up on the rest."""
        now = self._clock.now()
        if isinstance(error, AnotherSendOpen):
            return ev.Delayed(until=now + _BUSY_FOR)
        if isinstance(error, PublishLimitReached | ContainerLimitReached):
            return ev.QuotaFull(free_at=await self._quota.frees_at(post, error))
        if isinstance(error, GraphError):
            return await self._after_graph_error(post, error, now)
        if isinstance(error, StillProcessing):
            return ev.ContainerNotReady(id=error.container_id)
        if isinstance(error, TransportError) or error.retryable:
            return ev.Delayed(until=try_again_at(post, now), why=str(error))
        return ev.GaveUp(problem=str(error))

    async def after_refusal(self, post: Post, error: PressroomError) -> ev.Event | None:
        """Let an account that may not publish rest, and its post wait with it."""
        if not isinstance(error, GraphError) or not error.retry.is_about_account:
            return None
        return await self.after_error(post, error)

    async def before_containers(self, context: Context, post: Post) -> ev.Event | None:
        """Move a post that will not fit into the quota before anything is made for it."""
        frees_at = await self._quota.moved_to(context, post)
        return None if frees_at is None else ev.QuotaFull(free_at=frees_at)

    async def before_send(self, post: Post, readiness: Readiness) -> ev.Event | None:
        """Hold what is paused, judge lateness, space late posts, and look at the quota."""
        now = self._clock.now()
        if post.due_at is None:
            return None
        pause = await self._store.run(self._store.accounts.pause_of, post.account)
        if pause is not None and pause.until > now:
            return ev.Delayed(until=now + _TRY_AGAIN_AFTER, why=pause.reason)
        if readiness.is_cut_off:
            return ev.Delayed(until=now + _CUT_OFF_FOR, why="Instagram cannot be reached.")
        late_s = (now - post.due_at).total_seconds()
        if late_s > self._policy.late_after_s and not self._has_its_turn(post, now):
            return await self._late(post, now, late_s)
        if readiness.is_quota_full:
            return ev.QuotaFull(free_at=await self._quota.slot_at(post, readiness.quota_total))
        return None

    def _has_its_turn(self, post: Post, now: datetime) -> bool:
        """Tell whether a late post's turn has come, and is not long over."""
        gap = timedelta(seconds=self._policy.late_spacing_s)
        return post.slot_at is not None and post.slot_at <= now < post.slot_at + gap

    async def _pause(self, post: Post, error: GraphError) -> None:
        """Let the account start nothing new until what the error says is mended."""
        if error.retry is Retry.AFTER_SIGN_IN and await self._has_another_token(post):
            return
        now = self._clock.now()
        if error.retry is Retry.NEXT_WINDOW:
            until = now + _RATE_LIMITED_FOR
        else:
            until = now + _BLOCKED_FOR if isinstance(error, ActionBlocked) else UNTIL_RESUMED
        accounts = self._store.accounts
        standing = await self._store.run(accounts.pause_of, post.account)
        if standing is None or standing.until < until:
            await self._store.run(accounts.pause, post.account, Pause(until, str(error)))
            log.warning("The account is paused. %s", error, extra={"account": post.account_name})

    async def _has_another_token(self, post: Post) -> bool:
        """Tell whether somebody signed in, or the token was renewed, since this post was taken up."""
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


def try_again_at(post: Post, now: datetime) -> datetime:
    """Say when to try again: every minute around the due time, ever more rarely the further it is away."""
    ahead_s = ((post.due_at or now) - now).total_seconds()
    longest = _LONGEST_WAIT_AHEAD if ahead_s > 0 else _LONGEST_WAIT
    return now + min(max(_TRY_AGAIN_AFTER, timedelta(seconds=abs(ahead_s) / 4)), longest)
