"""The manner of publishing over days and crashes: passing errors are retried, for days if need be.

`StoreJournal` is the store as the journal of one post: another process can resume from what each step left.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pressroom.core.account import UNTIL_RESUMED, Pause, Spending
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
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post
from pressroom.core.stored_posts import PostSave, SendOpening
from pressroom.graph.answers import MediaId
from pressroom.graph.error_table import Retry
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import Policy
from pressroom.publish.manners.quota import QuotaRoom
from pressroom.publish.sharing import Together
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

    async def after_error(self, post: Post, error: PressroomError) -> ev.Event:  # noqa: PLR0911  # one rule each
        """Retry after passing errors, pause the account where a person has to act, else fail the post."""
        now = self._clock.now()
        if isinstance(error, AccountPaused):
            return ev.Delayed(until=now + _TRY_AGAIN_AFTER, why=error.message)
        if isinstance(error, AnotherSendOpen | SnapshotOutdated):
            return ev.Delayed(until=now + _BUSY_FOR)
        if isinstance(error, PublishLimitReached | ContainerLimitReached):
            return await self._quota.frees_at(post, error)
        if isinstance(error, GraphError) and error.retry.is_about_account:
            await self._pause(post, error)
            return ev.Delayed(until=now + _TRY_AGAIN_AFTER, why=str(error))
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

    async def before_send(self, post: Post, readiness: Readiness) -> ev.Event | None:  # noqa: PLR0911  # one rule each
        """Give the first obstacle: a pause, no network, lateness, other late posts, a full quota.

        Raises Conflict when somebody has paused the account: the post stays as it is.
        """
        now = self._clock.now()
        if post.goes_out_at is None:
            return None
        late_s = (now - post.goes_out_at).total_seconds()
        # A late post's turn lasts from its slot until the next post's.
        slot_at, gap_s = post.slot_at, self._policy.late_spacing_s
        has_its_turn = slot_at is not None and slot_at <= now < slot_at + timedelta(seconds=gap_s)
        is_late = late_s > self._policy.late_after_s and not has_its_turn
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
        if is_late:
            if late_s > self._policy.publish_late_s:
                return ev.FoundLate(at=now)
            slot = await self._store.run(
                self._store.accounts.reserve_slot, post.account, not_before=now, gap_s=gap_s
            )
            if slot > now:
                return ev.Delayed(until=slot, is_slot=True)
        return await self._quota.slot_at(post, readiness.quota_total) if readiness.is_quota_full else None

    async def _pause(self, post: Post, error: GraphError) -> None:
        """Let no post of the account be prepared or sent until the cause of the error is gone."""
        # The error is about the old token; pausing for it would hold posts that the new one could publish.
        if error.retry is Retry.AFTER_SIGN_IN:
            with contextlib.suppress(NotFound):
                stored = await self._store.run(self._store.accounts.get, post.login or post.account)
                if (stored.token_refreshed_at or stored.token_obtained_at) > self._begun_at:
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


# Steps that are logged as warnings: somebody may have to look at the post.
TROUBLE = frozenset(
    {
        "account_closed",
        "comment_failed",
        "failed",
        "permalink_missing",
        "postponed",
        "send_doubtful",
        "send_failed",
        "warning",
    }
)
_DAY = timedelta(days=1)
# No post is looked for so long after it was due but where a user asks for it again.
_SENT_LATELY = timedelta(days=30)


class Turns:
    """Whose turn it is to send, by account, in one worker; across workers the store's own rule holds."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def of(self, account: str) -> asyncio.Lock:
        """Give the account's lock."""
        return self._locks[account]


class StoreJournal:
    """The store as one post's journal. Events are logged, and wait in memory for the save they belong to.

    on_saved: called with the post before and after each save. on_event: called with every event as it is
    added. saves: stores together with the posts of other runs. heeds_pauses: opens no send while an error
    of Instagram's pauses the account.
    """

    def __init__(
        self,
        store: "Store",
        post: Post,
        turns: Turns,
        clock: Clock,
        on_saved: Callable[[Post, Post], None] = lambda _was, _is: None,
        *,
        on_event: Callable[[JournalEvent], None] = lambda _event: None,
        saves: Together[PostSave, bool] | None = None,
        heeds_pauses: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._on_saved = on_saved
        self._was = post
        self._turns = turns
        self._events: list[JournalEvent] = []
        self._on_event = on_event
        self._saves = saves
        self._heeds_pauses = heeds_pauses

    @property
    def post(self) -> Post:
        """The post as it is stored, as far as this journal knows."""
        return self._was

    async def save(self, post: Post) -> None:
        """Replace the stored post. Raises Conflict when somebody else changed it."""
        await self._save(post)

    async def open_send(self, post: Post, event: JournalEvent, went_live: Sequence[datetime] | None) -> None:
        """Replace the stored post with one that has a new send, unless something stands against it."""
        await self._save(post, (event,), SendOpening(went_live=went_live, heeds_pauses=self._heeds_pauses))
        # Told once it is so: most that stands against a send is known by the save alone.
        self._tell(event)

    async def _save(
        self, post: Post, more: tuple[JournalEvent, ...] = (), opening: SendOpening | None = None
    ) -> None:
        events, self._events = self._events, []
        # In one transaction with its events, and only on top of what this journal saved last: a worker that
        # another one has overtaken saves nothing any more.
        save = PostSave(post, self._was, (*events, *more), opening)
        try:
            if not (self._saves and await self._saves.ask(save)):
                posts = self._store.posts
                await self._store.run(posts.save, post, self._was, save.events, opening=opening)
        except Conflict:
            self._events = [*events, *self._events]
            raise
        was, self._was = self._was, post
        self._on_saved(was, post)

    async def append(self, event: JournalEvent) -> None:
        """Log an event, tell whoever listens, and keep it for the next save."""
        self._events.append(event)
        self._tell(event)

    def _tell(self, event: JournalEvent) -> None:
        level = logging.WARNING if event.step in TROUBLE else logging.INFO
        log.log(level, "%s", event.text, extra={"event": event, "account": self._was.account_name})
        self._on_event(event)

    async def flush(self) -> None:
        """Write the events that no save took along."""
        events, self._events = self._events, []
        for event in events:
            await self._store.run(self._store.events.append, event)

    def sending(self) -> AbstractAsyncContextManager[None]:
        """Wait for the account's turn in this worker."""
        return self._turns.of(self._was.account)

    async def known_media(self) -> frozenset[MediaId]:
        """List the ids that posts of the account hold."""
        return await self._store.run(self._store.posts.known_media, self._was.account)

    async def to_look_for(self) -> tuple[Post, ...]:
        """List the account's posts that may be live."""
        return await self._store.run(self._store.posts.to_look_for, self._was.account, self._clock.now())

    async def sent_without_id(self) -> tuple[Post, ...]:
        """List the account's posts of the last days that were sent, and whose media id is not known."""
        since = self._clock.now() - _SENT_LATELY
        return await self._store.run(self._store.posts.sent_without_id, self._was.account, since)

    async def went_live(self) -> tuple[datetime, ...]:
        """Tell when the account's posts of the last day went live."""
        since, ledger = self._clock.now() - _DAY, self._store.quota
        return await self._store.run(ledger.spent, self._was.account, Spending.PUBLISH, since)
