"""The manner of publishing now: it waits in memory, and an error ends the post.

`Manner` is the protocol of this one and of `durable`: what errors, quotas and waits mean for a post.
`InMemoryJournal` is the journal of a process without a store, lost when it ends.
"""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from weakref import WeakKeyDictionary

from pressroom.core.account import Account, AccountId
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import AnotherSendOpen, GraphError, PressroomError, SnapshotOutdated
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post, PostId, PostState, SendState
from pressroom.graph.answers import MediaId
from pressroom.graph.error_table import Retry, find
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.steps import sending


class Manner(Protocol):
    """How a run treats errors, quotas and waits.

    longest_wait_s: a longer wait ends the run, and the post is resumed at its `wake_at`; None: no wait does.
    """

    @property
    def longest_wait_s(self) -> float | None:
        """How long the run waits in memory, in seconds."""
        ...

    async def after_error(self, post: Post, error: PressroomError) -> ev.Event:
        """Say what an error means for the post."""
        ...

    async def after_refusal(self, post: Post, error: PressroomError) -> ev.Event | None:
        """Say what an error answer to a send means beyond the send itself."""
        ...

    async def waits_out_another(self, post: Post) -> bool:
        """Wait, in the post's turn, until the account's open send is settled; False if that may take long."""
        ...

    async def before_containers(self, context: Context, post: Post) -> ev.Event | None:
        """Give the obstacle to making a post's first container, as an event; None when there is none."""
        ...

    async def before_send(self, post: Post, readiness: sending.Readiness) -> ev.Event | None:
        """Give the obstacle to a send that is due, as an event; None when there is none."""
        ...


# A send mostly takes a few seconds.
_BUSY_FOR = timedelta(seconds=5)

_NOT_LIVE = "Instagram did not publish it, and wants a person to act first."


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Ends the post on the first error: whoever publishes now sees it, and decides whether to try again.

    A post that went out after its command had failed could stand beside the one published in its place.
    when_busy: waits for another post of the account that is being published.
    """

    clock: Clock
    when_busy: Callable[[Post], Awaitable[None]]

    @property
    def longest_wait_s(self) -> float | None:
        """No wait is too long: the caller waits for the post's end."""
        return None

    async def after_error(self, post: Post, error: PressroomError) -> ev.Event:
        """End the post with the error, unless the account is only busy with another one."""
        if isinstance(error, AnotherSendOpen | SnapshotOutdated):
            await self.when_busy(post)
            return ev.Delayed(until=self.clock.now() + _BUSY_FOR)
        return ev.GaveUp(problem=str(error))

    async def after_refusal(self, post: Post, error: PressroomError) -> ev.Event | None:  # noqa: ARG002
        """End a post whose account may not publish; what else a refusal means the machine knows."""
        is_final = isinstance(error, GraphError) and error.retry.is_about_account
        return ev.GaveUp(problem=str(error)) if is_final else None

    async def waits_out_another(self, post: Post) -> bool:  # noqa: ARG002
        """Leave it to `when_busy`, which looks after the other post."""
        return False

    async def before_containers(self, context: Context, post: Post) -> ev.Event | None:  # noqa: ARG002
        """No obstacle: a full quota is refused by Instagram itself."""
        return None

    async def before_send(self, post: Post, readiness: sending.Readiness) -> ev.Event | None:  # noqa: ARG002
        """End a post that waits for a person to act; a full quota is refused by Instagram itself."""
        last = post.sends[-1] if post.sends else None
        if last is None or last.state is not SendState.NOT_DONE:
            return None
        row = find(last.code, last.subcode)
        is_asked_anew = post.due_at is not None and post.due_at > last.started_at
        # Instagram asked for a person's act: until then a second send would be refused at best.
        is_waiting = row is not None and row.retry is Retry.AFTER_HUMAN and not is_asked_anew
        return ev.GaveUp(problem=_NOT_LIVE) if is_waiting else None


# A program may publish for months: memory must not grow with each post.
_MOST_POSTS = 1000

# A lock of threads cannot wake a task of another event loop, so it is polled.
_TURN_POLL_S = 0.05

_DAY = timedelta(days=1)


@dataclass(slots=True)
class _AccountMemory:
    """What all journals that follow one clock share for an account: whose turn it is, and what is live."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    went_live: list[datetime] = field(default_factory=list[datetime])
    ours: OrderedDict[MediaId, None] = field(default_factory=OrderedDict[MediaId, None])


# By clock, so that accounts of tests, each with a clock of its own, know nothing of each other.
_shared: WeakKeyDictionary[Clock, defaultdict[AccountId, _AccountMemory]] = WeakKeyDictionary()

_shared_lock = threading.Lock()


class InMemoryJournal:
    """Keeps the posts of this process, the newest thousand.

    on_event: called with every event as it is added.
    """

    def __init__(
        self,
        account: Account,
        *,
        clock: Clock = SYSTEM_CLOCK,
        on_event: Callable[[JournalEvent], None] | None = None,
    ) -> None:
        self.posts: OrderedDict[PostId, Post] = OrderedDict()
        self.events: list[JournalEvent] = []
        self._clock = clock
        self._on_event = on_event
        with _shared_lock:
            self._shared = _shared.setdefault(clock, defaultdict(_AccountMemory))[account.key]

    async def save(self, post: Post) -> None:
        """Keep the post, replacing its earlier value."""
        was = self.posts.get(post.id)
        if post.state is PostState.PUBLISHED and (was is None or was.state is not PostState.PUBLISHED):
            self._shared.went_live.append(self._clock.now())
        self.posts[post.id] = post
        if post.media_id:
            self._shared.ours[post.media_id] = None
        for kept in (self.posts, self._shared.ours):
            while len(kept) > _MOST_POSTS:
                kept.popitem(last=False)

    async def open_send(self, post: Post, event: JournalEvent, went_live: Sequence[datetime] | None) -> None:
        """Keep a post with a new send, and the event that says so."""
        if went_live is not None and len(went_live) != len(await self.went_live()):
            raise SnapshotOutdated("Another post of the account went live meanwhile.")
        await self.save(post)
        await self.append(event)

    async def append(self, event: JournalEvent) -> None:
        """Add one line to the history, and tell whoever listens."""
        self.events.append(event)
        del self.events[:-_MOST_POSTS]
        if self._on_event:
            self._on_event(event)

    @asynccontextmanager
    async def sending(self) -> AsyncGenerator[None]:
        """Wait for the account's turn, across event loops and threads."""
        turn = self._shared.turn
        while not turn.acquire(blocking=False):
            await self._clock.sleep(_TURN_POLL_S)
        try:
            yield
        finally:
            turn.release()

    async def known_media(self) -> frozenset[MediaId]:
        """List the ids that posts of this process hold."""
        return frozenset(self._shared.ours)

    async def to_look_for(self) -> tuple[Post, ...]:
        """List none: this process knows all that it published."""
        return ()

    async def sent_without_id(self) -> tuple[Post, ...]:
        """List none: only posts of a store are looked for."""
        return ()

    async def went_live(self) -> tuple[datetime, ...]:
        """Tell when the account's posts went live that this process published."""
        since = self._clock.now() - _DAY
        self._shared.went_live = [at for at in self._shared.went_live if at >= since]
        return tuple(self._shared.went_live)
